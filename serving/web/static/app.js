// The page: who is logged in, which view is shown.
import { call, NoNetwork, Problem } from "./api.js";
import { el, show, toast } from "./dom.js";
import { photoView } from "./findings.js";
import { language, setLanguage, t } from "./i18n.js";
import { photosView, summary } from "./photos.js";
import { UploadQueue } from "./queue.js";
import { recordsView, recordView } from "./records.js";

const view = document.getElementById("view");
const queue = new UploadQueue();
const LAST = "wsai-last-login";
let me = null;

function frame(route) {
  setLanguage(language());
  document.getElementById("language").textContent = t("language");
  const out = document.getElementById("logout");
  out.textContent = t("logout");
  out.hidden = !me;
  const nav = document.getElementById("nav");
  nav.hidden = !me;
  const here = ["records", "record"].includes(route) ? "records" : "photos";
  nav.replaceChildren(...["photos", "records"].map((name) => el("a", { href: `#${name}`, "aria-current": name === here ? "page" : undefined }, t(name))));
  const strip = document.getElementById("network");
  strip.textContent = t("offline");
  strip.hidden = navigator.onLine;
}

function accessForm(title, hint, action, submit) {
  const name = el("input", { id: "name", autocomplete: "username", required: true, maxlength: 64 });
  const password = el("input", { id: "password", type: "password", autocomplete: hint ? "new-password" : "current-password", required: true });
  const error = el("p", { class: "error", role: "alert" });
  const button = el("button", { class: "main-action wide", type: "submit" }, action);
  show(view, el("form", { class: "card narrow", on: { submit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    error.textContent = "";
    try {
      me = await submit(name.value, password.value);
      localStorage.setItem(LAST, JSON.stringify(me));
      queue.run();
      location.hash = "#photos";
      await route();
    } catch (problem) {
      error.textContent = problem.message;
      button.disabled = false;
    }
  } } }, el("h1", {}, title), hint ? el("p", { class: "soft" }, hint) : null,
    el("label", { for: "name" }, t("name")), name, el("label", { for: "password" }, t("password")), password, error, button));
  name.focus();
  return view.querySelector("form");
}

// Beside name and password, the button to the park's own identity provider, where one is set.
async function loginForm(outcome) {
  const form = accessForm(t("login"), null, t("login"), (user, password) => call("POST", "/session", { name: user, password }));
  if (["refused", "unavailable"].includes(outcome)) form.querySelector(".error").textContent = t(`identity-${outcome}`);
  const { label } = await call("GET", "/identity").catch(() => ({ label: null }));
  if (label && form.isConnected) form.append(el("a", { id: "identity", class: "button wide", href: "/v1/identity/login" }, label));
}

// Without reception the page opens for whoever was logged in last: photos can be taken and wait.
async function whoAmI() {
  try {
    const answer = await call("GET", "/session");
    localStorage.setItem(LAST, JSON.stringify(answer));
    return answer;
  } catch (problem) {
    const last = localStorage.getItem(LAST);
    if (problem instanceof NoNetwork && last) return JSON.parse(last);
    throw problem;
  }
}

async function route() {
  const [name, value] = location.hash.slice(1).split("=");
  frame(name);
  try {
    if (name === "setup" && value) {
      accessForm(t("setupTitle"), t("setupHint"), t("create"), (user, password) => call("POST", "/setup", { token: value, name: user, password }));
      return;
    }
    if (!me) me = await whoAmI();
    frame(name);
    if (name === "photo") await photoView(view, value);
    else if (name === "record") await recordView(view, value, { me, queue });
    else if (name === "records") await recordsView(view);
    else await photosView(view, queue);
    view.focus({ preventScroll: true });
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) {
      me = null;
      frame(name);
      await loginForm(name === "identity" ? value : null);
    } else if (problem instanceof NoNetwork && !["photo", "record", "records"].includes(name)) {
      toast(problem.message);
    } else {
      show(view, el("div", { class: "card" }, el("p", { class: "error" }, problem.message), el("button", { type: "button", on: { click: route } }, t("retry"))));
      if (!(problem instanceof Problem || problem instanceof NoNetwork)) throw problem;
    }
  }
}

document.getElementById("language").addEventListener("click", () => {
  setLanguage(language() === "zh" ? "en" : "zh");
  route();
});
document.getElementById("logout").addEventListener("click", async () => {
  await call("DELETE", "/session").catch(() => null);
  localStorage.removeItem(LAST);
  me = null;
  location.hash = "";
  route();
});
queue.addEventListener("change", () => view.redrawQueue?.());
queue.addEventListener("login", () => { me = null; route(); });
queue.addEventListener("photo", async ({ detail }) => {
  toast(`${t("done")}：${summary(detail)}`);
  const waiting = (await queue.entries()).filter((entry) => entry.state === "waiting");
  const home = ["", "photos"].includes(location.hash.slice(1));
  if (home && !waiting.length) location.hash = `#photo=${detail.id}`;
});
for (const event of ["online", "offline"]) window.addEventListener(event, () => frame(location.hash.slice(1).split("=")[0]));
window.addEventListener("hashchange", () => { window.scrollTo(0, 0); route(); });

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => null);
await route();
if (me) queue.run();
