// One photo: the picture, its findings worst first, and what a person says of them.
import { call } from "./api.js";
import { el, show, toast } from "./dom.js";
import { t } from "./i18n.js";

function likelihood(probability) {
  if (probability === null) return "";
  const word = probability >= 0.75 ? t("high") : probability >= 0.45 ? t("middle") : t("low");
  return `${t("probability")} ${Math.round(probability * 100)}% · ${word}`;
}

export function clauseList(clauses) {
  return el("ul", {}, clauses.map((c) => el("li", {}, `${c.ref} ${c.clause}`, c.verified ? null : el("span", { class: "unverified" }, t("unverified")))));
}

export function enlarge(url) {
  const viewer = document.getElementById("viewer");
  viewer.replaceChildren(
    el("img", { src: url, alt: t("photo") }),
    el("button", { type: "button", on: { click: () => viewer.close() } }, t("close")),
  );
  viewer.showModal();
}

export function picture(url) {
  return el("button", { class: "photo-button", type: "button", "aria-label": t("enlarge"), on: { click: () => enlarge(url) } }, el("img", { src: url, alt: t("photo") }));
}

function decisionForm(finding, place, redraw, dismissing) {
  const field = el("textarea", { rows: 2, maxlength: 2000, id: `said-${finding.id}`, required: dismissing });
  const error = el("p", { class: "error", role: "alert" });
  // a change against the baseline is of no hazard yet: the person says of which
  const which = !dismissing && finding.nearest.length > 0 && el("select", { id: `which-${finding.id}`, "aria-label": t("whichHazard") },
    [...finding.nearest, { code: finding.code, name: finding.name }].map(({ code, name }) => el("option", { value: code }, name)));
  const chips = dismissing && el("div", { class: "chips" }, t("reasons").map((reason) => el("button", { type: "button", on: { click: () => { field.value = reason; } } }, reason)));
  const save = el("button", { class: dismissing ? "danger" : "main-action", type: "submit" }, t("save"));
  const form = el("form", { on: { submit: async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      if (dismissing) {
        await call("POST", `/findings/${finding.id}/dismiss`, { reason: field.value });
        toast(t("dismissed"));
      } else {
        const record = await call("POST", `/findings/${finding.id}/confirm`, { ...(field.value.trim() && { note: field.value.trim() }), ...(which && { code: which.value }) });
        toast(`${t("recordMade")} ${record.number}`);
      }
      redraw();
    } catch (problem) {
      error.textContent = problem.message;
      save.disabled = false;
    }
  } } },
    which && el("label", { for: `which-${finding.id}` }, t("whichHazard")), which,
    el("label", { for: `said-${finding.id}` }, dismissing ? t("reason") : t("note")), chips, field, error,
    el("div", { class: "row" }, el("button", { type: "button", on: { click: redraw } }, t("cancel")), save));
  show(place, form);
  field.focus();
}

function decisions(finding, redraw) {
  if (finding.status === "confirmed") return el("p", {}, el("a", { class: "button wide", href: `#record=${finding.hazard_id}` }, `${t("confirmed")} · ${t("records")}`));
  if (finding.status === "dismissed") return el("p", { class: "soft" }, `${t("dismissed")}: ${finding.dismiss_reason}`);
  const place = el("div");
  const asks = finding.verdict === "ask-a-person";
  show(place, el("div", { class: "row" },
    el("button", { class: "main-action", type: "button", on: { click: () => decisionForm(finding, place, redraw, false) } }, asks ? t("yes") : t("confirm")),
    el("button", { type: "button", on: { click: () => decisionForm(finding, place, redraw, true) } }, asks ? t("no") : t("dismiss"))));
  return place;
}

function card(finding, redraw) {
  return el("article", { class: `card finding ${finding.verdict === "hazard" ? finding.severity : finding.verdict}`, "data-code": finding.code },
    el("div", { class: "tags" },
      el("span", { class: `tag ${finding.verdict}` }, t(finding.verdict)),
      el("span", { class: `tag ${finding.severity}` }, t(finding.severity)),
      finding.status === "open" ? null : el("span", { class: `tag ${finding.status}` }, t(finding.status))),
    el("h2", {}, finding.name),
    el("p", { class: "soft" }, likelihood(finding.probability)),
    el("p", {}, `${t("why")}：${finding.because.text}`),
    finding.question && finding.status === "open" ? el("p", { class: "question" }, finding.question) : null,
    el("details", {}, el("summary", {}, `${t("guidance")} · ${t("deadline")} ${finding.deadline}`), el("ol", {}, finding.guidance.map((step) => el("li", {}, step)))),
    el("details", {}, el("summary", {}, `${t("clauses")} (${finding.clauses.length}) · ${t("items")} (${finding.checklist_items.length})`), clauseList(finding.clauses),
      el("ul", {}, finding.checklist_items.map((item) => el("li", { class: "soft" }, `${item.checklist} ${item.item} ${item.question}`)))),
    decisions(finding, redraw));
}

export async function photoView(view, id) {
  const photo = await call("GET", `/photos/${id}`);
  const redraw = () => photoView(view, id);
  const seen = photo.findings.filter((f) => f.verdict !== "not-visible");
  const unseen = photo.findings.filter((f) => f.verdict === "not-visible");
  show(view, el("p", {}, el("a", { href: "#photos" }, `‹ ${t("back")}`)),
    el("div", { class: "two" },
      el("section", {}, picture(photo.annotated_url),
        el("p", { class: "soft" }, [photo.site, photo.checkpoint, new Date(photo.received_at).toLocaleString(), photo.model, `${photo.elapsed_ms} ms`].filter(Boolean).join(" · "))),
      el("section", {}, el("p", { class: "soft" }, t("lead")),
        seen.length ? seen.map((finding) => card(finding, redraw)) : el("div", { class: "card" }, t("clear")),
        unseen.length ? el("details", { class: "card" }, el("summary", {}, `${t("unseen")} (${unseen.length})`), el("p", { class: "soft" }, t("unseenHint")), el("ul", {}, unseen.map((f) => el("li", {}, f.name)))) : null)));
}
