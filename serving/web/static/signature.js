// A field to sign in with a finger, a pen or a mouse.
import { el } from "./dom.js";
import { t } from "./i18n.js";

const SIZE = { width: 600, height: 200 };

export function signaturePad(label) {
  const canvas = el("canvas", { ...SIZE, class: "pad", role: "img", "aria-label": label });
  const pen = canvas.getContext("2d");
  let drawn = false;
  const clear = () => {
    pen.fillStyle = "#fff"; // on white in dark mode too: it is printed on paper
    pen.fillRect(0, 0, SIZE.width, SIZE.height);
    drawn = false;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE.width, ((event.clientY - box.top) / box.height) * SIZE.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    pen.beginPath();
    pen.moveTo(...at(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(...at(event));
    pen.stroke();
    drawn = true;
  });
  clear();
  return {
    node: el("div", { class: "signature" }, el("p", { class: "label" }, label), canvas, el("button", { type: "button", on: { click: clear } }, t("signAgain"))),
    empty: () => !drawn,
    png: () => canvas.toDataURL("image/png").split(",")[1],
  };
}
