// Line 1: can I trust what I see? Red here outranks every borrower.

import { byId, h, redraw } from "./dom.js";
import { t, word } from "./i18n.js";
import { at } from "./marks.js";
import { now, ticking } from "./now.js";
import { state } from "./state.js";

const DOT = { good: "●", warn: "◆", bad: "▲" };
const LOOK = { alive: "good", late: "warn", silent: "bad", broken: "bad", skewed: "bad" };
const LAG_WARN_MS = 30_000;

function item(look, name, ...rest) {
  return h(
    "span",
    { class: `item ${look}` },
    h("span", { class: "dot", "aria-hidden": "true" }, DOT[look] ?? "●"),
    h("b", {}, name),
    " ",
    rest,
  );
}

function stream([name, sources]) {
  const worst =
    ["bad", "warn", "good"].find((look) => sources.some(({ state: how }) => LOOK[how] === look)) ??
    "bad";
  const ill = sources.filter(({ state: how }) => how !== "alive");
  const ages = sources.map(({ age_ms }) => age_ms).filter((age) => age !== undefined);
  const oldest = ages.length ? state.trustAt + (now() - Date.now()) - Math.max(...ages) : null;
  return item(
    worst,
    word("stream", name),
    h(
      "span",
      { class: "muted" },
      t("trust.alive", { n: sources.length - ill.length, of: sources.length }),
    ),
    oldest === null ? "" : [" · ", ticking("bare", oldest)],
    ill.map(({ source, state: how }) => [
      " ",
      h(
        "span",
        { class: `chip ${LOOK[how]}` },
        h("span", { translate: "no" }, source),
        ` ${word("feed", how)}`,
      ),
    ]),
  );
}

function tieOut(tie) {
  if (!tie) return item("warn", t("trust.tie_out"), t("trust.tie_unknown"));
  const { DIFFERS = 0, MISSING = 0 } = tie.ties ?? {};
  const broken = DIFFERS + MISSING;
  return item(
    broken ? "warn" : "good",
    t("trust.tie_out"),
    tie.day.slice(5),
    " ",
    broken ? t("trust.tie_broken", { n: broken }) : t("trust.tie_good"),
  );
}

function changes(list) {
  const latest = list.map(({ subject, author }) => `${subject} (${author})`).join(", ");
  return h(
    "span",
    { class: `item ${list.length ? "warn" : "good"}`, title: latest || null },
    h("span", { class: "dot", "aria-hidden": "true" }, DOT[list.length ? "warn" : "good"]),
    h("b", {}, t("trust.changes")),
    ` ${list.length}`,
  );
}

function killSwitch(kill) {
  if (!kill) return item("warn", t("trust.kill"), t("trust.kill_unknown"));
  return item(
    kill.on ? "bad" : "good",
    t("trust.kill"),
    kill.on ? [t("trust.kill_on"), " ", kill.reason] : t("trust.kill_off"),
  );
}

function readModel(trust) {
  if (trust.lag_ms === undefined) return item("bad", t("trust.page"), t("trust.lag_unknown"));
  const lag = state.trustAt + (now() - Date.now()) - trust.lag_ms;
  return item(trust.lag_ms > LAG_WARN_MS ? "warn" : "good", t("trust.page"), ticking("age", lag));
}

function findings(list) {
  if (list.length === 0) return null;
  return h(
    "details",
    { class: "item bad findings", data: { focus: "findings" } },
    h(
      "summary",
      {},
      h("span", { "aria-hidden": "true" }, DOT.bad),
      " ",
      t("trust.findings", { n: list.length }),
    ),
    h(
      "ul",
      {},
      list.map(({ kind, subject, message, at: since }) =>
        h(
          "li",
          {},
          h("b", {}, word("finding", kind)),
          " ",
          h("span", { translate: "no" }, `${subject}: ${message}`),
          " · ",
          at(since),
        ),
      ),
    ),
  );
}

export function drawTrust() {
  const trust = state.trust;
  const place = byId("trust");
  if (!state.session || !trust) {
    place.replaceChildren();
    return;
  }
  const streams = Map.groupBy(trust.sources ?? [], ({ stream: name }) => name);
  place.classList.toggle("red", trust.red ?? false);
  place.setAttribute("aria-label", t("trust.label"));
  redraw(
    place,
    h(
      "span",
      { class: `verdict ${trust.red ? "bad" : "good"}` },
      trust.red ? `▲ ${t("trust.red")}` : t("trust.green"),
    ),
    ...[...streams].map(stream),
    tieOut(trust.tie_out),
    changes(trust.changes ?? []),
    killSwitch(trust.kill_switch),
    readModel(trust),
    findings(trust.findings ?? []) ?? "",
    trust.simulated ? h("span", { class: "chip warn simulated" }, t("simulated")) : "",
    trust.phase === "bootstrap" ? h("span", { class: "chip warn" }, t("bootstrap")) : "",
  );
}
