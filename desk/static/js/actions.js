// What may I do? Allowed as buttons; the rest is visible too, with its reason and its time.

import { get, casePath } from "./api.js";
import { h } from "./dom.js";
import { orderFor } from "./forms.js";
import { instant } from "./format.js";
import { t, word } from "./i18n.js";
import { openedCase } from "./load.js";
import { at, contact, contactWhy } from "./marks.js";
import { now, ticking } from "./now.js";
import { give, whyWords } from "./orders.js";
import { tell } from "./say.js";
import { state } from "./state.js";

const CONTACT = "contact"; // not an order: whether a machine may contact the borrower now
export const KEYS = {
  claim: "c",
  acknowledge: "a",
  triage: "t",
  measure: "m",
  note: "n",
  outcome: "o",
  wait: "w",
  close: "x",
};

function reasonOf(action) {
  const possible = action.possible_at && instant(action.possible_at) > now();
  return [
    whyWords(action.why),
    possible && [
      " · ",
      t("action.from"),
      " ",
      at(action.possible_at),
      " (",
      ticking("in", instant(action.possible_at)),
      ")",
    ],
  ];
}

async function run(action) {
  const detail = state.detail;
  const order = await orderFor(action, detail);
  if (order) await give(detail.case.case_id, detail.case.version, order);
}

function label(action) {
  const key = KEYS[action.kind];
  const about = action.about && action.kind !== "endorse" ? ` ${word("hold", action.about)}` : "";
  return [
    word("order", action.kind),
    about,
    key ? [" ", h("kbd", { "aria-hidden": "true" }, key)] : null,
  ];
}

function button(action, first) {
  const busy = state.busy !== null;
  return h(
    "button",
    {
      class: first ? "first" : "",
      "aria-disabled": busy ? "true" : null,
      data: { focus: `order-${action.kind}-${action.about ?? ""}`, order: action.kind },
      onclick: () => !busy && run(action),
    },
    state.busy === action.kind ? t("order.sent") : label(action),
    action.people > 1 ? h("small", {}, ` ${t("action.people", { n: action.people })}`) : null,
  );
}

// What has one reason in common stands together: the reason is read once.
function forbidden([why, actions], i) {
  const id = `why-${i}`;
  const one = (action) =>
    h(
      "button",
      {
        "aria-disabled": "true",
        "aria-describedby": id,
        data: { focus: `no-${action.kind}`, order: action.kind },
        onclick: () => tell(`${word("order", action.kind)}: ${why}`, { bad: true }),
      },
      label(action),
    );
  return h(
    "li",
    { class: "forbidden" },
    h("p", { id }, reasonOf(actions[0])),
    h("div", {}, actions.map(one)),
  );
}

function byReason(actions) {
  return [
    ...Map.groupBy(actions, (action) =>
      [whyWords(action.why), action.possible_at ?? ""].filter(Boolean).join(" · "),
    ),
  ];
}

function contactReason(detail, contacting) {
  const code = contacting?.allowed === false ? contacting.why?.code : undefined;
  return code && code !== "guard" ? whyWords(contacting.why) : contactWhy(detail);
}

export function actionsPanel(detail) {
  const contacting = detail.actions?.find(({ kind }) => kind === CONTACT);
  const actions = (detail.actions ?? []).filter(({ kind }) => kind !== CONTACT);
  const allowed = actions.filter((each) => each.allowed);
  const others = actions.filter((each) => !each.allowed);
  return h(
    "section",
    { class: "panel actions", "aria-label": t("action.title") },
    h("h2", {}, t("action.title")),
    h(
      "div",
      { class: "body" },
      h(
        "p",
        { class: "contact-line" },
        h("b", {}, t("contact.label")),
        " ",
        contact(detail),
        h("span", { class: "muted" }, ` ${contactReason(detail, contacting)}`),
      ),
      allowed.length
        ? h(
            "div",
            { class: "allowed" },
            allowed.map((each) => button(each, each.kind === detail.advice)),
          )
        : h("p", { class: "muted" }, t("action.none")),
      others.length ? h("h3", {}, t("action.forbidden")) : null,
      h("ul", {}, byReason(others).map(forbidden)),
    ),
  );
}

// By key: on the open case, or on the row that has the focus.
export async function orderByKey(kind, rowId) {
  const id = openedCase() ?? rowId;
  if (!id || state.busy) return;
  const detail = openedCase() ? state.detail : await get(casePath(id));
  const action = detail?.actions?.find((each) => each.kind === kind);
  if (!action) return;
  if (!action.allowed) {
    tell(`${word("order", kind)}: ${whyWords(action.why)}`, { bad: true });
    return;
  }
  const order = await orderFor(action, detail);
  if (order) await give(id, detail.case.version, order);
}
