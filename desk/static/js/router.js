// Which page the address names, and putting it into the view.

import { Refused } from "./api.js";
import { detailPane, drawDetail } from "./detail.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { openCase } from "./load.js";
import { auditPage } from "./pages/audit.js";
import { capacityPage } from "./pages/capacity.js";
import { handoverPage } from "./pages/handover.js";
import { kpiPage } from "./pages/kpi.js";
import { drawQueue, queuePane } from "./queue.js";
import { drawBar } from "./shell.js";
import { mayI } from "./state.js";

const PAGES = { handover: handoverPage, kpi: kpiPage, capacity: capacityPage, audit: auditPage };

let shown = null;

export function place() {
  const [, name = "", id] = /^#\/([a-z]*)(?:\/(.+))?$/.exec(location.hash) ?? [];
  if (name === "case" && id) return { name, id: decodeURIComponent(id) };
  if (name in PAGES) return { name };
  return { name: mayI("see_cases") ? "queue" : mayI("see_figures") ? "kpi" : "nothing" };
}

function showWork(id) {
  openCase(id);
  const view = byId("view");
  view.tabIndex = -1;
  view.className = `view flush work ${id ? "split" : ""}`;
  if (!byId("queue")) view.replaceChildren(queuePane());
  byId("detail")?.remove();
  if (id) view.append(detailPane());
  drawQueue();
  drawDetail();
  if (id) byId("detail").focus();
}

async function showPage(name) {
  openCase(null);
  const view = byId("view");
  view.className = "view";
  view.tabIndex = 0; // it scrolls, so it can be scrolled by keys
  view.replaceChildren(h("p", { class: "empty" }, t("loading")));
  let page;
  try {
    page = await PAGES[name]();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    page = h(
      "p",
      { class: "empty bad" },
      error.status === 403 ? t("problem.RIGHT") : error.message,
    );
  }
  if (place().name !== name) return;
  view.replaceChildren(page);
  view.focus();
}

export async function route({ again = false } = {}) {
  const { name, id = null } = place();
  if (!again && shown === `${name}/${id}`) return;
  shown = `${name}/${id}`;
  drawBar();
  if (name === "queue" || name === "case") {
    if (again) byId("view").replaceChildren();
    showWork(id);
  } else if (name === "nothing")
    byId("view").replaceChildren(h("p", { class: "empty" }, t("nothing_to_see")));
  else await showPage(name);
}

const REFRESHED = new Set(["handover", "kpi"]);

// A page of figures stays as old as it says; it is asked for anew, where nobody is in the middle of it.
export async function refreshPage() {
  const { name } = place();
  const view = byId("view");
  const active = document.activeElement;
  if (!REFRESHED.has(name) || (active !== view && view.contains(active))) return;
  const page = await PAGES[name]().catch(() => null);
  if (page === null || place().name !== name) return;
  const top = view.scrollTop;
  view.replaceChildren(page);
  view.scrollTop = top;
}

export function forget() {
  shown = null;
}
