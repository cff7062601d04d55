// What was before: the case's own entries, earlier cases, warnings that are over; loans and holds.

import { h } from "./dom.js";
import { knows, locale, money, say, t, word } from "./i18n.js";
import { at, tierMark, token } from "./marks.js";
import { caseLink } from "./row.js";
import { refusalWords } from "./refusals.js";
import { number } from "./format.js";

function panel(title, ...body) {
  return h(
    "section",
    { class: "panel", "aria-label": title },
    h("h2", {}, title),
    h("div", { class: "body" }, body),
  );
}

const FROM_TO = /^from (\w+) to (\w+)$/;

// A value of a closed list is told in words; what a person wrote, as it was written.
function detailWords({ kind, detail, done }) {
  if (!detail) return "";
  if (done === "REFUSED") return refusalWords(detail);
  const [, before, after] = FROM_TO.exec(detail) ?? [];
  if (kind === "tier" && after) {
    return t("history.from_to", { before: word("tier", before), after: word("tier", after) });
  }
  const list = kind === "opened" ? "tier" : kind;
  return knows(`${list}.${detail}`) ? word(list, detail) : detail;
}

export function entryWords(entry) {
  const detail = detailWords(entry);
  const done = entry.done ?? "DONE";
  return [
    h("b", {}, word("order", entry.kind)),
    done === "DONE"
      ? ""
      : h("span", { class: `chip ${done === "REFUSED" ? "bad" : "warn"}` }, word("done", done)),
    detail ? h("span", { class: "said" }, detail) : "",
  ];
}

function entryLine(entry) {
  return h(
    "li",
    {},
    h("span", { class: "muted nowrap" }, at(entry.at)),
    " ",
    entry.operator
      ? h("span", { class: "token", translate: "no" }, entry.operator)
      : h("span", { class: "muted" }, t("history.machine")),
    " ",
    entryWords(entry),
  );
}

export function historyPanel({ case: about }) {
  const entries = [...(about.entries ?? [])].reverse();
  return panel(
    t("history.title"),
    entries.length
      ? h("ol", { class: "entries" }, entries.map(entryLine))
      : h("p", { class: "muted" }, t("history.none")),
  );
}

function earlierCase(each) {
  return h(
    "li",
    {},
    h("a", { href: caseLink(each.case_id) }, at(each.opened_at)),
    " ",
    tierMark(each.tier, each.hard),
    " ",
    each.outcome ? word("outcome", each.outcome) : word("state", each.state),
    " ",
    h("span", { class: "muted" }, say(each.reason)),
  );
}

function pastAlert(each) {
  return h(
    "li",
    {},
    at(each.effective_from),
    " ",
    tierMark(each.previous_tier ?? each.tier),
    " ",
    say(each.title),
    " ",
    h("span", { class: "muted" }, word("transition", each.transition)),
  );
}

export function earlierPanel({ earlier = [], past = [] }) {
  if (earlier.length + past.length === 0)
    return panel(t("earlier.title"), h("p", { class: "muted" }, t("earlier.none")));
  return panel(
    t("earlier.title"),
    h("ul", { class: "entries" }, earlier.map(earlierCase), past.map(pastAlert)),
  );
}

function loanRow(loan) {
  return h(
    "tr",
    {},
    h(
      "td",
      {},
      token(loan.loan_id),
      loan.quarantined ? h("span", { class: "chip warn" }, t("loans.quarantined")) : "",
    ),
    h("td", { class: "num" }, money(loan.outstanding)),
    h("td", { class: "num" }, money(loan.overdue)),
    h("td", { class: `num ${loan.dpd > 0 ? "late" : ""}` }, number(loan.dpd, locale())),
    h("td", {}, loan.next_due ?? "–"),
  );
}

export function loansPanel(file) {
  const loans = file?.loans ?? [];
  if (loans.length === 0) return null;
  const head = ["loan", "outstanding", "overdue", "dpd", "next_due"].map((each, i) =>
    h("th", { scope: "col", class: i > 0 && i < 4 ? "num" : "" }, t(`loans.${each}`)),
  );
  const fed = Object.entries(file.sources ?? {}).map(([source, until]) =>
    h("span", { class: "chip" }, h("span", { translate: "no" }, source), " ", at(until)),
  );
  return panel(
    t("loans.title"),
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, loans.map(loanRow))),
    fed.length
      ? h("p", { class: "fine" }, h("span", { class: "muted" }, t("loans.sources")), " ", fed)
      : null,
  );
}

// By what somebody is linked: the same account, terminal, guarantor; what it is to each of the two.
function sharedBy({ relation, theirs, token: what }) {
  const [here, there] = [word("relation", relation), word("relation", theirs)];
  const words = relation === theirs ? t("links.same", { what: here }) : t("links.by", { here, there });
  return h("span", { title: what }, words);
}

function linkLine({ borrower_id, by, case_id, tier }) {
  const who = token(borrower_id);
  return h(
    "li",
    {},
    tier ? [tierMark(tier), " "] : "",
    case_id ? h("a", { href: caseLink(case_id) }, who) : who,
    h(
      "small",
      { class: "muted" },
      by.map(sharedBy).flatMap((each, i) => (i ? [", ", each] : [" ", each])),
    ),
  );
}

function linksOf(found) {
  if (!found) return null;
  if (found.length === 0) return h("p", { class: "fine muted" }, t("links.none"));
  return h(
    "div",
    { class: "links" },
    h("p", { class: "fine muted", id: "links-title" }, t("links.title")),
    h("ul", { "aria-labelledby": "links-title" }, found.map(linkLine)),
  );
}

export function holdsPanel({ case: about, links: found }) {
  const holds = about.holds ?? [];
  const links = [
    about.segment && [t("holds.segment"), " ", h("span", { translate: "no" }, about.segment)],
    about.damped && t("holds.damped"),
  ].filter(Boolean);
  return panel(
    t("holds.title"),
    holds.length
      ? h(
          "ul",
          {},
          holds.map((hold) => h("li", {}, h("span", { class: "chip warn" }, word("hold", hold)))),
        )
      : h("p", { class: "muted" }, t("holds.none")),
    links.length ? h("p", { class: "fine" }, links) : null,
    linksOf(found),
  );
}
