// Find a case by its borrower's token, its holder or a word of its reason.

import { get } from "../api.js";
import { choose } from "../bulk.js";
import { openDialog } from "../dialog.js";
import { h } from "../dom.js";
import { say, t } from "../i18n.js";
import { tierMark, token } from "../marks.js";
import { caseLink } from "../row.js";
import { mayI } from "../state.js";

const PAGES = 5;
const SHOWN = 8;

export async function everyRow() {
  const rows = [];
  let cursor;
  for (let page = 0; page < PAGES; page++) {
    const queue = await get("/api/queue", { view: "all", limit: 100, cursor });
    rows.push(...(queue.rows ?? []));
    cursor = queue.next;
    if (!cursor) return { rows, total: queue.total ?? rows.length };
  }
  return { rows, total: null };
}

export function matches(row, text) {
  const wanted = text.trim().toLowerCase();
  return (
    wanted !== "" &&
    [row.case_id, row.holder ?? "", row.segment ?? "", row.reason.en, row.reason.zh].some((each) =>
      each.toLowerCase().includes(wanted),
    )
  );
}

export async function openSearch() {
  const input = h("input", {
    type: "search",
    id: "search",
    "aria-label": t("search.label"),
    maxlength: 200,
  });
  const list = h("ul", { class: "found", "aria-live": "polite" });
  const note = h("p", { class: "muted fine" });
  const form = h("form", {}, h("label", { for: "search" }, t("search.label")), input, list, note);
  const dialog = openDialog(t("search.title"), form);
  input.focus();
  const all = everyRow().catch(() => ({ rows: [], total: 0 }));
  const open = (id) => {
    dialog.close();
    location.hash = caseLink(id).slice(1);
  };
  input.addEventListener("input", async () => {
    const { rows, total } = await all;
    const found = rows.filter((row) => matches(row, input.value));
    chooseAll.hidden = found.length === 0 || !mayI("work_cases");
    note.textContent =
      total === null
        ? t("search.part", { n: rows.length })
        : t("search.of", { n: found.length, total });
    list.replaceChildren(
      ...found
        .slice(0, SHOWN)
        .map((row) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: caseLink(row.case_id), onclick: () => dialog.close() },
              tierMark(row.tier),
              " ",
              token(row.borrower_id),
              " ",
              say(row.reason),
            ),
          ),
        ),
    );
  });
  const chooseAll = h(
    "button",
    { type: "button", hidden: true, onclick: chooseFound },
    t("search.choose"),
  );
  form.append(chooseAll);
  async function chooseFound() {
    const { rows } = await all;
    choose(rows.filter((row) => matches(row, input.value)).map((row) => row.case_id));
    dialog.close();
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { rows } = await all;
    const first = rows.find((row) => matches(row, input.value));
    if (first) open(first.case_id);
  });
}
