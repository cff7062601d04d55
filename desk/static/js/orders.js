// Gives orders and tells what became of them. Nothing is shown as done before the fold has said
// so: the page waits for the `order` event, and asks if none comes.

import { Refused, casePath, get, post } from "./api.js";
import { knows, t, word } from "./i18n.js";
import { loadDetail, loadQueue } from "./load.js";
import { refusalWords } from "./refusals.js";
import { tell } from "./say.js";
import { set, state } from "./state.js";

const ASK_AFTER_MS = [400, 800, 1_500, 2_500, 4_000, 6_000, 8_000];
const waiting = new Map();

export function orderEvent({ record_id, order, detail }) {
  if (order && order !== "sent") waiting.get(record_id)?.({ state: order, detail });
}

// The event usually comes first; asking is for a line that was cut in between.
async function decided(recordId) {
  const told = new Promise((resolve) => waiting.set(recordId, resolve));
  let over = false;
  const asked = (async () => {
    for (const ms of ASK_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (over) return null;
      const status = await get(`/api/orders/${encodeURIComponent(recordId)}`).catch(() => null);
      if (status && status.state !== "sent") return status;
    }
    return null;
  })();
  const result = await Promise.race([told, asked]);
  over = true;
  waiting.delete(recordId);
  return result;
}

export function whyWords(why) {
  if (!why) return "";
  const { right, state: itsState, kind, guard, ...rest } = why.params ?? {};
  const params = {
    ...rest,
    ...(right && { right: word("right", right) }),
    ...(itsState && { state: word("state", itsState) }),
    ...(kind && { kind: word("order", kind) }),
    ...(guard && { guard: word("guard", guard) }),
  };
  return knows(`why.${why.code}`) ? t(`why.${why.code}`, params) : why.code;
}

// Who got in between: the last thing that somebody else did to the case.
function whoWasFirst() {
  const entry = (state.detail?.case.entries ?? []).findLast(
    ({ operator, done }) => operator && (done ?? "DONE") === "DONE",
  );
  if (!entry || entry.operator === state.session.operator) return "";
  return ` ${t("order.first", { operator: entry.operator, kind: word("order", entry.kind) })}`;
}

export function refusalOf(problem) {
  if (problem.why) return whyWords(problem.why);
  if (problem.retry_after_s) return t("problem.retry", { n: problem.retry_after_s });
  return knows(`problem.${problem.reason}`) ? t(`problem.${problem.reason}`) : problem.detail;
}

async function tellResult(kind, result) {
  const name = word("order", kind);
  if (result === null) return tell(t("order.unknown", { kind: name }), { bad: true });
  if (result.state === "waiting") return tell(t("order.waiting", { kind: name }));
  if (result.state === "done") return tell(t("order.done", { kind: name }));
  const detail = refusalWords(result.detail);
  return tell(`${t("order.refused", { kind: name, detail })}${whoWasFirst()}`, { bad: true });
}

// Returns whether it was done.
export async function give(caseId, version, order) {
  if (state.busy) return false;
  set({ busy: order.kind }, "busy");
  try {
    const { record_id } = await post(casePath(caseId, "/orders"), { order, version });
    const result = await decided(record_id);
    await Promise.all([loadDetail(), loadQueue()]);
    await tellResult(order.kind, result);
    return result?.state === "done" || result?.state === "waiting";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await Promise.all([loadDetail(), loadQueue()]);
    tell(
      `${t("order.refused", { kind: word("order", order.kind), detail: refusalOf(error.problem) })}${error.reason === "STALE" ? whoWasFirst() : ""}`,
      { bad: true },
    );
    return false;
  } finally {
    set({ busy: null }, "busy");
  }
}
