// The desk's time, and all texts on the page that count it. The desk's clock may be a simulated
// one, so the page takes it from the desk and only adds what has passed since.

import { h } from "./dom.js";
import { coarse, duration, t } from "./i18n.js";

let ahead = 0;

export function setNow(atMs) {
  ahead = atMs - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

const WORDS = {
  age: (ms) => t("age", { duration: duration(Math.max(0, -ms)) }),
  bare: (ms) => coarse(Math.abs(ms)),
  in: (ms) => (ms > 0 ? t("in", { duration: duration(ms) }) : t("now")),
  left: (ms) =>
    ms >= 0 ? t("left", { duration: duration(ms) }) : t("overdue", { duration: duration(ms) }),
};

// A span that says how far `atMs` is from now, in one of the forms above, and goes on saying it.
export function ticking(form, atMs, attributes = {}) {
  const node = h("span", { ...attributes, data: { tick: form, at: atMs } });
  tell(node);
  return node;
}

function tell(node) {
  const ms = Number(node.dataset.at) - now();
  const text = WORDS[node.dataset.tick](ms);
  if (node.textContent !== text) node.textContent = text;
  if (node.dataset.tick === "left") node.classList.toggle("late", ms < 0);
}

export function startTicking(also) {
  const tick = () => {
    document.querySelectorAll("[data-tick]").forEach(tell);
    also();
  };
  tick();
  return setInterval(tick, 1000);
}
