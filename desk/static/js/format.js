// Pure: numbers and instants to words. `units` are the language's own: {d, h, m, s}.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// The two largest units that matter: "2 d 3 h", "4 h 52 m", "52 m", "8 s".
export function duration(ms, units) {
  const whole = Math.floor(Math.abs(ms) / SECOND) * SECOND;
  const [d, hours, m] = [
    Math.floor(whole / DAY),
    Math.floor((whole % DAY) / HOUR),
    Math.floor((whole % HOUR) / MINUTE),
  ];
  const join = (...parts) =>
    parts
      .filter(([n]) => n > 0)
      .map(([n, unit]) => `${n} ${unit}`)
      .join(" ");
  if (d > 0) return join([d, units.d], [hours, units.h]);
  if (hours > 0) return join([hours, units.h], [m, units.m]);
  if (m >= 10) return `${m} ${units.m}`;
  const seconds = Math.floor((whole % MINUTE) / SECOND);
  return m > 0 ? join([m, units.m], [seconds, units.s]) : `${seconds} ${units.s}`;
}

// The largest unit alone: "2 d", "4 h", "52 m", "8 s".
export function coarse(ms, units) {
  const [size, unit] = [
    [DAY, units.d],
    [HOUR, units.h],
    [MINUTE, units.m],
  ].find(([each]) => ms >= each) ?? [SECOND, units.s];
  return `${Math.floor(ms / size)} ${unit}`;
}

export function instant(text) {
  return text ? Date.parse(text) : null;
}

function parts(ms, zone, options) {
  const found = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    ...options,
  }).formatToParts(ms);
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
}

export function clock(ms, zone) {
  const at = parts(ms, zone, { hour: "2-digit", minute: "2-digit" });
  return `${at.hour}:${at.minute}`;
}

export function day(ms, zone) {
  const at = parts(ms, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
  return `${at.year}-${at.month}-${at.day}`;
}

// "22:14 UTC · 06:14 +08:00", with the day in front where it is not `nowMs`'s.
export function bothClocks(ms, nowMs, zone) {
  const one = (tz) =>
    (day(ms, tz) === day(nowMs, tz) ? "" : `${day(ms, tz).slice(5)} `) + clock(ms, tz);
  return `${one("UTC")} UTC · ${one(zone)} ${offset(ms, zone)}`;
}

export function offset(ms, zone) {
  const name = parts(ms, zone, { timeZoneName: "longOffset" }).timeZoneName ?? "";
  return name.replace("GMT", "") || "+00:00";
}

export function minor(amount, exponent) {
  return amount / 10 ** exponent;
}

export function exponentOf(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions()
      .maximumFractionDigits;
  } catch {
    return 2;
  }
}

// Whole units: nobody decides by the cents at three in the morning.
export function money(amountMinor, currency, locale) {
  const value = minor(amountMinor, exponentOf(currency));
  return `${currency} ${new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value)}`;
}

export function compact(value, locale) {
  return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(
    value,
  );
}

export function number(value, locale) {
  if (typeof value !== "number") return String(value);
  return new Intl.NumberFormat(locale, {
    maximumSignificantDigits: Math.abs(value) >= 1000 ? 12 : 4,
  }).format(value);
}

export function percent(value, locale) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(
    value,
  );
}

// Replaces {name}; what is not given stays, so that a test finds it.
export function template(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole,
  );
}
