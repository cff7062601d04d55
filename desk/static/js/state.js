// What the page knows, and who wants to hear when it changes. Nothing here is changed by hand:
// every value came from the desk (or is the person's own switch).

export const state = {
  session: null,
  trust: null,
  trustAt: 0,
  incidents: [],
  queue: null,
  queueAt: 0,
  view: "now",
  cursors: [],
  selected: new Set(),
  detail: null,
  file: null,
  machine: null,
  offlineSince: null,
  trouble: null,
  busy: null,
};

const listeners = new Map();

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

export function set(changes, ...topics) {
  Object.assign(state, changes);
  topics.forEach((topic) => listeners.get(topic)?.forEach((listener) => listener()));
}

export function mayI(right) {
  return state.session?.rights?.includes(right) ?? false;
}
