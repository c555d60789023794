// The ledger: records with filters, and one record.
import { acts, readRecord } from "./acts.js";
import { call } from "./api.js";
import { el, show } from "./dom.js";
import { clauseList, picture } from "./findings.js";
import { language, t } from "./i18n.js";

function tags(record) {
  return el("div", { class: "tags" }, el("span", { class: `tag ${record.closed_on ? "closed" : record.status}` }, record.status_name),
    el("span", { class: `tag ${record.severity}` }, t(record.severity)),
    record.overdue_days ? el("span", { class: "tag overdue" }, `${t("overdue")} ${record.overdue_days} ${t("days")}`) : null,
    record.seen > 1 ? el("span", { class: "tag" }, `${t("seen")} ${record.seen}`) : null);
}

function row(record) {
  return el("li", {}, el("a", { class: `card record finding ${record.severity}`, href: `#record=${record.id}` }, tags(record),
    el("h2", {}, record.name), el("p", { class: "soft" }, [record.number, record.site, record.deadline && `${t("deadline")} ${record.deadline}`].filter(Boolean).join(" · "))));
}

// What is asked of the ledger, by the word of the filter.
const SHOWN = { mine: { open: "true" }, overdue: { overdue: "true" }, registered: { status: "registered" }, submitted: { status: "submitted" }, major: { kind: "major" }, closed: { open: "false" } };

export async function recordsView(view) {
  const catalogue = await call("GET", "/catalogue");
  const status = el("select", { id: "status" }, el("option", { value: "" }, t("all")), Object.keys(SHOWN).map((name) => el("option", { value: name }, t(`show-${name}`))));
  const code = el("select", { id: "code" }, el("option", { value: "" }, t("all")), catalogue.map((h) => el("option", { value: h.code }, h.name)));
  const site = el("input", { id: "site-filter", autocomplete: "off" });
  const list = el("ul", { class: "list" });
  const more = el("button", { class: "wide", type: "button", hidden: true }, t("more"));
  let cursor = null;
  const load = async (fresh) => {
    if (fresh) { cursor = null; list.replaceChildren(); }
    const query = new URLSearchParams({ limit: "30" });
    for (const [name, value] of Object.entries(SHOWN[status.value] ?? {})) query.set(name, value);
    for (const [name, input] of [["code", code], ["site", site]]) if (input.value.trim()) query.set(name, input.value.trim());
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

function history(steps) {
  return el("details", {}, el("summary", {}, `${t("history")} (${steps.length})`), el("ol", {}, steps.map((step) => el("li", {},
    el("strong", {}, step.name), el("p", { class: "soft" }, `${step.actor} · ${new Date(step.at).toLocaleString()}`),
    step.reason ? el("p", {}, step.reason) : null,
    (step.evidence.rectification ?? []).map((seen) => el("p", { class: "question" }, `${t("aiSees")}：${t(`seen-${seen.outcome}`)}。${language() === "zh" ? seen.zh : seen.en}`))))));
}

function pictures(record) {
  return el("section", {}, picture(`/v1/photos/${record.photo_id}/annotated?lang=${language()}`), el("p", {}, el("a", { class: "button wide", href: `#photo=${record.photo_id}` }, t("photo"))),
    record.after_photos.length ? [el("h2", {}, t("sideBySide")), picture(`/v1/hazards/${record.id}/side-by-side`)] : null);
}

export async function recordView(view, id, { me, queue }) {
  const [{ body: record, tag }, steps] = await Promise.all([readRecord(id), call("GET", `/hazards/${id}/history`)]);
  const facts = [
    [t("number"), record.number], [t("place"), [record.site, record.checkpoint].filter(Boolean).join(" · ") || "–"], [t("foundOn"), record.found_on],
    [t("deadline"), record.deadline ?? "–"], [t("askedDeadline"), record.asked_deadline], [t("responsible"), record.responsible], [t("measures"), record.measures],
    [t("level"), record.level], [t("closedOn"), record.closed_on],
    [t("confirmedBy"), `${record.confirmed_by} · ${new Date(record.confirmed_at).toLocaleString()}`],
    [t("accident"), record.accident_type], [t("model"), record.model], [t("rule"), record.rule], [t("note"), record.note ?? "–"],
  ].filter(([, value]) => value);
  const again = () => recordView(view, id, { me, queue });
  show(view, el("p", {}, el("a", { href: "#records" }, `‹ ${t("back")}`)), el("div", { class: "two" },
    pictures(record),
    el("section", { class: `card finding ${record.severity}` }, tags(record),
      el("h1", {}, record.name), acts({ record, me, queue }, tag, again),
      el("dl", {}, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      history(steps), el("h2", {}, t("guidance")), el("ol", {}, record.guidance.map((step) => el("li", {}, step))), el("h2", {}, t("clauses")), clauseList(record.clauses))));
}
