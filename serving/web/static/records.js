// The ledger: records with filters, and one record.
import { call } from "./api.js";
import { el, show } from "./dom.js";
import { clauseList, picture } from "./findings.js";
import { language, t } from "./i18n.js";

function row(record) {
  return el("li", {}, el("a", { class: `card record finding ${record.severity}`, href: `#record=${record.id}` },
    el("div", { class: "tags" }, el("span", { class: `tag ${record.status}` }, t(record.status)), el("span", { class: `tag ${record.severity}` }, t(record.severity))),
    el("h2", {}, record.name), el("p", { class: "soft" }, [record.number, record.site, `${t("deadline")} ${record.deadline}`].filter(Boolean).join(" · "))));
}

export async function recordsView(view) {
  const catalogue = await call("GET", "/catalogue");
  const status = el("select", { id: "status" }, el("option", { value: "" }, t("all")), el("option", { value: "registered" }, t("registered")));
  const code = el("select", { id: "code" }, el("option", { value: "" }, t("all")), catalogue.map((h) => el("option", { value: h.code }, h.name)));
  const site = el("input", { id: "site-filter", autocomplete: "off" });
  const list = el("ul", { class: "list" });
  const more = el("button", { class: "wide", type: "button", hidden: true }, t("more"));
  let cursor = null;
  const load = async (fresh) => {
    if (fresh) { cursor = null; list.replaceChildren(); }
    const query = new URLSearchParams({ limit: "30" });
    for (const [name, input] of [["status", status], ["code", code], ["site", site]]) if (input.value.trim()) query.set(name, input.value.trim());
    if (cursor) query.set("cursor", cursor);
    const page = await call("GET", `/hazards?${query}`);
    list.append(...page.items.map(row));
    if (!list.children.length) list.append(el("li", { class: "soft" }, t("noRecords")));
    cursor = page.next;
    more.hidden = !cursor;
  };
  for (const input of [status, code, site]) input.addEventListener("change", () => load(true));
  more.addEventListener("click", () => load(false));
  show(view, el("h1", {}, t("records")), el("section", { class: "card row" },
    el("div", {}, el("label", { for: "status" }, t("filterStatus")), status), el("div", {}, el("label", { for: "code" }, t("filterCode")), code), el("div", {}, el("label", { for: "site-filter" }, t("site")), site)), list, more);
  await load(true);
}

export async function recordView(view, id) {
  const record = await call("GET", `/hazards/${id}`);
  const facts = [
    [t("number"), record.number], [t("place"), [record.site, record.checkpoint].filter(Boolean).join(" · ") || "–"], [t("foundOn"), record.found_on],
    [t("deadline"), record.deadline], [t("confirmedBy"), `${record.confirmed_by} · ${new Date(record.confirmed_at).toLocaleString()}`],
    [t("accident"), record.accident_type], [t("model"), record.model], [t("rule"), record.rule], [t("note"), record.note ?? "–"],
  ];
  show(view, el("p", {}, el("a", { href: "#records" }, `‹ ${t("back")}`)), el("div", { class: "two" },
    el("section", {}, picture(`/v1/photos/${record.photo_id}/annotated?lang=${language()}`), el("p", {}, el("a", { class: "button wide", href: `#photo=${record.photo_id}` }, t("photo")))),
    el("section", { class: `card finding ${record.severity}` },
      el("div", { class: "tags" }, el("span", { class: `tag ${record.status}` }, t(record.status)), el("span", { class: `tag ${record.severity}` }, t(record.severity))),
      el("h1", {}, record.name), el("dl", {}, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      el("h2", {}, t("guidance")), el("ol", {}, record.guidance.map((step) => el("li", {}, step))), el("h2", {}, t("clauses")), clauseList(record.clauses))));
}
