// Which order asks for what, in the words of schemas/case_orders.py and its neighbours.

import { askFor, choiceField, lineField, textField } from "./dialog.js";
import { t, word } from "./i18n.js";
import { now } from "./now.js";

const LISTS = {
  triage: ["REAL", "DATA", "KNOWN", "DUPLICATE"],
  measure: ["CONTACT", "DOCUMENT", "PLAN", "ESCALATE", "FRAUD", "LEGAL"],
  outcome: [
    "TRUE_DISTRESS",
    "TRUE_FRAUD",
    "MISUSE_CONFIRMED",
    "TEMPORARY",
    "SEASONAL",
    "DATA_ERROR",
    "DISPUTE",
    "DUPLICATE",
    "UNKNOWN",
  ],
  hold: [
    "LEGAL",
    "DECEASED",
    "DISPUTE",
    "COMPLAINT",
    "HARDSHIP",
    "MORATORIUM",
    "DISASTER_AREA",
    "VULNERABLE",
  ],
};
const HOUR_MS = 3_600_000;

function choice(name) {
  return choiceField(
    name,
    word("order", name),
    LISTS[name].map((value) => [value, word(name, value)]),
  );
}

function localInput(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

// In the operator's own time, sent as UTC.
function until(hours, needed = true) {
  const field = lineField("until", t("field.until"), {
    type: "datetime-local",
    value: needed ? localInput(now() + hours * HOUR_MS) : "",
    needed,
  });
  const read = field.value;
  return {
    ...field,
    value: () => (read() ? new Date(read()).toISOString().replace(/\.\d+Z$/, "Z") : ""),
  };
}

const reason = () => textField("reason", t("field.reason"), { rows: 2 });

const FORMS = {
  triage: () => [choice("triage")],
  measure: () => [choice("measure")],
  outcome: () => [choice("outcome")],
  note: () => [textField("text", t("field.note"))],
  wait: () => [until(4), reason()],
  snooze_tier: () => [until(8), reason()],
  assign: () => [lineField("holder", t("field.holder"))],
  hold: () => [choice("hold"), until(24, false), reason()],
  lift_hold: () => [reason()],
};
const WRITTEN = new Set(["note", "wait", "snooze_tier", "hold", "lift_hold"]);

export function formFields(kind) {
  return FORMS[kind]?.() ?? [];
}

// What the order is about comes with the action: the trigger, the hold, or what waits.
function fixed({ kind, about }, detail) {
  if (kind === "endorse") return { record_id: about };
  if (kind === "approve_trigger") return { trigger_id: about };
  if (kind === "lift_hold") return { hold: about };
  if (kind === "release_tier") return { tier: detail.case.tier };
  return {};
}

// Resolves to the whole order, or to null if the operator gave it up.
export async function orderFor(action, detail) {
  const form = FORMS[action.kind];
  const base = { kind: action.kind, ...fixed(action, detail) };
  if (!form) return base;
  const given = await askFor(word("order", action.kind), form(), {
    hint: WRITTEN.has(action.kind) ? t("hint.no_personal_data") : undefined,
  });
  if (given === null) return null;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
  };
}
