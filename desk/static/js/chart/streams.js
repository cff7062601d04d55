// Lanes of amounts a day: sales against what was expected, and settlement inflow.

import { s } from "../dom.js";
import { locale, t } from "../i18n.js";
import { compact, minor } from "../format.js";
import { linear, roundUp } from "../scales.js";
import { laneName } from "./frame.js";

function bars(shape, lane, scale, amounts, name) {
  const inset = shape.x.step > 4 ? 1 : 0.5;
  return amounts.map((amount, i) => {
    if (!amount) return null;
    const y = scale(amount);
    return s("rect", {
      class: name,
      x: shape.x.at(i) + inset,
      y,
      width: Math.max(1, shape.x.step - 2 * inset),
      height: lane.bottom - y,
    });
  });
}

function topOf(shape, lane, amounts) {
  const top = roundUp(Math.max(0, ...amounts));
  return { top, scale: linear([0, top], [lane.bottom, lane.top]) };
}

function scaleLabel({ file }, top) {
  return `${t("chart.up_to")} ${compact(minor(top, file.exponent ?? 2), locale())}`;
}

// A gap in the band is a day of which too little was known: never drawn as zero.
function bands(shape, scale, days) {
  const runs = [];
  days.forEach((day, i) => {
    if (day.low_minor === undefined || day.high_minor === undefined) return;
    const run = runs.at(-1);
    if (run && run.at(-1).i === i - 1) run.push({ ...day, i });
    else runs.push([{ ...day, i }]);
  });
  const edge = (run, key) => run.map((day) => `${shape.x.middle(day.i)},${scale(day[key])}`);
  return runs.map((run) => [
    s("polygon", {
      class: "band",
      points: [...edge(run, "high_minor"), ...edge(run, "low_minor").reverse()].join(" "),
    }),
    s("polyline", { class: "expected", points: edge(run, "expected_minor").join(" ") }),
  ]);
}

export function salesLane(shape, lane) {
  const days = shape.file.days ?? [];
  const amounts = days.map((day) => day.sales_minor ?? 0);
  const { top, scale } = topOf(shape, lane, [
    ...amounts,
    ...days.map((day) => day.high_minor ?? 0),
  ]);
  const silent = days.map((day, i) =>
    day.sales_minor || day.expected_minor === undefined
      ? null
      : s("line", {
          class: "silent",
          x1: shape.x.at(i),
          x2: shape.x.at(i) + shape.x.step,
          y1: lane.bottom,
          y2: lane.bottom,
        }),
  );
  return [
    laneName(lane, t("chart.sales"), scaleLabel(shape, top)),
    bands(shape, scale, days),
    bars(shape, lane, scale, amounts, "sales"),
    silent,
  ];
}

export function inflowLane(shape, lane) {
  const amounts = (shape.file.days ?? []).map((day) => day.inflow_minor ?? 0);
  const { top, scale } = topOf(shape, lane, amounts);
  return [
    laneName(lane, t("chart.inflow"), scaleLabel(shape, top)),
    bars(shape, lane, scale, amounts, "inflow"),
  ];
}
