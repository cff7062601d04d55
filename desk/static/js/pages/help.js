// The keyboard map: the one list that the page shows and docs/desk-page.md repeats.

import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

export const MAP = [
  ["j", "next"],
  ["k", "previous"],
  ["Enter", "open"],
  ["Esc", "back"],
  ["/", "search"],
  ["?", "help"],
  ["c", "claim"],
  ["a", "acknowledge"],
  ["t", "triage"],
  ["m", "measure"],
  ["n", "note"],
  ["w", "wait"],
  ["o", "outcome"],
  ["x", "close"],
  ["Space", "choose_row"],
  ["b", "bulk"],
  ["g q", "go_queue"],
  ["g h", "go_handover"],
  ["g k", "go_kpi"],
  ["← →", "chart"],
  ["Ctrl+Enter", "send"],
  ["1–9", "choose"],
];

export function openHelp() {
  const lines = MAP.flatMap(([keys, does]) => [
    h(
      "dt",
      {},
      keys.split(" ").map((key) => [h("kbd", {}, key), " "]),
    ),
    h("dd", {}, t(`key.${does}`)),
  ]);
  const dialog = openDialog(t("help.title"), h("dl", { class: "map" }, lines), { wide: true });
  dialog.append(
    h(
      "div",
      { class: "foot" },
      h("button", { class: "first", onclick: () => dialog.close() }, t("dialog.close")),
    ),
  );
  dialog.querySelector("button").focus();
}
