// Two plain plots: bars of shares against a target, and columns a day.

import { h, s } from "../dom.js";
import { number } from "../format.js";
import { locale } from "../i18n.js";
import { columns, linear, roundUp } from "../scales.js";

const BAR = { width: 560, row: 24, name: 190, end: 430 };

// `rows` are {name, value, words, target, code}; values and targets in [0, top].
export function barPlot(label, rows, top = 1) {
  const x = linear([0, top], [BAR.name, BAR.end]);
  const height = rows.length * BAR.row + 4;
  const row = ({ name, value, words, target, code }, i) => {
    const y = i * BAR.row + 4;
    return [
      s("text", { class: "lane", x: 0, y: y + 12, translate: code ? "no" : null }, name),
      s("rect", { class: "trough", x: BAR.name, y, width: BAR.end - BAR.name, height: 16 }),
      value === undefined || value === null
        ? null
        : s("rect", {
            class: "fill",
            x: BAR.name,
            y,
            width: Math.max(1, x(Math.min(value, top)) - BAR.name),
            height: 16,
          }),
      target === undefined
        ? null
        : s("line", {
            class: "target",
            x1: x(Math.min(target, top)),
            x2: x(Math.min(target, top)),
            y1: y - 3,
            y2: y + 19,
          }),
      s("text", { class: "scale", x: BAR.end + 8, y: y + 12 }, words),
    ];
  };
  return s(
    "svg",
    {
      class: "plot",
      role: "img",
      "aria-label": label,
      viewBox: `0 0 ${BAR.width} ${height}`,
      width: BAR.width,
      height,
    },
    rows.map(row),
  );
}

// `points` are [day, number], oldest first.
export function dayPlot(label, points) {
  const [width, height, left, bottom] = [560, 120, 32, 100];
  const top = roundUp(Math.max(0, ...points.map(([, n]) => n)));
  const x = columns(points.length, [left, width - 16]);
  const y = linear([0, top], [bottom, 8]);
  const every = Math.ceil(points.length / 8);
  return s(
    "svg",
    {
      class: "plot",
      role: "img",
      "aria-label": label,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    [0, top].map((n) => [
      s("line", { class: "grid", x1: left, x2: width, y1: y(n), y2: y(n) }),
      s("text", { class: "scale", x: 0, y: y(n) + 4 }, number(n, locale())),
    ]),
    points.map(([, n], i) =>
      s("rect", {
        class: "fill",
        x: x.at(i) + 1,
        y: y(n),
        width: Math.max(1, x.step - 2),
        height: bottom - y(n),
      }),
    ),
    points.map(([day], i) =>
      i % every
        ? null
        : s(
            "text",
            { class: "date", x: x.middle(i), y: height - 4, "text-anchor": "middle" },
            day.slice(5),
          ),
    ),
  );
}

export function plotPanel(title, plot, note) {
  return h(
    "section",
    { class: "panel plot-panel" },
    h("h2", {}, title),
    h("div", { class: "body" }, plot, note ? h("p", { class: "muted fine" }, note) : null),
  );
}
