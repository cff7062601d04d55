// The three streams of a borrower on one axis, read by pointer or by arrow keys.

import { h, s } from "../dom.js";
import { t } from "../i18n.js";
import { dates, frame, ground } from "./frame.js";
import { dueLane, tierLane } from "./marks.js";
import { readDay } from "./reading.js";
import { inflowLane, salesLane } from "./streams.js";

const HEIGHTS = [88, 44, 44, 26];
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7 };

function draw(file, changes, width) {
  const shape = frame(file, width, HEIGHTS);
  const [sales, inflow, due, tier] = shape.lanes;
  const cursor = s("rect", {
    class: "cursor",
    y: 0,
    width: shape.x.step,
    height: shape.bottom,
    visibility: "hidden",
  });
  const svg = s(
    "svg",
    {
      class: "timeline",
      width,
      height: shape.height,
      viewBox: `0 0 ${width} ${shape.height}`,
      "aria-hidden": "true",
    },
    ground(shape),
    salesLane(shape, sales),
    inflowLane(shape, inflow),
    dueLane(shape, due),
    tierLane(shape, tier, changes),
    dates(shape),
    cursor,
  );
  return { shape, svg, cursor };
}

function legend() {
  const key = (name) =>
    h("span", { class: "key" }, h("i", { class: `swatch ${name}` }), t(`legend.${name}`));
  return h(
    "div",
    { class: "legend" },
    [
      "sales",
      "band",
      "inflow",
      "special",
      "due-paid",
      "due-open",
      "due-overdue",
      "pay-paid",
      "pay-failed",
    ].map(key),
  );
}

// `changes` are {at, to_tier}, oldest first.
export function timeline(file, changes) {
  const reading = h("p", { class: "reading" });
  const stage = h("div", {
    class: "stage",
    tabindex: 0,
    role: "slider",
    "aria-label": t("chart.label"),
    "aria-orientation": "horizontal",
  });
  let drawn = null;
  let at = Math.max(0, (file.days ?? []).length - 1);

  function show(index) {
    if (!drawn || drawn.shape.days.length === 0) return;
    at = Math.max(0, Math.min(drawn.shape.days.length - 1, index));
    const day = drawn.shape.days[at];
    const words = readDay(file, changes, day);
    drawn.cursor.setAttribute("x", drawn.shape.x.at(at));
    drawn.cursor.setAttribute("visibility", "visible");
    reading.replaceChildren(h("b", {}, day), ` ${words.join(" · ") || t("reading.nothing")}`);
    stage.setAttribute("aria-valuenow", at);
    stage.setAttribute("aria-valuetext", `${day}: ${words.join(", ") || t("reading.nothing")}`);
  }

  function redraw() {
    const width = Math.floor(stage.clientWidth);
    if (width < 200 || drawn?.shape.width === width) return;
    drawn = draw(file, changes, width);
    stage.replaceChildren(drawn.svg);
    stage.setAttribute("aria-valuemin", 0);
    stage.setAttribute("aria-valuemax", Math.max(0, drawn.shape.days.length - 1));
    show(at);
  }

  stage.addEventListener("pointermove", (event) => {
    if (drawn) show(drawn.shape.x.index(event.clientX - stage.getBoundingClientRect().left));
  });
  stage.addEventListener("keydown", (event) => {
    const step =
      STEPS[event.key] ??
      (event.key === "Home" ? -Infinity : event.key === "End" ? Infinity : null);
    if (step === null) return;
    event.preventDefault();
    event.stopPropagation();
    show(at + step);
  });
  new ResizeObserver(redraw).observe(stage);
  return h("figure", { class: "axis" }, stage, reading, legend());
}
