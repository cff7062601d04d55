// Who, how bad, how far, by when: the first lines of an open case.

import { h } from "./dom.js";
import { instant } from "./format.js";
import { entryWords } from "./history.js";
import { money, say, t, word } from "./i18n.js";
import { age, at, tierMark, token } from "./marks.js";
import { now, ticking } from "./now.js";
import { openResolve } from "./resolve.js";
import { mayI, state } from "./state.js";

const FLOW = ["NEW", "ACKED", "TRIAGED", "ACTION", "WAIT", "OUTCOME", "CLOSED"];

function flow(about) {
  const here = FLOW.indexOf(about.state);
  return h(
    "ol",
    { class: "flow", "aria-label": t("detail.flow") },
    FLOW.map((each, i) =>
      h(
        "li",
        {
          class: i < here ? "past" : i === here ? "here" : "",
          "aria-current": i === here ? "step" : null,
        },
        word("state", each),
      ),
    ),
  );
}

function deadline({ ack_due_at, outcome_due_at }) {
  const [first] = [
    ["ack", ack_due_at],
    ["outcome", outcome_due_at],
  ]
    .filter(([, dueAt]) => dueAt)
    .sort((a, b) => instant(a[1]) - instant(b[1]));
  if (!first) return h("span", { class: "muted" }, t("no_deadline"));
  return [word("due", first[0]), " ", ticking("left", instant(first[1]))];
}

function fact(name, ...values) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, values));
}

function waiting(about) {
  const lines = [];
  if (about.wait_until && instant(about.wait_until) > now())
    lines.push([
      t("detail.waits"),
      " ",
      at(about.wait_until),
      " ",
      ticking("in", instant(about.wait_until)),
    ]);
  if (about.snoozed_until && instant(about.snoozed_until) > now())
    lines.push([t("detail.snoozed"), " ", at(about.snoozed_until)]);
  for (const entry of about.pending ?? [])
    lines.push([t("detail.pending", { operator: entry.operator ?? "" }), " ", entryWords(entry)]);
  return lines.map((line) => h("p", { class: "waiting warn" }, line));
}

export function caseHead({ case: about, restricted, advice, age_ms }) {
  return h(
    "header",
    { class: "case-head" },
    h(
      "div",
      { class: "line" },
      h("a", { class: "button", href: "#/queue", "aria-label": t("detail.back") }, "←"),
      tierMark(about.tier, about.hard),
      h("h1", {}, token(about.borrower_id, { whole: true })),
      !restricted && mayI("resolve")
        ? h("button", { class: "plain", onclick: () => openResolve(about) }, t("resolve.open"))
        : "",
      h("span", { class: "muted", translate: "no" }, about.legal_entity),
      about.simulated && !state.trust?.simulated
        ? h("span", { class: "chip warn" }, t("simulated"))
        : "",
      restricted ? h("span", { class: "chip warn" }, t("restricted")) : "",
      about.ended_at ? h("span", { class: "chip good" }, t("ended")) : "",
      flow(about),
    ),
    h("p", { class: "sentence" }, say(about.reason)),
    h(
      "dl",
      {},
      fact(t("detail.exposure"), money(about.exposure)),
      fact(
        t("detail.overdue"),
        money(about.overdue),
        about.dpd ? ` · ${t("dpd", { n: about.dpd })}` : "",
      ),
      fact(t("detail.deadline"), deadline(about)),
      fact(t("detail.advice"), advice ? word("advice", advice) : "–"),
      fact(
        t("detail.holder"),
        about.holder ? h("span", { class: "holder" }, about.holder) : t("nobody"),
      ),
      fact(t("detail.opened"), at(about.opened_at)),
      fact(t("detail.age"), age(age_ms, state.detailAt)),
      fact(
        t("detail.found"),
        [
          about.triage && word("triage", about.triage),
          about.measure && word("measure", about.measure),
          about.outcome && word("outcome", about.outcome),
        ]
          .filter(Boolean)
          .join(" · ") || "–",
      ),
    ),
    waiting(about),
  );
}
