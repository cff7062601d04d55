// Starts the page: who is it, then everything in sight, then what changes.

import { Refused, get, trustSession } from "./api.js";
import { drawDetail } from "./detail.js";
import { byId } from "./dom.js";
import { follow } from "./events.js";
import { lang, load as loadWords, t } from "./i18n.js";
import { drawIncidents } from "./incidents.js";
import { listen } from "./keys.js";
import {
  loadAll,
  loadDetail,
  loadFile,
  loadIncidents,
  loadQueue,
  loadTrust,
  openCase,
  openedCase,
} from "./load.js";
import { now, startTicking } from "./now.js";
import { orderEvent } from "./orders.js";
import { openHelp } from "./pages/help.js";
import { openSearch } from "./pages/search.js";
import { signInPage } from "./pages/sign-in.js";
import { drawQueue } from "./queue.js";
import { forget, refreshPage, route } from "./router.js";
import { announceSevere } from "./say.js";
import { applyTheme, drawBanners, drawBar, drawClocks } from "./shell.js";
import { listenForTouch, ring } from "./sound.js";
import { on, set, state } from "./state.js";
import { ageTrust, drawTrust } from "./trust.js";

const TRUST_EVERY_MS = 10_000;
const PAGE_EVERY_MS = 60_000;

let unfollow = null;
let wasRed = null;

const HEARD = {
  case(event) {
    loadQueue();
    if (event.case_id === openedCase()) {
      loadDetail();
      loadFile();
    }
    if ((event.is_new || event.is_worse) && event.tier === "severe") announceSevere(event);
  },
  trust: loadTrust,
  incident: loadIncidents,
  order: orderEvent,
  reset: loadAll,
};

// Red outranks every borrower: it rings when it comes, not while it lasts.
function ringIfRed() {
  const { red = false } = state.trust ?? {};
  if (red && wasRed === false) ring();
  wasRed = state.trust ? red : null;
}

function listenToDesk() {
  unfollow?.();
  unfollow = follow("/api/events", {
    event: (event) => HEARD[event.kind]?.(event),
    up() {
      const wasAway = state.offlineSince !== null;
      set({ offlineSince: null }, "banners");
      if (wasAway) loadAll();
    },
    down: () => set({ offlineSince: state.offlineSince ?? now() }, "banners"),
    gone: () => set({ session: null }, "session"),
  });
}

async function enter(session) {
  trustSession(session);
  if (session.language && !localStorage.getItem("desk.language")) await loadWords(session.language);
  set({ session, offlineSince: null });
  await loadTrust();
  listenToDesk();
  await Promise.all([loadIncidents(), loadQueue(), route({ again: true })]);
  if (location.hash === "") location.replace("#/queue");
}

async function showDoor() {
  unfollow?.();
  unfollow = null;
  trustSession(null);
  forget();
  openCase(null);
  set(
    { trust: null, queue: null, incidents: [], cursors: [], offlineSince: null },
    "trust",
    "incidents",
    "banners",
  );
  drawBar();
  byId("view").className = "view";
  byId("view").replaceChildren(await signInPage(enter));
  byId("user")?.focus();
}

function redrawAll() {
  document.title = t("title");
  drawBar();
  drawBanners();
  drawTrust();
  drawIncidents();
  if (state.session) route({ again: true });
  else showDoor();
}

function wire() {
  on("trust", drawTrust);
  on("trust", drawBanners);
  on("trust", drawIncidents);
  on("incidents", drawIncidents);
  on("queue", drawQueue);
  on("queue", drawBanners);
  on("detail", drawDetail);
  on("file", drawDetail);
  on("busy", drawDetail);
  on("banners", drawBanners);
  on("banners", ageTrust);
  on("trust", ringIfRed);
  on("sound", () => drawBar());
  on("language", redrawAll);
  on("session", () => !state.session && showDoor());
  on("help", openHelp);
  on("search", openSearch);
  window.addEventListener("hashchange", () => state.session && route());
  startTicking(() => {
    drawClocks();
    ageTrust();
  });
  setInterval(() => state.session && loadTrust(), TRUST_EVERY_MS);
  setInterval(() => state.session && refreshPage(), PAGE_EVERY_MS);
  listen();
  listenForTouch();
}

async function start() {
  applyTheme();
  await loadWords();
  document.title = t("title");
  wire();
  drawBar();
  try {
    await enter(await get("/api/session"));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await showDoor();
  }
  document.documentElement.dataset.ready = lang();
}

start();
