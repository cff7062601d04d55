// Why, what may I do, what did the machine do: one case, beside the queue as a rail.

import { actionsPanel } from "./actions.js";
import { caseHead } from "./case-head.js";
import { timeline } from "./chart/timeline.js";
import { byId, h, redraw } from "./dom.js";
import { evidencePanel, peersLine } from "./evidence.js";
import { earlierPanel, historyPanel, holdsPanel, loansPanel } from "./history.js";
import { instant } from "./format.js";
import { lang, t } from "./i18n.js";
import { machinePanel } from "./machine.js";
import { at } from "./marks.js";
import { state } from "./state.js";

function tierSteps(detail) {
  const changes = (detail.tier_changes ?? []).map(({ at: when, to }) => ({
    at: when,
    to_tier: to,
  }));
  return changes.length
    ? changes.sort((a, b) => instant(a.at) - instant(b.at))
    : [{ at: detail.case.tier_since, to_tier: detail.case.tier }];
}

function chartPanel() {
  const title = t("chart.title");
  if (state.file === undefined)
    return h(
      "section",
      { class: "panel" },
      h("h2", {}, title),
      h("p", { class: "body muted" }, t("loading")),
    );
  if (state.file === null)
    return h(
      "section",
      { class: "panel" },
      h("h2", {}, title),
      h("p", { class: "body muted" }, t("chart.none")),
    );
  const peers = peersLine(state.file);
  return h(
    "section",
    { class: "panel chart", "aria-label": title },
    h(
      "h2",
      {},
      title,
      " ",
      h("span", { class: "muted" }, t("chart.as_of"), " ", at(state.file.at)),
      peers ? h("span", { class: "peers" }, peers) : "",
    ),
    timeline(state.file, tierSteps(state.detail)),
  );
}

export function detailPane() {
  return h(
    "section",
    { class: "detail", id: "detail", tabindex: -1, "aria-label": t("detail.title") },
    h("div", { id: "case-head" }),
    h(
      "div",
      { class: "columns" },
      h("div", { class: "left" }, h("div", { id: "case-chart" }), h("div", { id: "case-why" })),
      h("div", { class: "right", id: "case-right" }),
    ),
  );
}

let drawnFile = "";

// The chart is drawn anew only when its data, the tiers or the language changed: a reader keeps his day.
function drawChart() {
  const stamp = JSON.stringify([
    state.file?.borrower_id,
    state.file?.at,
    state.file === null,
    tierSteps(state.detail),
    lang(),
    state.file === undefined,
  ]);
  if (stamp === drawnFile && byId("case-chart").firstChild) return;
  drawnFile = stamp;
  redraw(byId("case-chart"), chartPanel());
}

export function drawDetail() {
  if (!byId("detail")) return;
  const detail = state.detail;
  if (!detail) {
    byId("case-head").replaceChildren(
      h("p", { class: "empty" }, t(state.missing ?? "loading")),
    );
    ["case-chart", "case-why", "case-right"].forEach((id) => byId(id).replaceChildren());
    return;
  }
  redraw(byId("case-head"), caseHead(detail));
  drawChart();
  redraw(
    byId("case-why"),
    evidencePanel(detail),
    machinePanel(state.machine),
    loansPanel(state.file),
    earlierPanel(detail),
  );
  redraw(byId("case-right"), actionsPanel(detail), holdsPanel(detail), historyPanel(detail));
}
