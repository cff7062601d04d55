// Asks the desk for what is in sight. Many events make one request: at most one of a kind is
// under way, and one more follows if something came meanwhile.

import { Refused, casePath, get } from "./api.js";
import { setNow } from "./now.js";
import { mayI, set, state } from "./state.js";

const APART_MS = 120;

function gathered(load) {
  let running = null;
  let again = false;
  async function run() {
    do {
      again = false;
      try {
        await load();
        if (state.trouble) set({ trouble: null }, "banners");
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.status === 401) set({ session: null }, "session");
        else set({ trouble: error.problem }, "banners");
      }
      if (again) await new Promise((resolve) => setTimeout(resolve, APART_MS));
    } while (again);
    running = null;
  }
  return () => {
    if (running) again = true;
    else running = run();
    return running;
  };
}

export const loadTrust = gathered(async () => {
  const trust = await get("/api/trust");
  setNow(Date.parse(trust.at));
  set({ trust, trustAt: Date.now() }, "trust");
});

export const loadIncidents = gathered(async () => {
  if (!mayI("see_health")) return;
  const { incidents = [] } = await get("/api/incidents");
  set({ incidents }, "incidents");
});

export const loadQueue = gathered(async () => {
  if (!mayI("see_cases")) return;
  const queue = await get("/api/queue", { view: state.view, cursor: state.cursors.at(-1) });
  set({ queue, queueAt: Date.now() }, "queue");
});

let wanted = null;

async function optional(right, path) {
  if (!mayI(right)) return null;
  try {
    return await get(path);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (![403, 404].includes(error.status)) set({ trouble: error.problem }, "banners");
    return null;
  }
}

export const loadDetail = gathered(async () => {
  const id = wanted;
  if (!id) return;
  try {
    const [detail, machine] = await Promise.all([
      get(casePath(id)),
      optional("see_triggers", casePath(id, "/machine")),
    ]);
    if (id === wanted) set({ detail, detailAt: Date.now(), machine, missing: null }, "detail");
  } catch (error) {
    if (error instanceof Refused && error.status === 404 && id === wanted)
      set({ detail: null, missing: id }, "detail");
    else throw error;
  }
});

export const loadFile = gathered(async () => {
  const id = wanted;
  if (!id) return;
  const file = await optional("see_evidence", casePath(id, "/file"));
  if (id === wanted) set({ file }, "file");
});

export function openCase(id) {
  if (id === wanted) return;
  wanted = id;
  set({ detail: null, file: undefined, machine: null, missing: null }, "detail", "file");
  if (id) {
    loadDetail();
    loadFile();
  }
}

export function openedCase() {
  return wanted;
}

export function loadAll() {
  return Promise.all([loadTrust(), loadIncidents(), loadQueue(), loadDetail(), loadFile()]);
}
