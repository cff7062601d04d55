// The ground that all lanes share: one column a day, month lines, holidays, today, the future.

import { s } from "../dom.js";
import { day as dayOf, instant } from "../format.js";
import { t } from "../i18n.js";
import { columns, dayTicks } from "../scales.js";

const DAY_MS = 86_400_000;
const AHEAD_DAYS = 21;
const isoDay = (ms) => new Date(ms).toISOString().slice(0, 10);
export const GUTTER = 88;
export const RIGHT = 8;

// The file's days, today, and on to the last instalment that falls due soon.
export function axisDays(file) {
  const days = (file.days ?? []).map(({ day }) => day);
  if (days.length === 0) return { days, past: 0 };
  const today = dayOf(instant(file.at), file.zone);
  for (let at = Date.parse(days.at(-1)) + DAY_MS; at <= Date.parse(today); at += DAY_MS)
    days.push(isoDay(at));
  const last = Date.parse(days.at(-1));
  const soon = (file.instalments ?? [])
    .map(({ due }) => Date.parse(due))
    .filter((due) => due > last && due <= last + AHEAD_DAYS * DAY_MS);
  const end = Math.max(last, ...soon);
  const past = days.length;
  for (let at = last + DAY_MS; at <= end; at += DAY_MS) days.push(isoDay(at));
  return { days, past };
}

export function frame(file, width, heights) {
  const { days, past } = axisDays(file);
  const x = columns(days.length, [GUTTER, width - RIGHT]);
  const index = new Map(days.map((day, i) => [day, i]));
  const lanes = [];
  let top = 4;
  for (const height of heights) {
    lanes.push({ top, bottom: top + height, height });
    top += height + 8;
  }
  return { file, days, past, x, index, lanes, width, bottom: top, height: top + 16 };
}

export function ground({ file, days, past, x, width, bottom, lanes }) {
  const specials = (file.days ?? []).flatMap(({ special }, i) => (special ? [{ special, i }] : []));
  return [
    specials.map(({ i }) =>
      s("rect", { class: "special", x: x.at(i), y: 0, width: x.step, height: bottom }),
    ),
    past < days.length &&
      s("rect", {
        class: "future",
        x: x.at(past),
        y: 0,
        width: x.at(days.length) - x.at(past),
        height: bottom,
      }),
    dayTicks(days).map(({ index }) =>
      s("line", { class: "grid", x1: x.at(index), x2: x.at(index), y1: 0, y2: bottom }),
    ),
    lanes
      .slice(1)
      .map(({ top }) => s("line", { class: "grid", x1: 0, x2: width, y1: top - 4, y2: top - 4 })),
    s("line", { class: "today", x1: x.at(past), x2: x.at(past), y1: 0, y2: bottom }),
  ];
}

export function dates({ days, past, x, bottom }) {
  const y = bottom + 12;
  const now = x.at(past);
  const labels = dayTicks(days).filter(
    ({ index }) => x.at(index) > now + 4 || x.at(index) < now - 76,
  );
  return [
    labels.map(({ day, index, month }) =>
      s(
        "text",
        {
          class: month ? "date month" : "date",
          x: x.at(index),
          y,
          "text-anchor": days.length - index < 6 ? "middle" : "start",
        },
        day.slice(5),
      ),
    ),
    s("text", { class: "date now", x: now, y, "text-anchor": "end" }, t("chart.today")),
  ];
}

export function laneName({ top }, name, detail) {
  return [
    s("text", { class: "lane", x: 0, y: top + 11 }, name),
    detail && s("text", { class: "scale", x: 0, y: top + 25 }, detail),
  ];
}
