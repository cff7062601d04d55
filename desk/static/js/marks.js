// The tier as shape, word and colour; and other small pieces that several places show.

import { h } from "./dom.js";
import { bothClocks, clock, instant } from "./format.js";
import { t, word } from "./i18n.js";
import { now, ticking } from "./now.js";

const SHAPES = { severe: "▲", moderate: "◆", mild: "●", none: "○" };

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function tierMark(tier, hard = false) {
  return h(
    "span",
    { class: `mark ${tier}` },
    h("span", { class: "shape", "aria-hidden": "true" }, SHAPES[tier] ?? "○"),
    word("tier", tier),
    hard ? ` · ${t("hard")}` : "",
  );
}

const SHORT = 18;

// A token is 128 bits: its ends are enough to tell a few apart, the whole is in the title.
export function token(text, { whole = false } = {}) {
  const shown = whole || text.length <= SHORT ? text : `${text.slice(0, 10)}…${text.slice(-4)}`;
  return h("span", { class: "token", translate: "no", title: shown === text ? null : text }, shown);
}

export function at(text) {
  const ms = instant(text);
  return ms === null
    ? "–"
    : h("time", { datetime: text, class: "nowrap" }, bothClocks(ms, now(), ZONE));
}

export function due(row, fetchedAt) {
  if (row.due_at === undefined) return null;
  const ahead = now() - Date.now();
  const atMs =
    row.due_in_ms === undefined ? instant(row.due_at) : fetchedAt + ahead + row.due_in_ms;
  return ticking("left", atMs, { class: "nowrap" });
}

export function age(ageMs, fetchedAt) {
  return ticking("age", fetchedAt + (now() - Date.now()) - (ageMs ?? 0), { class: "nowrap" });
}

// "from 08:00, in 4 h 52 m"
export function contact({ contact_at, contact_by }) {
  if (!contact_at)
    return contact_by
      ? h("span", {}, t("contact.no"))
      : h("span", { class: "muted" }, t("contact.unknown"));
  const ms = instant(contact_at);
  if (ms <= now()) return h("span", { class: "good" }, t("contact.now"));
  return h(
    "span",
    {},
    `${t("contact.from", { clock: clock(ms, ZONE) })} `,
    ticking("in", ms, { class: "nowrap" }),
  );
}

export function contactWhy({ contact_at, contact_by }) {
  return contact_by && !(contact_at && instant(contact_at) <= now())
    ? word("guard", contact_by)
    : "";
}
