// Small forms over the page: the browser's own dialog keeps the focus inside and closes on Esc.

import { h } from "./dom.js";
import { t } from "./i18n.js";

export function openDialog(title, content, { wide = false } = {}) {
  const before = document.activeElement;
  const dialog = h(
    "dialog",
    { class: wide ? "wide" : "", "aria-label": title },
    h("h2", {}, title),
    content,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}

function foot(dialog, submitWords) {
  return h(
    "div",
    { class: "foot" },
    h("button", { type: "button", onclick: () => dialog().close() }, t("dialog.cancel")),
    h("button", { type: "submit", class: "first" }, submitWords),
  );
}

// `fields` are {name, node, value(), needed}; resolves to their values, or to null if given up.
export function askFor(title, fields, { hint, submit = t("dialog.send") } = {}) {
  return new Promise((resolve) => {
    let dialog = null;
    let given = null;
    const wrong = h("p", { class: "wrong", role: "alert" });
    const form = h(
      "form",
      { method: "dialog" },
      hint ? h("p", { class: "muted" }, hint) : null,
      h(
        "div",
        { class: "fields" },
        fields.map(({ node }) => node),
      ),
      wrong,
      foot(() => dialog, submit),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const missing = fields.find(({ needed, value }) => needed && !value());
      if (missing) {
        wrong.textContent = t("dialog.needed", { field: missing.label });
        return;
      }
      given = Object.fromEntries(fields.map(({ name, value }) => [name, value()]));
      dialog.close();
    });
    dialog = openDialog(title, form);
    dialog.addEventListener("close", () => resolve(given));
    form.querySelector("textarea, input, select, .choices button")?.focus();
  });
}

export function textField(name, label, { rows = 3, needed = true } = {}) {
  const input = h("textarea", { rows, maxlength: 500, id: `field-${name}` });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) input.form.requestSubmit();
  });
  return {
    name,
    label,
    needed,
    value: () => input.value.trim(),
    node: h("div", {}, h("label", { for: input.id }, label), input),
  };
}

export function lineField(name, label, { type = "text", value = "", needed = true, ...more } = {}) {
  const input = h("input", { type, id: `field-${name}`, ...more });
  input.value = value;
  return {
    name,
    label,
    needed,
    value: () => input.value.trim(),
    node: h("div", {}, h("label", { for: input.id }, label), input),
  };
}

// One of a few: a digit chooses and sends, as fast as an operator knows the list.
export function choiceField(name, label, choices) {
  let chosen = null;
  const buttons = choices.map(([value, words], i) =>
    h(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => choose(value) },
      h("kbd", {}, String(i + 1)),
      ` ${words}`,
    ),
  );
  function choose(value) {
    chosen = value;
    buttons.forEach((button, i) =>
      button.setAttribute("aria-pressed", String(choices[i][0] === value)),
    );
  }
  const node = h(
    "div",
    { role: "group", "aria-label": label },
    h("div", { class: "choices" }, buttons),
  );
  node.addEventListener("keydown", (event) => {
    const choice = choices[Number(event.key) - 1];
    if (!choice) return;
    choose(choice[0]);
    node.closest("form").requestSubmit();
  });
  return { name, label, needed: true, value: () => chosen, node };
}
