// Line 3: what must I do now? The same rows are the rail beside an open case.

import { bulkBar } from "./bulk.js";
import { byId, h, reconcile, redraw } from "./dom.js";
import { t } from "./i18n.js";
import { loadQueue, openedCase } from "./load.js";
import { tierMark } from "./marks.js";
import { makeRow, rowStamp } from "./row.js";
import { set, state } from "./state.js";

const VIEWS = ["now", "waiting", "all"];

const COLUMNS = ["tier", "who", "why", "due", "contact", "holder"];

function columnHeads() {
  return h(
    "div",
    { class: "row heads", "aria-hidden": "true" },
    COLUMNS.map((name) => h("span", { class: `cell ${name}` }, t(`queue.${name}`))),
  );
}

function turn(view) {
  set({ view, cursors: [] });
  return loadQueue();
}

export function nextPage() {
  if (state.queue?.next) set({ cursors: [...state.cursors, state.queue.next] });
  return loadQueue();
}

export function previousPage() {
  set({ cursors: state.cursors.slice(0, -1) });
  return loadQueue();
}

function head() {
  const queue = state.queue;
  const tiers = Object.entries(queue.by_tier ?? {}).filter(([, n]) => n > 0);
  return [
    h("h1", {}, t("queue.title")),
    h(
      "span",
      { class: "muted" },
      t("queue.total", { n: queue.total ?? 0, waiting: queue.waiting ?? 0 }),
    ),
    h(
      "span",
      { class: "tiers" },
      tiers.map(([tier, n]) => [tierMark(tier), ` ${n}  `]),
    ),
    bulkBar(),
    h(
      "span",
      { class: "views", role: "group", "aria-label": t("queue.views") },
      VIEWS.map((view) =>
        h(
          "button",
          {
            class: "plain",
            "aria-pressed": String(view === state.view),
            onclick: () => turn(view),
          },
          t(`queue.view_${view}`),
        ),
      ),
    ),
    h(
      "button",
      { class: "plain", onclick: () => set({}, "search") },
      t("search.open"),
      " ",
      h("kbd", {}, "/"),
    ),
    state.cursors.length > 0 &&
      h("button", { class: "plain", onclick: previousPage }, t("queue.previous")),
    queue.next && h("button", { class: "plain", onclick: nextPage }, t("queue.next")),
  ];
}

export function queuePane() {
  return h(
    "section",
    { class: "queue", id: "queue", "aria-label": t("queue.title") },
    h("div", { class: "queue-head" }),
    h("div", { class: "heads-place" }),
    h("div", { class: "rows", id: "rows" }),
    h("p", { class: "empty" }),
  );
}

export function drawQueue() {
  const pane = byId("queue");
  if (!pane || !state.queue) return;
  const rows = state.queue.rows ?? [];
  redraw(pane.querySelector(".queue-head"), head());
  pane.querySelector(".heads-place").replaceChildren(columnHeads());
  reconcile(byId("rows"), rows, { key: ({ case_id }) => case_id, stamp: rowStamp, make: makeRow });
  pane.querySelector(".empty").textContent = rows.length
    ? ""
    : t(state.queue.rebuilding ? "queue.rebuilding" : "queue.empty");
}

export function rowInFocus() {
  return document.activeElement?.closest?.(".row")?.dataset.key ?? null;
}

export function moveFocus(by) {
  const rows = [...document.querySelectorAll("#rows .row")];
  if (rows.length === 0) return;
  const here = rows.findIndex((row) => row.dataset.key === (rowInFocus() ?? openedCase()));
  rows[Math.max(0, Math.min(rows.length - 1, here + by))].focus();
}
