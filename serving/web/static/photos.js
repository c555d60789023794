// Home: take or choose photos, see them go, look at recent ones.
import { call, NoNetwork } from "./api.js";
import { el, show } from "./dom.js";
import { t } from "./i18n.js";

function remembered(name) {
  return localStorage.getItem(`wsai-${name}`) ?? "";
}

function field(name, label) {
  const input = el("input", { id: name, maxlength: 200, autocomplete: "off", value: remembered(name) });
  input.addEventListener("change", () => localStorage.setItem(`wsai-${name}`, input.value.trim()));
  return [el("div", {}, el("label", { for: name }, label), input), input];
}

export function summary(photo) {
  const hazards = photo.findings.filter((f) => f.verdict === "hazard").length;
  const asks = photo.findings.filter((f) => f.verdict === "ask-a-person").length;
  return [hazards ? `${hazards} ${t("hazards")}` : "", asks ? `${asks} ${t("asks")}` : ""].filter(Boolean).join(" · ") || t("clear");
}

function tile(photo) {
  return el("a", { class: "tile", href: `#photo=${photo.id}` }, el("img", { src: photo.annotated_url, alt: "", loading: "lazy" }),
    el("div", {}, el("strong", {}, summary(photo)), el("p", { class: "soft" }, [photo.site, new Date(photo.received_at).toLocaleString()].filter(Boolean).join(" · "))));
}

function queueItem(entry, queue) {
  const failed = entry.state === "failed";
  const words = failed ? `${t("failed")}：${entry.message}` : entry.active ? (entry.sent >= 1 ? t("diagnosing") : t("sending")) : t("waiting");
  return el("li", {}, el("strong", {}, entry.name), el("p", { class: failed ? "error" : "soft" }, words),
    entry.active ? el("progress", { max: 1, value: entry.sent, "aria-label": t("sending") }) : null,
    entry.active ? null : el("div", { class: "row" },
      el("button", { type: "button", on: { click: () => queue.retry(entry.key) } }, t("retry")),
      el("button", { type: "button", on: { click: () => queue.remove(entry.key) } }, t("remove"))));
}

export async function photosView(view, queue) {
  const [siteField, site] = field("site", t("site"));
  const [checkpointField, checkpoint] = field("checkpoint", t("checkpoint"));
  const list = el("ul", { class: "queue", "aria-live": "polite" });
  const pick = (id, label, camera) => {
    const input = el("input", { type: "file", id, accept: "image/*,.heic,.heif", multiple: !camera, capture: camera ? "environment" : undefined });
    input.addEventListener("change", async () => {
      await queue.add([...input.files], site.value.trim(), checkpoint.value.trim());
      input.value = "";
    });
    return el("div", { class: "pick" }, input, el("label", { for: id, class: `button wide ${camera ? "main-action" : ""}` }, label));
  };
  const recent = el("div", { class: "grid" });
  const redrawQueue = async () => show(list, (await queue.entries()).map((entry) => queueItem(entry, queue)));
  show(view, el("section", { class: "card" }, el("h1", {}, t("takeTitle")), el("div", { class: "row" }, pick("camera", t("take"), true), pick("library", t("choose"), false)),
    el("div", { class: "row" }, siteField, checkpointField), el("p", { class: "soft" }, t("lead")), list),
    el("h2", {}, t("recent")), recent);
  view.redrawQueue = redrawQueue;
  await redrawQueue();
  let cursor = null;
  const more = el("button", { class: "wide", type: "button", hidden: true, on: { click: () => load() } }, t("more"));
  const load = async () => {
    const page = await call("GET", `/photos?limit=12${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    if (!page.items.length && !recent.children.length) recent.append(el("p", { class: "soft" }, t("none")));
    recent.append(...page.items.map(tile));
    cursor = page.next;
    more.hidden = !cursor;
  };
  view.append(more);
  // without reception the list stays empty, yet photos can be taken
  await load().catch((problem) => { if (!(problem instanceof NoNetwork)) throw problem; });
}
