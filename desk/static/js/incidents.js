// Line 2: is it one problem or many?

import { choose } from "./bulk.js";
import { openDialog } from "./dialog.js";
import { byId, h, redraw } from "./dom.js";
import { alertBlock } from "./evidence.js";
import { instant } from "./format.js";
import { money, say, t } from "./i18n.js";
import { at, tierMark } from "./marks.js";
import { ticking } from "./now.js";
import { everyRow } from "./pages/search.js";
import { mayI, state } from "./state.js";

const SHOWN = 3;

function slope(n) {
  if (n === undefined) return null;
  const words = n > 0 ? `▲ ${t("incident.more", { n })}` : t("incident.steady");
  return h("span", { class: n > 0 ? "warn" : "muted" }, words);
}

// Its cases are those of its segment; for an order about all of them.
async function chooseItsCases({ subject }) {
  const { rows } = await everyRow();
  choose(rows.filter(({ segment }) => segment === subject).map(({ case_id }) => case_id));
  location.hash = "/queue";
}

function openIncident(each) {
  const dialog = openDialog(
    say(each.title),
    h(
      "div",
      {},
      h("p", {}, tierMark(each.tier), " ", say(each.reason)),
      h("p", { class: "muted" }, t("incident.since"), " ", at(each.since)),
      each.clears_when
        ? h("p", { class: "clears" }, h("b", {}, t("evidence.clears"), " "), say(each.clears_when))
        : null,
      each.alert ? alertBlock(each.alert) : null,
    ),
    { wide: true },
  );
  const close = h("button", { class: "first", onclick: () => dialog.close() }, t("dialog.close"));
  const all = async () => {
    dialog.close();
    await chooseItsCases(each);
  };
  const choosing = mayI("work_cases") && each.count > 0;
  dialog.append(
    h(
      "div",
      { class: "foot" },
      choosing ? h("button", { onclick: all }, t("incident.choose")) : "",
      close,
    ),
  );
  close.focus();
}

function incident(each) {
  return h(
    "li",
    {},
    h(
      "button",
      {
        class: "plain incident",
        data: { focus: each.incident_id },
        onclick: () => openIncident(each),
      },
      tierMark(each.tier),
      h("b", {}, say(each.title)),
      h("span", { class: "muted", translate: "no" }, each.subject),
      each.count === undefined ? null : h("span", {}, t("incident.count", { n: each.count })),
      each.exposure ? h("span", {}, money(each.exposure)) : null,
      slope(each.slope_per_h),
      h("span", { class: "muted" }, ticking("age", instant(each.since))),
    ),
  );
}

export function drawIncidents() {
  const place = byId("incidents");
  if (!state.session || !state.trust || !mayI("see_health")) {
    place.replaceChildren();
    return;
  }
  const open = state.incidents;
  const rest = open.length - SHOWN;
  place.setAttribute("aria-label", t("incident.label"));
  redraw(
    place,
    h("h2", {}, t("incident.label"), " ", h("span", { class: "muted" }, String(open.length))),
    open.length
      ? h("ul", {}, open.slice(0, SHOWN).map(incident))
      : h("span", { class: "muted" }, t("incident.none")),
    rest > 0 ? h("span", { class: "muted" }, t("incident.rest", { n: rest })) : "",
  );
}
