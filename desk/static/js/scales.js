// Pure: from values to pixels.

export function linear([from, to], [start, end]) {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

// One column a day; `at` gives its left edge, `middle` its middle, `index` the day under a pixel.
export function columns(count, [start, end]) {
  const step = (end - start) / Math.max(count, 1);
  return {
    step,
    at: (i) => start + i * step,
    middle: (i) => start + (i + 0.5) * step,
    index: (x) => Math.max(0, Math.min(count - 1, Math.floor((x - start) / step))),
  };
}

// A round number that is not below the largest value, and not far above it.
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value * (1 - 1e-9));
}

// The first of each month and every seventh day between, as indexes into `days` (ISO dates).
export function dayTicks(days) {
  return days
    .map((day, index) => ({ day, index, month: day.endsWith("-01") }))
    .filter(
      ({ day, index, month }) =>
        month || (index % 7 === 0 && Number(day.slice(8)) > 6 && Number(day.slice(8)) < 26),
    );
}
