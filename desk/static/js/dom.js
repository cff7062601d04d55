// Builds elements. Data only ever becomes a text node or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, String(value));
  }
  node.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

// Makes `parent` show `items`, and leaves every element whose stamp is the same where it is, so
// that focus, selection and scroll outlive an update.
export function reconcile(parent, items, { key, stamp, make }) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focused = parent.contains(document.activeElement)
    ? document.activeElement.closest("[data-key]")?.dataset.key
    : undefined;
  const wanted = items.map((item) => {
    const [itsKey, itsStamp] = [key(item), stamp(item)];
    const there = old.get(itsKey);
    if (there && there.dataset.stamp === itsStamp) return there;
    const node = make(item);
    node.dataset.key = itsKey;
    node.dataset.stamp = itsStamp;
    return node;
  });
  const same =
    wanted.length === parent.children.length &&
    wanted.every((node, i) => node === parent.children[i]);
  if (same) return;
  parent.replaceChildren(...wanted);
  if (focused !== undefined)
    wanted.find((node) => node.dataset.key === focused)?.focus({ preventScroll: true });
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

// Shows other children in `parent`; what had the focus in it has it still, what was open is open.
export function redraw(parent, ...nodes) {
  const places = [...parent.querySelectorAll(FOCUSABLE)];
  const [index, id] = [
    places.indexOf(document.activeElement),
    document.activeElement?.dataset?.focus,
  ];
  const open = new Set(
    [...parent.querySelectorAll("details[open]")].map((node) => node.dataset.focus),
  );
  parent.replaceChildren(
    ...nodes.flat(3).filter((node) => node !== null && node !== undefined && node !== false),
  );
  parent
    .querySelectorAll("details")
    .forEach(
      (node) => (node.open ||= node.dataset.focus !== undefined && open.has(node.dataset.focus)),
    );
  if (index < 0) return;
  const now = [...parent.querySelectorAll(FOCUSABLE)];
  (
    now.find((node) => id !== undefined && node.dataset.focus === id) ??
    now[Math.min(index, now.length - 1)]
  )?.focus({ preventScroll: true });
}
