// Can the desk keep up? The calculator of domain.md 6.3, answered by the desk's API.

import { Refused, post } from "../api.js";
import { lineField } from "../dialog.js";
import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { locale, t } from "../i18n.js";

// The example of domain.md 6.3: hard severe 0.05 % and hard moderate 0.2 % of the loans a day.
const START = {
  live_loans: 100_000,
  hard_severe_permille: 0.5,
  severe_permille: 0,
  moderate_permille: 2,
  operators: 3,
  hours_per_day: 24,
  investigations_per_hour: 2,
  contacted_by_machine_share: 0,
};

function result(found) {
  const line = (name, value) =>
    h("tr", {}, h("th", { scope: "row" }, t(`capacity.${name}`)), h("td", { class: "num" }, value));
  return [
    h(
      "p",
      { class: found.needs_sign_off ? "bad verdict" : "good verdict" },
      found.needs_sign_off ? `▲ ${t("capacity.over")}` : t("capacity.fits"),
    ),
    h(
      "table",
      {},
      h(
        "tbody",
        {},
        line("arriving", number(found.arriving_per_day, locale())),
        line("possible", number(found.capacity_per_day, locale())),
        line("load", found.load === undefined ? "–" : percent(found.load, locale())),
        line("backlog", number(found.backlog_per_day, locale())),
        line(
          "needed",
          found.operators_needed === undefined ? "–" : number(found.operators_needed, locale()),
        ),
      ),
    ),
  ];
}

export async function capacityPage() {
  const fields = Object.entries(START).map(([name, value]) =>
    lineField(name, t(`capacity.${name}`), {
      type: "number",
      value: String(value),
      min: 0,
      step: "any",
    }),
  );
  const place = h("div", { class: "body", role: "status" });
  async function calculate() {
    try {
      const asked = Object.fromEntries(fields.map(({ name, value }) => [name, Number(value())]));
      place.replaceChildren(...result(await post("/api/capacity", asked)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      place.replaceChildren(
        h("p", { class: "wrong" }, error.status === 422 ? t("problem.BODY") : error.message),
      );
    }
  }
  const form = h(
    "form",
    { class: "body fields" },
    fields.map(({ node }) => node),
    h("button", { class: "first", type: "submit" }, t("capacity.submit")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    calculate();
  });
  calculate();
  return h(
    "section",
    { class: "page" },
    h("header", { class: "page-head" }, h("h1", {}, t("capacity.title"))),
    h("p", { class: "muted" }, t("capacity.about")),
    h(
      "div",
      { class: "plots" },
      h("section", { class: "panel" }, h("h2", {}, t("capacity.given")), form),
      h("section", { class: "panel" }, h("h2", {}, t("capacity.found")), place),
    ),
  );
}
