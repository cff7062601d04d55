// Tells people something that is nowhere else on the page: results, and new severe cases.

import { byId } from "./dom.js";
import { t, word } from "./i18n.js";
import { ring } from "./sound.js";

const SHOWN_MS = 8_000;
let timer = null;

export function tell(text, { bad = false } = {}) {
  const node = byId("told");
  node.textContent = text;
  node.classList.toggle("bad", bad);
  clearTimeout(timer);
  timer = setTimeout(() => (node.textContent = ""), SHOWN_MS);
}

export function announceSevere({ case_id, hard, is_new }) {
  const token = case_id.split("/")[0];
  const words = is_new ? "announce.severe" : "announce.worse";
  byId("live").textContent = t(words, { tier: word("tier", "severe"), token });
  if (hard) ring();
}
