// Asks the desk for what is in sight. Many events make one request: at most one of a kind is
// under way, and one more follows if something came meanwhile.

import { Refused, casePath, get } from "./api.js";
import { setNow } from "./now.js";
import { mayI, set, state } from "./state.js";

const APART_MS = 120;

// `load` resolves to what to set: [changes, ...topics]. What was asked for by somebody who has signed
// out meanwhile is dropped.
function gathered(load) {
  let running = null;
  let again = false;
  async function once() {
    const session = state.session;
    if (!session) return;
    try {
      const found = await load();
      if (state.session !== session) return;
      if (state.trouble) set({ trouble: null }, "banners");
      if (found) set(...found);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (state.session !== session) return;
      if (error.status === 401) set({ session: null }, "session");
      else set({ trouble: error.problem }, "banners");
    }
  }
  async function run() {
    do {
      again = false;
      await once();
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
  return [{ trust, trustAt: Date.now() }, "trust"];
});

export const loadIncidents = gathered(async () => {
  if (!mayI("see_health")) return null;
  const { incidents = [] } = await get("/api/incidents");
  return [{ incidents }, "incidents"];
});

export const loadQueue = gathered(async () => {
  if (!mayI("see_cases")) return null;
  const queue = await get("/api/queue", { view: state.view, cursor: state.cursors.at(-1) });
  return [{ queue, queueAt: Date.now() }, "queue"];
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

function whyMissing({ status, problem }) {
  if (status === 404) return "detail.missing";
  return problem?.why?.code === "linked" ? "why.linked" : null;
}

export const loadDetail = gathered(async () => {
  const id = wanted;
  if (!id) return null;
  try {
    const machinePath = casePath(id, "/machine");
    const asked = [get(casePath(id)), optional("see_triggers", machinePath)];
    const [detail, machine] = await Promise.all(asked);
    return id === wanted
      ? [{ detail, detailAt: Date.now(), machine, missing: null }, "detail"]
      : null;
  } catch (error) {
    const why = error instanceof Refused ? whyMissing(error) : null;
    if (!why) throw error;
    return id === wanted ? [{ detail: null, missing: why }, "detail"] : null;
  }
});

export const loadFile = gathered(async () => {
  const id = wanted;
  if (!id) return null;
  const file = await optional("see_evidence", casePath(id, "/file"));
  return id === wanted ? [{ file }, "file"] : null;
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
