// One day of the axis in words, for the line under the chart and for screen readers.

import { day as dayOf, instant, percent } from "../format.js";
import { locale, money, t, word } from "../i18n.js";
import { instalmentLook, paymentLook } from "./marks.js";

function amount(file, value) {
  return file.currency ? money({ amount_minor: value, currency: file.currency }) : String(value);
}

function salesWords(file, day) {
  const words = [
    t("reading.sales", { amount: amount(file, day.sales_minor ?? 0), n: day.sales ?? 0 }),
  ];
  if (day.expected_minor !== undefined) {
    words.push(
      t("reading.expected", {
        amount: amount(file, day.expected_minor),
        low: amount(file, day.low_minor ?? 0),
        high: amount(file, day.high_minor ?? 0),
      }),
    );
  }
  if (day.peers !== undefined && day.peers !== null)
    words.push(t("reading.peers", { share: percent(day.peers, locale()) }));
  return words;
}

export function readDay(file, changes, dayText) {
  const day = (file.days ?? []).find((each) => each.day === dayText);
  const words = day ? salesWords(file, day) : [];
  if (day) words.push(t("reading.inflow", { amount: amount(file, day.inflow_minor ?? 0) }));
  if (day?.special) words.push(word("special", day.special));
  for (const each of (file.instalments ?? []).filter(({ due }) => due === dayText)) {
    words.push(
      t(`reading.due_${instalmentLook(each)}`, {
        n: each.number,
        loan: each.loan_id,
        amount: money(each.amount),
      }),
    );
  }
  for (const each of (file.payments ?? []).filter(
    ({ at }) => dayOf(instant(at), file.zone) === dayText,
  )) {
    const failure = each.failure ? word("failure", each.failure) : "";
    words.push(t(`reading.payment_${paymentLook(each)}`, { amount: money(each.amount), failure }));
  }
  for (const each of changes.filter(({ at }) => dayOf(instant(at), file.zone) === dayText)) {
    words.push(t("reading.tier", { tier: word("tier", each.to_tier) }));
  }
  return words;
}
