// Keyboard first: one letter does one thing, never while somebody is writing.

import { orderByKey } from "./actions.js";
import { openBulk, toggle } from "./bulk.js";
import { isOpen } from "./dialog.js";
import { openHelp } from "./pages/help.js";
import { openSearch } from "./pages/search.js";
import { moveFocus, rowInFocus } from "./queue.js";
import { state } from "./state.js";

const GO_MS = 1_500;
const GO = { q: "#/queue", h: "#/handover", k: "#/kpi" };
const ORDERS = {
  c: "claim",
  a: "acknowledge",
  t: "triage",
  m: "measure",
  n: "note",
  o: "outcome",
  w: "wait",
  x: "close",
};
const DO = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  "/": openSearch,
  "?": openHelp,
  b: openBulk,
};

let going = 0;

function writes(target) {
  return target.matches?.("input, textarea, select") ?? false;
}

function back() {
  if (location.hash === "#/queue") document.querySelector("#rows .row")?.focus();
  else location.hash = "/queue";
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (
      !state.session ||
      isOpen() ||
      writes(event.target) ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const key = event.key;
    const goes = Date.now() - going < GO_MS ? GO[key] : undefined;
    going = key === "g" ? Date.now() : 0;
    const run = goes
      ? () => (location.hash = goes.slice(1))
      : key === " " && rowInFocus()
        ? () => toggle(rowInFocus())
        : (DO[key] ??
          (ORDERS[key] && (() => orderByKey(ORDERS[key], rowInFocus()))) ??
          (key === "Escape" && back));
    if (!run) return;
    event.preventDefault();
    run();
  });
}
