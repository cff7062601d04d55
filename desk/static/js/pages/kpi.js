// How well does the desk work? Figures with their targets (domain.md 6.2).

import { get } from "../api.js";
import { h } from "../dom.js";
import { day, instant, number, percent } from "../format.js";
import { duration, locale, t, word } from "../i18n.js";
import { ZONE, tierMark } from "../marks.js";
import { state } from "../state.js";
import { barPlot, dayPlot, plotPanel } from "./plots.js";

const DAY_MS = 86_400_000;
const PRECISION_TARGET = { mild: 0.2, moderate: 0.4, severe: 0.65 };
const MIX_TARGET = { hard_severe: 0.05, severe: 0.15, moderate: 0.8 };
const IN_TIME_TARGET = 0.95;
const ACKS_PER_HOUR_TARGET = 6;
const LEAD_TARGET_DAYS = { 1: 10, 30: 30 };
const FALSE_ALARMS_TARGET = 5;
const RECALL_TARGET = 0.9;
const EARLY_RECALL_TARGET = 0.5;
const RE_ALERT_TARGET = 0.1;

function tile(name, value, target) {
  return h(
    "div",
    { class: "tile panel" },
    h("dt", {}, name),
    h("dd", {}, value, target ? h("small", { class: "muted" }, ` ${target}`) : null),
  );
}

const atLeast = (share) => t("kpi.at_least", { target: percent(share, locale()) });
const unknown = () => h("span", { class: "muted" }, t("kpi.unknown"));
const known = (value) =>
  value === undefined || value === null ? unknown() : number(value, locale());

function period({ since, at: until }) {
  const [from, to] = [instant(since), instant(until)];
  return t("kpi.period", {
    n: Math.round((to - from) / DAY_MS),
    from: day(from, ZONE),
    to: day(to, ZONE),
  });
}

function lead(found, dpd) {
  const words =
    found?.p50_ms === undefined ? unknown() : `${duration(found.p50_ms)} (n ${found.n})`;
  return tile(
    t("kpi.lead", { dpd }),
    words,
    t("kpi.at_least", { target: duration(LEAD_TARGET_DAYS[dpd] * DAY_MS) }),
  );
}

// How many of those who came to be overdue had been warned; and the like.
function shareTile(name, found, target) {
  const words =
    found?.share === undefined
      ? unknown()
      : [
          percent(found.share, locale()),
          h("span", { class: "of" }, ` ${number(found.hits, locale())}/${number(found.n, locale())}`),
        ];
  return tile(name, words, target);
}

function liftTile(found) {
  const words = found?.lift === undefined ? unknown() : `× ${number(found.lift, locale())}`;
  const note = t("kpi.lift_note", {
    warned: found?.warned?.share === undefined ? "–" : percent(found.warned.share, locale()),
    base: found?.base_share === undefined ? "–" : percent(found.base_share, locale()),
  });
  return tile(t("kpi.lift"), words, found?.lift === undefined ? null : note);
}

function holdOutTile(found) {
  if (!found) return tile(t("kpi.hold_out"), unknown());
  const points = (share) => number(Math.round(share * 1000) / 10, locale());
  const note = t("kpi.hold_out_note", {
    low: points(found.low),
    high: points(found.high),
    held: `${found.held_out.hits}/${found.held_out.n}`,
    contacted: `${found.contacted.hits}/${found.contacted.n}`,
  });
  return tile(t("kpi.hold_out"), t("kpi.points", { n: points(found.effect) }), note);
}

function shares(found, list, targets) {
  return Object.entries(found ?? {}).map(([name, share]) => ({
    name: list ? word(list, name) : name,
    code: !list,
    value: share.share,
    target: targets?.[name],
    words:
      share.share === undefined || share.share === null
        ? t("kpi.unknown")
        : `${percent(share.share, locale())} · ${share.hits}/${share.n}`,
  }));
}

function counts(found, list) {
  const total = Object.values(found ?? {}).reduce((sum, n) => sum + n, 0);
  return Object.entries(found ?? {}).map(([name, n]) => ({
    name: word(list, name),
    value: total ? n / total : 0,
    words: `${n}`,
    target: list === "mix" ? MIX_TARGET[name] : undefined,
  }));
}

function times(found) {
  const cells = ({ n, p50_ms, p95_ms }) =>
    [
      n,
      p50_ms === undefined ? "–" : duration(p50_ms),
      p95_ms === undefined ? "–" : duration(p95_ms),
    ].map((each) => h("td", { class: "num" }, each));
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        [t("column.tier"), t("kpi.n"), t("kpi.p50"), t("kpi.p95")].map((each, i) =>
          h("th", { scope: "col", class: i ? "num" : "" }, each),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      Object.entries(found ?? {}).map(([tier, each]) =>
        h("tr", {}, h("td", {}, tierMark(tier)), cells(each)),
      ),
    ),
  );
}

function plots(kpi) {
  const bars = (name, rows, note) =>
    plotPanel(t(`kpi.${name}`), rows.length ? barPlot(t(`kpi.${name}`), rows) : unknown(), note);
  const inTime = Object.fromEntries(
    Object.keys(kpi.acknowledged_in_time ?? {}).map((tier) => [tier, IN_TIME_TARGET]),
  );
  return [
    bars(
      "precision_by_tier",
      shares(kpi.precision_by_tier, "tier", PRECISION_TARGET),
      t("kpi.target_line"),
    ),
    bars("in_time", shares(kpi.acknowledged_in_time, "tier", inTime), t("kpi.target_line")),
    bars("tier_mix", counts(kpi.tier_mix, "mix"), t("kpi.target_line")),
    plotPanel(
      t("kpi.opened_by_day"),
      dayPlot(t("kpi.opened_by_day"), Object.entries(kpi.opened_by_day ?? {}).sort()),
    ),
    bars("outcomes", counts(kpi.outcomes, "outcome")),
    bars("precision_by_rule", shares(kpi.precision_by_rule)),
    bars("re_alerts_by_rule", shares(kpi.re_alerts_by_rule)),
    plotPanel(t("kpi.time_to_ack"), times(kpi.time_to_ack)),
    plotPanel(t("kpi.time_to_outcome"), times(kpi.time_to_outcome)),
  ];
}

export async function kpiPage() {
  const kpi = await get("/api/kpi");
  return h(
    "section",
    { class: "page" },
    h(
      "header",
      { class: "page-head" },
      h("h1", {}, t("kpi.title")),
      h("span", { class: "muted" }, period(kpi)),
      kpi.simulated || state.trust?.simulated
        ? h("span", { class: "chip warn" }, t("simulated"))
        : null,
    ),
    h(
      "dl",
      { class: "tiles" },
      tile(
        t("kpi.cases"),
        `${number(kpi.cases ?? 0, locale())} (${t("kpi.open", { n: kpi.open ?? 0 })})`,
      ),
      tile(t("kpi.loans"), known(kpi.live_loans)),
      tile(
        t("kpi.per_hour"),
        known(kpi.cases_per_operator_hour),
        t("kpi.at_most", { target: ACKS_PER_HOUR_TARGET }),
      ),
      lead(kpi.lead_to_dpd_1, 1),
      lead(kpi.lead_to_dpd_30, 30),
      tile(
        t("kpi.false_alarms"),
        known(kpi.false_alarms_per_1000_loans),
        t("kpi.at_most", { target: FALSE_ALARMS_TARGET }),
      ),
      shareTile(t("kpi.recall", { dpd: 1 }), kpi.recall_dpd_1),
      shareTile(t("kpi.recall", { dpd: 30 }), kpi.recall_dpd_30, atLeast(RECALL_TARGET)),
      shareTile(
        t("kpi.recall_early"),
        kpi.recall_dpd_30_before_dpd_1,
        atLeast(EARLY_RECALL_TARGET),
      ),
      liftTile(kpi.lift),
      holdOutTile(kpi.hold_out),
      shareTile(
        t("kpi.re_alerts"),
        kpi.re_alerts,
        t("kpi.at_most", { target: percent(RE_ALERT_TARGET, locale()) }),
      ),
    ),
    h("div", { class: "plots" }, plots(kpi)),
  );
}
