// What the fold says of an order that it refused (docs/cases.md), in the page's own words. The fold
// speaks English; what is not known here is shown as it was said.

import { t, word } from "./i18n.js";

const SAID = [
  [/^`(?<holder>.+)` holds it/, "refused.held"],
  [/^you hold it already/, "refused.mine"],
  [/^nobody holds it/, "refused.not_held"],
  [/^expected an outcome before/, "refused.no_outcome"],
  [/^its outcome has been said/, "refused.outcome_said"],
  [/^it is acknowledged already/, "refused.acked"],
  [/^expected a case that somebody has seen/, "refused.not_seen"],
  [/^expected an instant from now/, "refused.until"],
  [/^expected words without personal data/, "refused.personal"],
  [/^expected to supersede/, "refused.stale"],
  [/^expected another person/, "refused.own"],
  [/^nothing waits for a second person/, "refused.no_pending"],
  [/^expected a case that is open/, "refused.not_open"],
  [/^expected an end within (?<hours>\d+) hours/, "refused.snooze"],
];
const MAY = /^expected somebody who may (?<right>\w+)/;

export function refusalWords(detail) {
  if (!detail) return "";
  const right = MAY.exec(detail)?.groups.right;
  if (right) return t("why.right", { right: word("right", right) });
  for (const [pattern, key] of SAID) {
    const found = pattern.exec(detail);
    if (found) return t(key, found.groups ?? {});
  }
  return detail;
}
