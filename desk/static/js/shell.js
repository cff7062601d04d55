// The bar on top: where one is, what time it is, one's own switches; and the banners under it.

import { post } from "./api.js";
import { byId, h, redraw } from "./dom.js";
import { clock, day, offset } from "./format.js";
import { LANGUAGES, knows, lang, load, t } from "./i18n.js";
import { ZONE } from "./marks.js";
import { now, ticking } from "./now.js";
import { remember, remembered } from "./remembered.js";
import { flip, isOn, isWaiting } from "./sound.js";
import { mayI, set, state } from "./state.js";

const PLACES = [
  ["queue", "see_cases"],
  ["handover", "see_cases"],
  ["kpi", "see_figures"],
  ["capacity", "see_figures"],
  ["audit", "see_audit"],
];

export function applyTheme() {
  const theme = remembered("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function isDark() {
  const theme = remembered("theme");
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function flipTheme() {
  remember("theme", isDark() ? "light" : "dark");
  applyTheme();
  drawBar();
}

async function nextLanguage() {
  const names = Object.keys(LANGUAGES);
  await load(names[(names.indexOf(lang()) + 1) % names.length]);
  set({}, "language");
}

async function signOut() {
  await post("/api/sign-out").catch(() => null);
  set({ session: null }, "session");
}

function switches() {
  const other = Object.entries(LANGUAGES).find(([name]) => name !== lang());
  const sound = !isOn() ? "sound_off" : isWaiting() ? "sound_waits" : "sound_on";
  return h(
    "div",
    { class: "switches" },
    h("button", { class: "plain", lang: other[0], onclick: nextLanguage }, other[1]),
    h(
      "button",
      { class: "plain", onclick: flipTheme },
      t(isDark() ? "switch.light" : "switch.dark"),
    ),
    state.session &&
      h(
        "button",
        { class: "plain", "aria-pressed": String(isOn()), onclick: flip, data: { focus: "sound" } },
        t(`switch.${sound}`),
      ),
    state.session &&
      h(
        "button",
        { class: "plain", onclick: () => set({}, "help"), "aria-label": t("help.title") },
        "?",
      ),
    state.session && h("button", { class: "plain", onclick: signOut }, t("sign_out")),
  );
}

export function drawBar(route = location.hash) {
  const here = route.startsWith("#/case") ? "queue" : route.slice(2) || "queue";
  const link = ([name]) =>
    h("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null }, t(`nav.${name}`));
  redraw(
    byId("bar"),
    h("span", { class: "name", translate: "no" }, "loanwatch"),
    state.session
      ? h(
          "nav",
          { "aria-label": t("nav.label") },
          PLACES.filter(([, right]) => mayI(right)).map(link),
        )
      : "",
    h("span", { class: "clocks", id: "clocks" }),
    state.session ? h("span", { class: "muted" }, state.session.operator) : "",
    switches(),
  );
  drawClocks();
}

export function drawClocks() {
  const node = byId("clocks");
  if (!node) return;
  const ms = now();
  const [utc, local] = [clock(ms, "UTC"), clock(ms, ZONE)];
  const text = `${day(ms, "UTC")} ${utc} UTC · ${local} ${offset(ms, ZONE)}`;
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  node.replaceChildren(
    `${day(ms, "UTC")} `,
    h("b", {}, utc),
    " UTC · ",
    h("b", {}, local),
    ` ${offset(ms, ZONE)}`,
  );
}

function troubleWords({ reason, detail, title }) {
  return knows(`problem.${reason}`)
    ? t(`problem.${reason}`)
    : t("banner.trouble", { detail: detail || title || "" });
}

export function drawBanners() {
  const banners = [];
  if (state.session && state.offlineSince !== null) {
    banners.push(
      h(
        "div",
        { class: "banner bad", role: "alert" },
        t("banner.offline", { clock: clock(state.offlineSince, ZONE) }),
        " ",
        ticking("age", state.offlineSince),
      ),
    );
  }
  if (state.session && state.trouble && state.offlineSince === null) {
    banners.push(h("div", { class: "banner bad", role: "alert" }, troubleWords(state.trouble)));
  }
  if (state.trust?.rebuilding || state.queue?.rebuilding) {
    banners.push(
      h(
        "div",
        { class: "banner", role: "alert" },
        t("banner.rebuilding", { n: state.trust?.rebuilt_records ?? 0 }),
      ),
    );
  }
  byId("banners").replaceChildren(...banners);
}
