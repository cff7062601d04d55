// Line 2: is it one problem or many?

import { byId, h } from "./dom.js";
import { instant } from "./format.js";
import { money, say, t } from "./i18n.js";
import { tierMark } from "./marks.js";
import { ticking } from "./now.js";
import { state } from "./state.js";

const SHOWN = 3;

function slope(n) {
  if (n === undefined) return null;
  return h(
    "span",
    { class: n > 0 ? "warn" : "muted" },
    n > 0 ? `▲ ${t("incident.more", { n })}` : t("incident.steady"),
  );
}

function incident(each) {
  return h(
    "li",
    { class: "incident", title: say(each.reason) },
    tierMark(each.tier),
    h("b", {}, say(each.title)),
    h("span", { class: "muted", translate: "no" }, each.subject),
    each.count === undefined ? null : h("span", {}, t("incident.count", { n: each.count })),
    each.exposure ? h("span", {}, money(each.exposure)) : null,
    slope(each.slope_per_h),
    h("span", { class: "muted" }, ticking("age", instant(each.since))),
  );
}

export function drawIncidents() {
  const place = byId("incidents");
  if (!state.session || !state.trust) {
    place.replaceChildren();
    return;
  }
  const open = state.incidents;
  place.setAttribute("aria-label", t("incident.label"));
  place.replaceChildren(
    h("h2", {}, t("incident.label"), " ", h("span", { class: "muted" }, String(open.length))),
    open.length
      ? h("ul", {}, open.slice(0, SHOWN).map(incident))
      : h("span", { class: "muted" }, t("incident.none")),
    open.length > SHOWN
      ? h("span", { class: "muted" }, t("incident.rest", { n: open.length - SHOWN }))
      : "",
  );
}
