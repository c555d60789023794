// What may be done with a record now: a button for each act, and a form of what it takes.
import { call, NoNetwork, sendPhoto, tagged } from "./api.js";
import { el, show, toast } from "./dom.js";
import { t } from "./i18n.js";
import { newKey } from "./queue.js";
import { signaturePad } from "./signature.js";

const MOST_PHOTOS = 20;
let fields = 0;

function labelled(text, input) {
  input.id = `act-field-${(fields += 1)}`;
  return el("div", {}, el("label", { for: input.id }, text), input);
}

function line(name, label, properties = {}) {
  const input = el("input", { maxlength: 100, autocomplete: "off", required: true, ...properties });
  return { node: labelled(t(label), input), read: async () => ({ [name]: input.value.trim() }) };
}

function lines(name, label, limit = 2000) {
  const input = el("textarea", { rows: 2, maxlength: limit, required: true });
  return { node: labelled(t(label), input), read: async () => ({ [name]: input.value.trim() }) };
}

function day(label, after) {
  const input = el("input", { type: "date", required: true, min: after });
  return { node: labelled(t(label), input), read: async () => ({ deadline: input.value }) };
}

function choice(name, label, options) {
  const input = el("select", { required: true }, el("option", { value: "" }, "–"), options.map((one) => el("option", { value: one }, one)));
  return { node: labelled(t(label), input), read: async () => ({ [name]: input.value }) };
}

function sixItems() {
  const parts = t("sixItems").map((text) => {
    const input = el("textarea", { rows: 2, maxlength: 2000, required: true });
    return { input, node: labelled(text, input) };
  });
  return { node: el("div", {}, parts.map((part) => part.node)), read: async () => ({ six_items: parts.map((part) => part.input.value.trim()) }) };
}

// Photos of what was done: new ones, or ones that were sent before, from a place with reception.
function afterPhotos(record, queue) {
  const chosen = new Map();
  const sent = new Map();
  const list = el("ul", { class: "queue" });
  const known = el("div", { class: "grid" });
  const said = el("p", { class: "error", role: "alert" });
  const redraw = () => show(list, [...chosen].map(([key, file]) => el("li", {}, el("strong", {}, file.name), el("button", { type: "button", on: { click: () => { chosen.delete(key); redraw(); } } }, t("remove")))));
  const pick = (label, camera) => {
    const input = el("input", { type: "file", id: `after-${camera ? "camera" : "library"}`, accept: "image/*,.heic,.heif", multiple: !camera, capture: camera ? "environment" : undefined });
    input.addEventListener("change", () => {
      for (const file of input.files) chosen.set(newKey(), file);
      input.value = "";
      redraw();
    });
    return el("div", { class: "pick" }, input, el("label", { for: input.id, class: "button wide" }, label));
  };
  const offer = async () => {
    const query = new URLSearchParams({ limit: "24" });
    const page = await call("GET", `/photos?${query}`);
    const fitting = page.items.filter((photo) => photo.id !== record.photo_id && photo.enterprise_id === record.enterprise_id && photo.received_at >= record.confirmed_at);
    show(known, fitting.map((photo) => {
      const box = el("input", { type: "checkbox", class: "choose", value: photo.id, id: `after-${photo.id}` });
      return el("div", { class: "tile" }, el("label", { for: box.id }, el("img", { src: photo.annotated_url, alt: t("photo"), loading: "lazy" }), box, new Date(photo.received_at).toLocaleString()));
    }));
    older.hidden = !fitting.length;
  };
  const older = el("details", { hidden: true }, el("summary", {}, t("sentBefore")), known);
  offer().catch(() => null); // without reception there are none to choose from
  const send = async ([key, file]) => {
    const entry = { key, file, name: file.name || "photo.jpg", site: record.site, checkpoint: record.checkpoint, enterprise: record.enterprise_id };
    try {
      const photo = await sendPhoto(entry, () => null);
      sent.set(key, photo.id);
      return photo.id;
    } catch (problem) {
      if (problem instanceof NoNetwork) {
        // kept on the phone and sent later; then it is among those to choose from
        await queue.keep(entry);
        chosen.delete(key);
        redraw();
        throw new NoNetwork(t("keptForLater"));
      }
      throw problem;
    }
  };
  return {
    node: el("div", {}, el("p", { class: "label" }, t("afterPhotos")), el("div", { class: "row" }, pick(t("take"), true), pick(t("choose"), false)), list, older, said),
    read: async () => {
      const ids = [...known.querySelectorAll("input:checked")].map((box) => box.value);
      for (const one of chosen) ids.push(sent.get(one[0]) ?? (await send(one)));
      if (!ids.length) throw new Error(t("photoMissing"));
      if (ids.length > MOST_PHOTOS) throw new Error(t("tooManyPhotos"));
      return { after_photos: [...new Set(ids)] };
    },
  };
}

const RECORD_KINDS = { revisit: "revisit", resume: "acceptance" };

// Both sides sign on the screen; the record is kept before the act names it.
function signedRecord(offer, record, me) {
  const text = el("textarea", { rows: 3, maxlength: 5000, required: true });
  text.value = t("recordText");
  const [office, enterprise] = [el("input", { maxlength: 64, required: true }), el("input", { maxlength: 64, required: true })];
  office.value = me.name;
  enterprise.value = record.responsible ?? "";
  const pads = [signaturePad(t("officeSigns")), signaturePad(t("enterpriseSigns"))];
  let kept = null;
  return {
    node: el("div", {}, labelled(t("recordSays"), text), labelled(t("officeName"), office), pads[0].node, labelled(t("enterpriseName"), enterprise), pads[1].node),
    read: async () => {
      if (pads.some((pad) => pad.empty())) throw new Error(t("signatureMissing"));
      const body = {
        kind: RECORD_KINDS[offer.do] ?? (record.kind === "major" ? "acceptance" : "recheck"), hazard_id: record.id, text: text.value.trim(),
        office_name: office.value.trim(), office_signature: pads[0].png(), enterprise_name: enterprise.value.trim(), enterprise_signature: pads[1].png(),
      };
      const said = JSON.stringify(body);
      if (kept?.said !== said) kept = { said, id: (await call("POST", "/records", body)).id };
      return { signed_record: kept.id };
    },
  };
}

function tomorrow(after) {
  const first = after ? new Date(`${after}T12:00:00`) : new Date();
  if (after) first.setDate(first.getDate() + 1);
  return [first.getFullYear(), first.getMonth() + 1, first.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

// Needs that nobody fills in (not-the-fixer, request-open, …) are the service's to judge.
const FIELDS = {
  reason: () => lines("reason", "reason"),
  "after-photos": ({ record, queue }) => afterPhotos(record, queue),
  "signed-record": ({ offer, record, me }) => signedRecord(offer, record, me),
  responsible: () => line("responsible", "responsible"),
  measures: ({ record }) => { const field = lines("measures", "measures"); field.node.querySelector("textarea").value = record.guidance.join("\n").slice(0, 2000); return field; },
  deadline: () => day("rectifyBy", tomorrow(null)),
  "later-deadline": ({ record }) => day("newDeadline", tomorrow(record.deadline)),
  basis: () => lines("basis", "basis", 500),
  "two-officers": () => line("second_officer", "secondOfficer", { maxlength: 64 }),
  "six-items": () => sixItems(),
  level: ({ offer }) => choice("level", "level", offer.levels),
  reference: () => line("reference", "reference"),
  receiver: () => line("receiver", "receiver"),
};

function actForm(offer, tag, context, place, { again, back }) {
  const made = offer.needs.filter((need) => FIELDS[need]).map((need) => FIELDS[need]({ ...context, offer }));
  const error = el("p", { class: "error", role: "alert" });
  const key = newKey();
  const save = el("button", { class: "main-action", type: "submit" }, t("save"));
  const form = el("form", { class: "act", "data-act": offer.do, on: { submit: async (event) => {
    event.preventDefault();
    save.disabled = true;
    error.textContent = "";
    try {
      const said = Object.assign({}, ...(await inTurn(made)));
      await call("POST", `/hazards/${context.record.id}/acts/${offer.do}`, said, { "If-Match": tag, "Idempotency-Key": key });
      toast(`${offer.name}：${t("saved")}`);
      await again();
    } catch (problem) {
      save.disabled = false;
      error.textContent = problem.message;
      if (problem.code === "stale") { toast(problem.message); await again(); }
    }
  } } }, el("h2", {}, offer.name), made.map((field) => field.node), error,
    el("div", { class: "row" }, el("button", { type: "button", on: { click: back } }, t("cancel")), save));
  show(place, form);
  form.querySelector("input:not([type=file]), textarea, select, button")?.focus({ preventScroll: true });
}

async function inTurn(made) {
  const parts = [];
  for (const field of made) parts.push(await field.read());
  return parts;
}

// The acts that a record offers to whoever looks at it.
export function acts(context, tag, again) {
  const place = el("div", { class: "acts" });
  const back = () => show(place, context.record.offers.length ? el("h2", {}, t("whatNow")) : null,
    el("div", { class: "row" }, context.record.offers.map((offer, number) =>
      el("button", { type: "button", "data-do": offer.do, class: number ? undefined : "main-action", on: { click: () => actForm(offer, tag, context, place, { again, back }) } }, offer.name))));
  back();
  return place;
}

export async function readRecord(id) {
  return tagged(`/hazards/${id}`);
}
