// What did the machine already do? Each trigger as it stands, with every guard's answer.

import { h } from "./dom.js";
import { money, say, t, word } from "./i18n.js";
import { at, token } from "./marks.js";

const LOOK = { PROPOSE: "good", DEFER: "warn", SUPPRESS: "", NEED_APPROVAL: "warn", RETRACT: "" };

function guardRow(result) {
  const stops = result.answer !== "ALLOW";
  return h(
    "tr",
    {},
    h("td", {}, word("guard", result.guard)),
    h("td", { class: stops ? "warn" : "good" }, word("answer", result.answer)),
    h(
      "td",
      {},
      h("span", { translate: "no" }, result.detail),
      result.until ? [" → ", at(result.until)] : "",
    ),
    h("td", { class: "muted", translate: "no" }, result.legal_basis),
  );
}

function guardsTable(guards) {
  const head = ["guard", "answer", "detail", "basis"].map((each) =>
    h("th", { scope: "col" }, t(`machine.${each}`)),
  );
  return h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, guards.map(guardRow)));
}

function triggerLine(trigger, before) {
  const guards = trigger.guards ?? [];
  const stopping = guards
    .filter(({ answer }) => answer !== "ALLOW")
    .map(({ guard }) => word("guard", guard));
  return h(
    "li",
    {},
    h(
      "details",
      { data: { focus: `trigger-${trigger.trigger_id}` } },
      h(
        "summary",
        {},
        h("span", { class: `chip ${LOOK[trigger.op] ?? ""}` }, word("op", trigger.op)),
        " ",
        word("collection", trigger.action),
        " · ",
        word("channel", trigger.channel),
        " · ",
        money(trigger.amount_due),
        " · ",
        at(trigger.at),
        stopping.length ? h("span", { class: "muted" }, ` · ${stopping.join(", ")}`) : "",
        trigger.compensate ? h("span", { class: "chip bad" }, t("machine.compensate")) : "",
      ),
      h("p", {}, say(trigger.reason)),
      h(
        "p",
        { class: "muted fine" },
        token(trigger.loan_id),
        trigger.earliest_at
          ? [" · ", t("machine.window"), " ", at(trigger.earliest_at), " – ", at(trigger.latest_at)]
          : "",
        " · ",
        t("machine.profile"),
        " ",
        h("span", { translate: "no" }, `${trigger.profile.name} v${trigger.profile.version}`),
      ),
      guards.length ? guardsTable(guards) : null,
      before.length
        ? h(
            "p",
            { class: "muted fine" },
            t("machine.before"),
            " ",
            before.map((each) => [word("op", each.op), " ", at(each.at), "; "]),
          )
        : null,
    ),
  );
}

export function machinePanel(machine) {
  const title = t("machine.title");
  if (machine === null)
    return h(
      "section",
      { class: "panel", "aria-label": title },
      h("h2", {}, title),
      h("p", { class: "body muted" }, t("machine.hidden")),
    );
  const triggers = machine.triggers ?? [];
  const before = Map.groupBy(machine.history ?? [], ({ trigger_id }) => trigger_id);
  return h(
    "section",
    { class: "panel machine", "aria-label": title },
    h("h2", {}, title),
    h(
      "div",
      { class: "body" },
      triggers.length
        ? h(
            "ul",
            {},
            triggers.map((each) => triggerLine(each, before.get(each.trigger_id) ?? [])),
          )
        : h("p", { class: "muted" }, t("machine.none")),
    ),
  );
}
