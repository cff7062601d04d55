// Who looked at what, and did what: for auditors.

import { get } from "../api.js";
import { h } from "../dom.js";
import { t, word } from "../i18n.js";
import { at, token } from "../marks.js";

const COLUMNS = ["at", "operator", "classes", "what", "case", "detail"];

function line(each) {
  return h(
    "tr",
    {},
    h("td", {}, at(each.at)),
    h("td", {}, token(each.operator)),
    h("td", {}, (each.classes ?? []).map((name) => word("class", name)).join(", ")),
    h(
      "td",
      {},
      word("what", each.what),
      each.restricted ? h("span", { class: "chip warn" }, t("restricted")) : "",
    ),
    h("td", {}, each.case_id ? token(each.case_id) : "–"),
    h("td", { translate: "no" }, each.detail ?? "–"),
  );
}

export async function auditPage() {
  const body = h("tbody", {});
  const more = h("button", {}, t("audit.more"));
  let cursor;
  async function next() {
    const page = await get("/api/audit", { cursor, limit: 50 });
    body.append(...(page.lines ?? []).map(line));
    cursor = page.next;
    more.hidden = !cursor;
  }
  more.addEventListener("click", next);
  await next();
  return h(
    "section",
    { class: "page" },
    h("header", { class: "page-head" }, h("h1", {}, t("audit.title"))),
    h(
      "section",
      { class: "panel" },
      h(
        "div",
        { class: "body" },
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              COLUMNS.map((each) => h("th", { scope: "col" }, t(`audit.${each}`))),
            ),
          ),
          body,
        ),
        more,
      ),
    ),
  );
}
