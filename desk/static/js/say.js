// Tells people something that is nowhere else on the page: results, and new severe cases.

import { byId } from "./dom.js";
import { t, word } from "./i18n.js";
import { remembered } from "./remembered.js";

const SHOWN_MS = 8_000;
let timer = null;

export function tell(text, { bad = false } = {}) {
  const node = byId("told");
  node.textContent = text;
  node.classList.toggle("bad", bad);
  clearTimeout(timer);
  timer = setTimeout(() => (node.textContent = ""), SHOWN_MS);
}

export function announceSevere({ case_id, hard }) {
  const token = case_id.split("/")[0];
  byId("live").textContent = t("announce.severe", { tier: word("tier", "severe"), token });
  if (hard && remembered("sound") === "on") beep();
}

function beep() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  volume.gain.value = 0.08;
  tone.frequency.value = 660;
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.25);
  tone.onended = () => context.close();
}
