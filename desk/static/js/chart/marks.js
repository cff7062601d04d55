// Lanes of single events: what fell due, what was paid, debits that failed, changes of the tier.

import { s } from "../dom.js";
import { t, word } from "../i18n.js";
import { day as dayOf, instant } from "../format.js";
import { laneName } from "./frame.js";

const GOES_BACK = new Set(["REFUND", "REVERSAL", "CHARGEBACK", "RETURNED"]);
const LEVEL = { none: 0, mild: 1, moderate: 2, severe: 3 };

export function paymentLook({ kind, failure }) {
  if (failure || kind === "DEBIT_FAILED" || kind === "failed_debit") return "failed";
  return GOES_BACK.has(String(kind).toUpperCase()) ? "back" : "paid";
}

export function instalmentLook({ amount, paid_minor = 0, overdue = false }) {
  if (paid_minor >= amount.amount_minor) return "paid";
  return overdue ? "overdue" : "open";
}

const DIAMOND = "M0-6 6 0 0 6-6 0Z";
const LOOKS = {
  due: { paid: DIAMOND, open: DIAMOND, overdue: `${DIAMOND}M-3-3 3 3M-3 3 3-3` },
  payment: {
    paid: "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0",
    failed: "M-4-4 4 4M-4 4 4-4",
    back: "M4-4-4 0 4 4",
  },
};

function mark(shape, dayText, y, what, look) {
  const i = shape.index.get(dayText);
  if (i === undefined) return null;
  return s("path", {
    class: `${what} ${look}`,
    d: LOOKS[what][look],
    transform: `translate(${shape.x.middle(i)} ${y})`,
  });
}

export function dueLane(shape, lane) {
  const { instalments = [], payments = [], zone } = shape.file;
  return [
    laneName(lane, t("chart.due")),
    s("text", { class: "lane", x: 0, y: lane.bottom - 2 }, t("chart.payments")),
    instalments.map((each) => mark(shape, each.due, lane.top + 8, "due", instalmentLook(each))),
    payments.map((each) =>
      mark(shape, dayOf(instant(each.at), zone), lane.bottom - 7, "payment", paymentLook(each)),
    ),
  ];
}

// Steps of equal height per tier, with the word where it changes: never by colour alone.
export function tierLane(shape, lane, changes) {
  const { zone } = shape.file;
  const known = changes.map((change) => ({ ...change, day: dayOf(instant(change.at), zone) }));
  const end = shape.x.at(shape.past);
  const pieces = known.map((change, i) => {
    const from = startOf(shape, change.day);
    const to = i + 1 < known.length ? startOf(shape, known[i + 1].day) : end;
    return { ...change, from, to };
  });
  return [
    laneName(lane, t("chart.tier")),
    pieces.map((piece, i) => [
      step(piece, lane),
      tierLabel(piece, pieces[i - 1], pieces[i + 1], lane),
    ]),
  ];
}

function step({ from, to, to_tier }, lane) {
  const y = lane.bottom - (LEVEL[to_tier] ?? 0) * ((lane.height - 4) / 3);
  return s("rect", {
    class: `tier ${to_tier}`,
    x: from,
    y,
    width: Math.max(0, to - from),
    height: lane.bottom - y + 1,
  });
}

const WORD_PX = 64;

// Inside its step where there is room; else where there is nothing else: before it, or behind the last.
function tierLabel({ from, to, to_tier }, before, after, lane) {
  if (to_tier === "none") return null;
  const free = before ? before.to_tier === "none" && before.to - before.from > WORD_PX : true;
  const place =
    to - from > WORD_PX
      ? { x: from + 4 }
      : !after
        ? { x: to + 4 }
        : free
          ? { x: from - 4, "text-anchor": "end" }
          : null;
  return (
    place &&
    s("text", { class: `tier ${to_tier}`, y: lane.bottom - 3, ...place }, word("tier", to_tier))
  );
}

function startOf(shape, dayText) {
  const i = shape.index.get(dayText);
  return i === undefined ? shape.x.at(0) : shape.x.at(i);
}
