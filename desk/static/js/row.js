// One case as a row of the queue, and as a line of the rail.

import { toggle } from "./bulk.js";
import { h } from "./dom.js";
import { lang, money, say, t, word } from "./i18n.js";
import { openedCase } from "./load.js";
import { age, contact, contactWhy, due, tierMark, token } from "./marks.js";
import { state } from "./state.js";

export function caseLink(id) {
  return `#/case/${encodeURIComponent(id)}`;
}

function cell(name, ...children) {
  return h("span", { class: `cell ${name}` }, children);
}

function flags(row) {
  return [
    row.restricted && [" ", h("span", { class: "chip warn" }, t("restricted"))],
    row.damped && [" ", h("span", { class: "chip" }, t("damped"))],
    row.ended && [" ", h("span", { class: "chip good" }, t("ended"))],
    row.simulated &&
      !state.trust?.simulated && [" ", h("span", { class: "chip warn" }, t("simulated"))],
  ];
}

export function makeRow(row) {
  const chosen = state.selected.has(row.case_id);
  const mine = row.holder === state.session.operator;
  return h(
    "a",
    {
      class: `row ${row.tier} ${chosen ? "chosen" : ""}`,
      href: caseLink(row.case_id),
      title: word("rank", row.rank),
      "aria-current": row.case_id === openedCase() ? "true" : null,
      onclick(event) {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        toggle(row.case_id);
      },
    },
    cell(
      "tier",
      h(
        "span",
        {},
        tierMark(row.tier, row.hard),
        chosen
          ? h("span", { class: "tick" }, " ✓", h("span", { class: "unseen" }, t("bulk.is_chosen")))
          : "",
      ),
      h("small", { class: "muted" }, word("state", row.state)),
    ),
    cell(
      "who",
      token(row.borrower_id),
      h(
        "small",
        {},
        money(row.exposure),
        row.dpd ? h("span", { class: "dpd" }, ` · ${t("dpd_short", { n: row.dpd })}`) : "",
      ),
    ),
    cell("why", h("span", { class: "reason" }, say(row.reason), flags(row))),
    cell(
      "due",
      due(row, state.queueAt) ?? h("span", { class: "muted" }, t("no_deadline")),
      h("small", { class: "advice" }, word("advice", row.advice)),
    ),
    cell("contact", h("small", {}, contact(row)), h("small", { class: "muted" }, contactWhy(row))),
    cell(
      "holder",
      h("span", { class: row.holder ? (mine ? "mine" : "") : "muted" }, row.holder ?? t("nobody")),
      h("small", { class: "muted" }, age(row.age_ms, state.queueAt)),
    ),
  );
}

export function rowStamp(row) {
  return [
    row.version,
    lang(),
    row.due_at,
    row.contact_at,
    row.rank,
    row.advice,
    row.holder,
    row.case_id === openedCase(),
    state.selected.has(row.case_id),
    Math.floor((row.age_ms ?? 0) / 60_000),
  ].join("|");
}
