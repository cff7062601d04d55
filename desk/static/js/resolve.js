// Whose is this token? One at a time, with a reason, masked, and recorded before it is answered.

import { Refused, post } from "./api.js";
import { askFor, choiceField, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { t, word } from "./i18n.js";
import { refusalOf } from "./orders.js";
import { tell } from "./say.js";

const REASONS = ["CALL", "COMPLAINT", "FRAUD_CHECK", "LEGAL_DUTY"];

export async function openResolve({ case_id, borrower_id }) {
  const reasons = choiceField(
    "reason_code",
    t("field.reason"),
    REASONS.map((each) => [each, word("reason", each)]),
  );
  const asked = await askFor(t("resolve.title"), [reasons], {
    hint: t("resolve.hint"),
    submit: t("resolve.ask"),
  });
  if (asked === null) return;
  try {
    show(await post("/api/resolve", { token: borrower_id, case_id, ...asked }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.status === 404 ? t("resolve.unknown") : refusalOf(error.problem), { bad: true });
  }
}

function show({ masked }) {
  const lines = Object.entries(masked).map(([name, value]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", translate: "no" }, name),
      h("td", { translate: "no" }, value),
    ),
  );
  const dialog = openDialog(t("resolve.title"), h("table", {}, h("tbody", {}, lines)));
  const close = h("button", { class: "first", onclick: () => dialog.close() }, t("dialog.close"));
  dialog.append(h("div", { class: "foot" }, close));
  close.focus();
}
