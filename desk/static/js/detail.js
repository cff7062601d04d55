// Why, what may I do, what did the machine do: one case, beside the queue as a rail.

import { actionsPanel } from "./actions.js";
import { timeline } from "./chart/timeline.js";
import { byId, h, redraw } from "./dom.js";
import { evidencePanel, peersLine } from "./evidence.js";
import { earlierPanel, entryWords, historyPanel, holdsPanel, loansPanel } from "./history.js";
import { instant } from "./format.js";
import { lang, money, say, t, word } from "./i18n.js";
import { machinePanel } from "./machine.js";
import { age, at, tierMark, token } from "./marks.js";
import { now, ticking } from "./now.js";
import { state } from "./state.js";

const FLOW = ["NEW", "ACKED", "TRIAGED", "ACTION", "WAIT", "OUTCOME", "CLOSED"];

function flow(about) {
  const here = FLOW.indexOf(about.state);
  return h(
    "ol",
    { class: "flow", "aria-label": t("detail.flow") },
    FLOW.map((each, i) =>
      h(
        "li",
        {
          class: i < here ? "past" : i === here ? "here" : "",
          "aria-current": i === here ? "step" : null,
        },
        word("state", each),
      ),
    ),
  );
}

function deadline(about) {
  const [kind, dueAt] = about.ack_due_at
    ? ["ack", about.ack_due_at]
    : ["outcome", about.outcome_due_at];
  return dueAt
    ? [word("due", kind), " ", ticking("left", instant(dueAt))]
    : h("span", { class: "muted" }, t("no_deadline"));
}

function fact(name, ...values) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, values));
}

function waiting(about) {
  const lines = [];
  if (about.wait_until && instant(about.wait_until) > now())
    lines.push([
      t("detail.waits"),
      " ",
      at(about.wait_until),
      " ",
      ticking("in", instant(about.wait_until)),
    ]);
  if (about.snoozed_until && instant(about.snoozed_until) > now())
    lines.push([t("detail.snoozed"), " ", at(about.snoozed_until)]);
  for (const entry of about.pending ?? [])
    lines.push([t("detail.pending", { operator: entry.operator ?? "" }), " ", entryWords(entry)]);
  return lines.map((line) => h("p", { class: "waiting warn" }, line));
}

function head({ case: about, restricted, advice, age_ms }) {
  return h(
    "header",
    { class: "case-head" },
    h(
      "div",
      { class: "line" },
      h("a", { class: "button", href: "#/queue", "aria-label": t("detail.back") }, "←"),
      tierMark(about.tier, about.hard),
      h("h1", {}, token(about.borrower_id, { whole: true })),
      h("span", { class: "muted", translate: "no" }, about.legal_entity),
      about.simulated && !state.trust?.simulated
        ? h("span", { class: "chip warn" }, t("simulated"))
        : "",
      restricted ? h("span", { class: "chip warn" }, t("restricted")) : "",
      about.ended_at ? h("span", { class: "chip good" }, t("ended")) : "",
      flow(about),
    ),
    h("p", { class: "sentence" }, say(about.reason)),
    h(
      "dl",
      {},
      fact(t("detail.exposure"), money(about.exposure)),
      fact(
        t("detail.overdue"),
        money(about.overdue),
        about.dpd ? ` · ${t("dpd", { n: about.dpd })}` : "",
      ),
      fact(t("detail.deadline"), deadline(about)),
      fact(t("detail.advice"), advice ? word("advice", advice) : "–"),
      fact(
        t("detail.holder"),
        about.holder ? h("span", { class: "holder" }, about.holder) : t("nobody"),
      ),
      fact(t("detail.opened"), at(about.opened_at)),
      fact(t("detail.age"), age(age_ms, state.detailAt)),
      fact(
        t("detail.found"),
        [
          about.triage && word("triage", about.triage),
          about.measure && word("measure", about.measure),
          about.outcome && word("outcome", about.outcome),
        ]
          .filter(Boolean)
          .join(" · ") || "–",
      ),
    ),
    waiting(about),
  );
}

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
      h("p", { class: "empty" }, state.missing ? t("detail.missing") : t("loading")),
    );
    ["case-chart", "case-why", "case-right"].forEach((id) => byId(id).replaceChildren());
    return;
  }
  redraw(byId("case-head"), head(detail));
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
