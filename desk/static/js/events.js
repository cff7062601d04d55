// Server-sent events over fetch: unlike EventSource it sees comments, so a line that is dead but
// open is noticed, and it can come back with Last-Event-ID after any kind of end.

const SILENT_MS = 40_000; // the desk writes a comment every 15 s
const RETRY_MS = [500, 1_000, 2_000, 5_000];

export function parser(give) {
  let rest = "";
  let event = {};
  const line = (text) => {
    if (text === "") {
      // An id alone is a position too: the desk sends one before the first event.
      if (event.id !== undefined || event.data !== undefined) {
        give({ id: event.id, kind: event.event ?? "message", data: event.data });
      }
      event = {};
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(text);
    if (field === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (field) event[field] = value;
  };
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\r|\n/);
    rest = lines.pop();
    lines.forEach(line);
  };
}

// `on` are {event, up, down, gone}; gone: the session has ended.
export function follow(path, on) {
  let lastId = null;
  let failures = 0;
  let stopped = false;
  let control = null;

  async function read(answer, alive) {
    const feed = parser(({ id, kind, data }) => {
      if (id !== undefined) lastId = id;
      if (data !== undefined) on.event({ ...JSON.parse(data), kind });
    });
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      feed(decoder.decode(value, { stream: true }));
    }
  }

  async function once() {
    control = new AbortController();
    let timer = null;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), SILENT_MS);
    };
    try {
      alive();
      const headers = {
        accept: "text/event-stream",
        ...(lastId === null ? {} : { "last-event-id": lastId }),
      };
      const answer = await fetch(path, {
        headers,
        credentials: "same-origin",
        cache: "no-store",
        signal: control.signal,
      });
      if (answer.status === 401) return "gone";
      if (!answer.ok) return "down";
      failures = 0;
      on.up();
      await read(answer, alive);
      return "down";
    } catch {
      return "down"; // cut, refused or silent: all the same to who reads
    } finally {
      clearTimeout(timer);
    }
  }

  async function run() {
    while (!stopped) {
      const end = await once();
      if (stopped) return;
      if (end === "gone") {
        on.gone();
        return;
      }
      on.down();
      await new Promise((resolve) =>
        setTimeout(resolve, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]),
      );
    }
  }

  run();
  return () => {
    stopped = true;
    control?.abort();
  };
}
