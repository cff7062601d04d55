// Line 1: can I trust what I see? Red here outranks every borrower. What is old is not known: while
// the page is cut off the verdict is no longer yes, whatever was said last.

import { byId, h, redraw } from "./dom.js";
import { t, word } from "./i18n.js";
import { at, ZONE } from "./marks.js";
import { clock, instant } from "./format.js";
import { now, ticking } from "./now.js";
import { state } from "./state.js";

const DOT = { good: "●", warn: "◆", bad: "▲" };
const LOOK = { alive: "good", late: "warn", silent: "bad", broken: "bad", skewed: "bad" };
const LAG_WARN_MS = 30_000;
const OLD_MS = 30_000;

const dot = (look) => h("span", { class: "dot", "aria-hidden": "true" }, DOT[look]);

function item(look, name, ...rest) {
  return h("span", { class: `item ${look}` }, dot(look), h("b", {}, name), " ", rest);
}

// An item that opens to tell more; one at a time is open.
function opening(look, focus, summary, lines) {
  if (lines.length === 0) return h("span", { class: `item ${look}` }, dot(look), summary);
  return h(
    "details",
    { class: `item ${look} opening`, name: "trust", data: { focus } },
    h("summary", {}, dot(look), summary),
    h(
      "ul",
      {},
      lines.map((line) => h("li", {}, line)),
    ),
  );
}

function since(ageMs) {
  return state.trustAt + (now() - Date.now()) - ageMs;
}

function sourceLine({ source, state: how, watermark, age_ms, message }) {
  return [
    h("b", { class: LOOK[how] ?? "bad", translate: "no" }, source),
    ` ${word("feed", how)}`,
    watermark ? [" · ", t("trust.read_to"), " ", at(watermark)] : "",
    age_ms === undefined ? "" : [" · ", ticking("age", since(age_ms))],
    message ? [" · ", h("span", { translate: "no" }, message)] : "",
  ];
}

function illChip({ source, state: how }) {
  const look = LOOK[how] ?? "bad";
  return [
    " ",
    h(
      "span",
      { class: `chip ${look}` },
      h("span", { translate: "no" }, source),
      " ",
      word("feed", how),
    ),
  ];
}

function stream([name, sources]) {
  const looks = sources.map(({ state: how }) => LOOK[how] ?? "bad");
  const worst = ["bad", "warn"].find((look) => looks.includes(look)) ?? "good";
  const ill = sources.filter(({ state: how }) => how !== "alive");
  const ages = sources.map(({ age_ms }) => age_ms).filter((age) => age !== undefined);
  const summary = [
    h("b", {}, word("stream", name)),
    " ",
    h("span", { class: "muted" }, `${sources.length - ill.length}/${sources.length}`),
    ages.length ? [" · ", ticking("bare", since(Math.max(...ages)))] : "",
    ill.map(illChip),
  ];
  return opening(worst, `stream-${name}`, summary, sources.map(sourceLine));
}

function tieOut(tie) {
  if (!tie) return item("warn", t("trust.tie_out"), t("trust.tie_unknown"));
  const { DIFFERS = 0, MISSING = 0 } = tie.ties ?? {};
  const broken = DIFFERS + MISSING;
  const words = broken ? t("trust.tie_broken", { n: broken }) : t("trust.tie_good");
  return item(broken ? "warn" : "good", t("trust.tie_out"), tie.day.slice(5), " ", words);
}

function changes(list) {
  const line = ({ subject, author, approver, at: when }) => [
    at(when),
    " ",
    h("b", { translate: "no" }, subject),
    " ",
    h("span", { class: "muted", translate: "no" }, [author, approver].filter(Boolean).join(" + ")),
  ];
  const summary = [h("b", {}, t("trust.changes")), ` ${list.length}`];
  return opening(list.length ? "warn" : "good", "changes", summary, list.map(line));
}

function killSwitch(kill) {
  if (!kill) return item("warn", t("trust.kill"), t("trust.kill_unknown"));
  if (!kill.on) return item("good", t("trust.kill"), t("trust.kill_off"));
  return item("bad", t("trust.kill"), t("trust.kill_on"), " ", kill.reason ?? "");
}

function readModel({ lag_ms }) {
  if (lag_ms === undefined) return item("bad", t("trust.page"), t("trust.lag_unknown"));
  const look = lag_ms > LAG_WARN_MS ? "warn" : "good";
  return item(look, t("trust.page"), ticking("age", since(lag_ms)));
}

function findings(list) {
  if (list.length === 0) return null;
  const line = ({ kind, subject, message, at: when }) => [
    h("b", {}, word("finding", kind)),
    " ",
    h("span", { translate: "no" }, `${subject}: ${message}`),
    " · ",
    at(when),
  ];
  return opening(
    "bad",
    "findings",
    h("b", {}, t("trust.findings", { n: list.length })),
    list.map(line),
  );
}

function isOld() {
  return state.offlineSince !== null || Date.now() - state.trustAt > OLD_MS;
}

function verdict(trust) {
  if (isOld()) {
    const asked = clock(instant(trust.at), ZONE);
    return h("span", { class: "verdict bad" }, `▲ ${t("trust.old", { clock: asked })}`);
  }
  if (trust.red) return h("span", { class: "verdict bad" }, `▲ ${t("trust.red")}`);
  return h("span", { class: "verdict good" }, t("trust.green"));
}

export function drawTrust() {
  const trust = state.trust;
  const place = byId("trust");
  if (!state.session || !trust) {
    place.replaceChildren();
    return;
  }
  const streams = Map.groupBy(trust.sources ?? [], ({ stream: name }) => name);
  place.classList.toggle("red", Boolean(trust.red) || isOld());
  place.setAttribute("aria-label", t("trust.label"));
  place.dataset.old = isOld();
  redraw(
    place,
    verdict(trust),
    [...streams].map(stream),
    tieOut(trust.tie_out),
    changes(trust.changes ?? []),
    killSwitch(trust.kill_switch),
    readModel(trust),
    findings(trust.findings ?? []),
    trust.simulated ? h("span", { class: "chip warn simulated" }, t("simulated")) : "",
    trust.phase === "bootstrap" ? h("span", { class: "chip warn" }, t("bootstrap")) : "",
  );
}

// Every second: what was said last grows old without an event.
export function ageTrust() {
  const place = byId("trust");
  if (state.trust && state.session && place.dataset.old !== String(isOld())) drawTrust();
}
