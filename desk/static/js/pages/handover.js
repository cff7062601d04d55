// For the next shift: written by itself, one page, made to be read aloud.

import { get } from "../api.js";
import { h } from "../dom.js";
import { instant } from "../format.js";
import { money, say, t, word } from "../i18n.js";
import { entryWords } from "../history.js";
import { at, tierMark, token } from "../marks.js";
import { ticking } from "../now.js";
import { caseLink } from "../row.js";

const LISTS = ["unacknowledged", "overdue", "pending", "waiting", "snoozed"];

function when(row) {
  const until = row.wait_until ?? row.snoozed_until;
  if (until) return [at(until), " ", ticking("in", instant(until))];
  return row.due_at ? ticking("left", instant(row.due_at)) : "–";
}

function line(row) {
  return h(
    "tr",
    {},
    h("td", {}, tierMark(row.tier, row.hard)),
    h("td", {}, h("a", { href: caseLink(row.case_id) }, token(row.borrower_id))),
    h("td", { class: "num" }, money(row.exposure)),
    h("td", {}, say(row.reason)),
    h("td", {}, row.holder ?? t("nobody")),
    h("td", { class: "nowrap" }, when(row)),
  );
}

const COLUMNS = ["tier", "borrower", "exposure", "reason", "holder", "when"];

function list(name, rows) {
  const head = (each) =>
    h("th", { scope: "col", class: `${each} ${each === "exposure" ? "num" : ""}` }, t(`column.${each}`));
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, t(`handover.${name}`), " ", h("span", { class: "muted" }, String(rows.length))),
    h(
      "div",
      { class: "body" },
      h(
        "table",
        { class: "handed" },
        h("thead", {}, h("tr", {}, COLUMNS.map(head))),
        h("tbody", {}, rows.map(line)),
      ),
    ),
  );
}

// What is empty is said in one line: the page is to be read aloud, not scrolled.
function lists(over) {
  const [full, empty] = [[], []];
  for (const name of LISTS) ((over[name] ?? []).length ? full : empty).push(name);
  return [
    full.map((name) => list(name, over[name])),
    empty.length
      ? h(
          "p",
          { class: "muted nothing" },
          t("handover.nothing_of", { lists: empty.map((name) => t(`handover.${name}`)).join(" · ") }),
        )
      : null,
  ];
}

function logLine({ case_id, borrower_id, entry }) {
  return h(
    "li",
    {},
    h("span", { class: "muted" }, at(entry.at)),
    " ",
    token(entry.operator ?? ""),
    " ",
    h("a", { href: caseLink(case_id) }, token(borrower_id)),
    " ",
    entryWords(entry),
  );
}

export async function handoverPage() {
  const over = await get("/api/handover");
  const outcomes = Object.entries(over.outcomes ?? {});
  return h(
    "section",
    { class: "page" },
    h(
      "header",
      { class: "page-head" },
      h("h1", {}, t("handover.title")),
      h("span", { class: "muted" }, at(over.since), " – ", at(over.at)),
      h("button", { onclick: () => window.print() }, t("handover.print")),
    ),
    h(
      "p",
      {},
      t("handover.counts", { opened: over.opened ?? 0, closed: over.closed ?? 0 }),
      " ",
      outcomes.map(([outcome, n]) => [
        h("span", { class: "chip" }, `${word("outcome", outcome)} ${n}`),
        " ",
      ]),
    ),
    lists(over),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, t("handover.log")),
      h(
        "div",
        { class: "body" },
        over.log?.length
          ? h("ol", { class: "entries" }, over.log.map(logLine))
          : h("p", { class: "muted" }, t("handover.nothing")),
      ),
    ),
  );
}
