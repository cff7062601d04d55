// Why? Each open warning with what was measured against what, and what would clear it.

import { h } from "./dom.js";
import { instant, number, percent } from "./format.js";
import { locale, say, t, word } from "./i18n.js";
import { at, tierMark } from "./marks.js";
import { ticking } from "./now.js";

const name = (text) => h("code", { translate: "no" }, text);

function value(measure, key) {
  const found = measure[key];
  if (found === undefined || found === null) return "–";
  return typeof found === "number"
    ? number(found, locale())
    : h("span", { translate: "no" }, String(found));
}

function measureRow(measure) {
  const window = measure.window ? h("span", { translate: "no" }, measure.window) : "–";
  return h(
    "tr",
    {},
    h("td", {}, name(measure.name)),
    h(
      "td",
      { class: "num" },
      value(measure, "value"),
      " ",
      h("span", { class: "muted" }, word("measure_unit", measure.unit)),
    ),
    h("td", { class: "num" }, value(measure, "threshold")),
    h("td", { class: "num" }, value(measure, "baseline")),
    h("td", {}, window),
    h("td", { class: "num" }, value(measure, "n")),
  );
}

function scoreRow(score) {
  return h(
    "tr",
    {},
    h("td", {}, name(`p(${score.detector})`)),
    h("td", { class: "num" }, number(score.p_value, locale())),
    h("td", { class: "num" }, "–"),
    h("td", { class: "num" }, number(score.expected, locale())),
    h("td", {}, "–"),
    h("td", { class: "num" }, score.n),
  );
}

const COLUMNS = ["measure", "value", "threshold", "usual", "window", "n"];

function measuresTable({ measures = [], detector_scores = [] }) {
  if (measures.length + detector_scores.length === 0) return null;
  const head = COLUMNS.map((each, i) =>
    h("th", { scope: "col", class: i === 0 || i === 4 ? "" : "num" }, t(`evidence.${each}`)),
  );
  return h(
    "table",
    { class: "measures" },
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, measures.map(measureRow), detector_scores.map(scoreRow)),
  );
}

export function alertBlock(alert) {
  const fresh = Object.entries(alert.data_freshness ?? {}).map(([stream, until]) => [
    " ",
    h("span", { class: "chip" }, word("stream", stream), " ", ticking("age", instant(until))),
  ]);
  return h(
    "article",
    { class: "alert" },
    h(
      "header",
      {},
      tierMark(alert.tier, alert.hard),
      " ",
      h("b", {}, say(alert.title)),
      " ",
      name(alert.signal),
      " ",
      h("span", { class: "muted" }, word("family", alert.family), " · ", at(alert.effective_from)),
    ),
    h("p", {}, say(alert.reason)),
    measuresTable(alert),
    h("p", { class: "clears" }, h("b", {}, t("evidence.clears"), " "), say(alert.clears_when)),
    h(
      "p",
      { class: "muted fine" },
      t("evidence.rule"),
      " ",
      name(`${alert.rule.name} · ${alert.rule.ruleset} v${alert.rule.ruleset_version}`),
      " ",
      t("evidence.events", { n: alert.evidence_event_ids?.length ?? 0 }),
      fresh,
    ),
  );
}

export function evidencePanel(detail) {
  const alerts = detail.alerts ?? [];
  return h(
    "section",
    { class: "panel", "aria-label": t("evidence.title") },
    h("h2", {}, t("evidence.title")),
    h(
      "div",
      { class: "body" },
      h(
        "p",
        { class: "clears" },
        h("b", {}, t("evidence.clears_case"), " "),
        say(detail.case.clears_when),
      ),
      alerts.length ? alerts.map(alertBlock) : h("p", { class: "muted" }, t("evidence.none")),
      tierMeasures(latest(detail.tier_changes ?? [])),
    ),
  );
}

function latest(changes) {
  return changes.toSorted((a, b) => a.sequence_no - b.sequence_no).at(-1);
}

function tierMeasures(change) {
  if (!change?.measures?.length) return null;
  return h(
    "article",
    { class: "alert" },
    h("header", {}, h("b", {}, t("evidence.tier"))),
    measuresTable(change),
  );
}

const WEEK = 7;

// Own sales and the segment's, both as a share of what is usual, over the last seven days.
export function peersLine(file) {
  const days = (file?.days ?? []).slice(-WEEK);
  const known = days.filter(({ expected_minor }) => expected_minor > 0);
  const peers = days.map(({ peers: share }) => share).filter((share) => typeof share === "number");
  if (!known.length || !peers.length) return null;
  const sum = (key) => known.reduce((total, day) => total + (day[key] ?? 0), 0);
  return t("evidence.peers", {
    own: percent(sum("sales_minor") / sum("expected_minor"), locale()),
    peers: percent(peers.reduce((total, share) => total + share, 0) / peers.length, locale()),
  });
}
