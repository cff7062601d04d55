// One order about many cases: chosen in the queue, previewed with count and exposure, then given.
// Above fifty a second person confirms, by the number of the preview.

import { Refused, post } from "./api.js";
import { askFor, choiceField, lineField, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { formFields } from "./forms.js";
import { knows, money, t, word } from "./i18n.js";
import { loadQueue } from "./load.js";
import { refusalOf } from "./orders.js";
import { tell } from "./say.js";
import { mayI, set, state } from "./state.js";

const KINDS = ["acknowledge", "claim", "triage", "note", "wait", "outcome", "close"];
const MOST = 200;

export function toggle(id) {
  const selected = new Set(state.selected);
  if (!selected.delete(id)) selected.add(id);
  choose(selected);
}

export function choose(ids) {
  const selected = new Set([...ids].slice(0, MOST));
  if (selected.size < [...ids].length) tell(t("bulk.most", { most: MOST }), { bad: true });
  set({ selected }, "queue");
}

const excludedWords = (code) =>
  knows(`excluded.${code}`) ? t(`excluded.${code}`) : t("excluded.other", { code });

function previewText(preview) {
  const left = Object.entries(preview.excluded ?? {});
  return h(
    "div",
    {},
    h(
      "p",
      { class: "sum" },
      t("bulk.would", { kind: word("order", preview.kind), n: preview.count }),
    ),
    h("p", {}, t("detail.exposure"), ": ", (preview.exposure ?? []).map(money).join(" + ") || "–"),
    left.map(([code, n]) =>
      h("p", { class: "warn" }, t("bulk.left_out", { n, why: excludedWords(code) })),
    ),
    preview.needs_second ? h("p", { class: "warn" }, t("bulk.second")) : null,
  );
}

async function give(previewId) {
  const done = await post("/api/bulk", { preview_id: previewId });
  if (done.waiting) return showNumber(done.preview_id);
  const failed = Object.keys(done.failed ?? {}).length;
  tell(t("bulk.sent", { n: done.orders?.length ?? 0, failed }), { bad: failed > 0 });
  choose([]);
  return loadQueue();
}

function showNumber(previewId) {
  const dialog = openDialog(
    t("bulk.second_title"),
    h(
      "div",
      {},
      h("p", {}, t("bulk.tell_number")),
      h("p", { class: "sum token", translate: "no" }, previewId),
    ),
  );
  const close = h("button", { class: "first", onclick: () => dialog.close() }, t("dialog.close"));
  dialog.append(h("div", { class: "foot" }, close));
  close.focus();
}

async function told(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(refusalOf(error.problem), { bad: true });
    return null;
  }
}

export async function openBulk() {
  const ids = [...state.selected];
  if (ids.length === 0 || !mayI("work_cases")) return;
  const kinds = choiceField(
    "kind",
    t("bulk.title"),
    KINDS.map((kind) => [kind, word("order", kind)]),
  );
  const asked = await askFor(t("bulk.of", { n: ids.length }), [kinds], { submit: t("bulk.next") });
  if (asked === null) return;
  const fields = formFields(asked.kind);
  const more = fields.length
    ? await askFor(word("order", asked.kind), fields, { submit: t("bulk.next") })
    : {};
  if (more === null) return;
  const preview = await told(() =>
    post("/api/bulk/preview", { case_ids: ids, order: { ...asked, ...more } }),
  );
  if (preview === null) return;
  const node = previewText(preview);
  const sure = await askFor(t("bulk.preview"), [{ name: "preview", node, value: () => true }], {
    submit: t("bulk.do", { n: preview.count }),
  });
  if (sure !== null) await told(() => give(preview.preview_id));
}

export async function openConfirm() {
  const field = lineField("preview_id", t("bulk.number"), {
    pattern: "[0-9a-f]{24}",
    maxlength: 24,
  });
  const asked = await askFor(t("bulk.confirm_title"), [field], { hint: t("bulk.confirm_hint") });
  if (asked !== null) await told(() => give(asked.preview_id));
}

// What the queue shows of the choice; nothing while nothing is chosen.
export function bulkBar() {
  const n = state.selected.size;
  if (n === 0)
    return mayI("approve")
      ? h("button", { class: "plain", onclick: openConfirm }, t("bulk.confirm"))
      : null;
  return h(
    "span",
    { class: "bulk" },
    h("b", {}, t("bulk.chosen", { n })),
    " ",
    h("button", { class: "first", onclick: openBulk }, t("bulk.title"), " ", h("kbd", {}, "b")),
    " ",
    h("button", { class: "plain", onclick: () => choose([]) }, t("bulk.none")),
  );
}
