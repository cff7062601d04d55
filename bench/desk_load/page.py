"""An operator: the real page in a Chromium without a head, watched from inside.

What the page hears on its stream of events and what it shows in its rows is noted by a script that
runs before the page's own, on the clock of the same machine that wrote the records.
"""

from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, Page

from bench.desk_load.storm import Sent

SIZE: Final = {"width": 1280, "height": 720}
PATIENCE_MS: Final = 60_000
_WATCH: Final = """
window.bench = { heard: [], shown: [], resets: 0, openedMs: null };
const given = new Set();
const look = () => {
  for (const row of document.querySelectorAll('#rows .row')) {
    window.bench.openedMs ??= performance.now();
    const version = parseInt(row.dataset.stamp, 10);
    const name = `${row.dataset.key} ${version}`;
    if (given.has(name)) continue;
    given.add(name);
    window.bench.shown.push([row.dataset.key, version, Date.now()]);
  }
};
new MutationObserver(look).observe(document, { childList: true, subtree: true });
const plain = window.fetch;
const note = async (stream) => {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\\n');
    rest = lines.pop();
    for (const line of lines.filter((each) => each.startsWith('data: '))) {
      const event = JSON.parse(line.slice(6));
      if (event.kind === 'reset') window.bench.resets += 1;
      if (event.kind === 'case') window.bench.heard.push([event.case_id, event.version, Date.now()]);
    }
  }
};
window.fetch = async (path, options) => {
  const answer = await plain(path, options);
  if (path !== '/api/events' || !answer.ok) return answer;
  const [mine, theirs] = answer.body.tee();
  note(mine).catch(() => null);
  return new Response(theirs, { status: answer.status, headers: answer.headers });
};
"""


class Seen(NamedTuple):
    """What an operator's page heard and showed since it was opened; instants in ms.

    Attributes:
        heard: By case and version, when an event told of it.
        heard_twice: How many events told of what had been told.
        shown: By case and version, when a row showed it.
        resets: How often the page was told to ask for everything again.
        opened_ms: From the navigation to the first row.
    """

    heard: dict[Sent, int]
    heard_twice: int
    shown: dict[Sent, int]
    resets: int
    opened_ms: float


class Operator:
    """One who looks.

    Args:
        browser: A running one.
        url: Of the desk.
        name: Of the user.
        password: Theirs.
    """

    def __init__(self, browser: Browser, url: str, name: str, password: str) -> None:
        self.name, self._url, self._password = name, url, password
        self._context = browser.new_context(viewport=SIZE, locale="en-GB")
        self._context.add_init_script(_WATCH)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.goto(f"{url}/#/queue")

    def sign_in(self) -> None:
        """Sign in, and wait for the queue."""
        self.page.fill("#user", self.name)
        self.page.fill("#password", self._password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#rows .row")

    def open(self) -> float:
        """Open the page anew; return how long it took until the first row stood there, in ms."""
        self.page.reload()
        self.page.wait_for_selector("#rows .row")
        return self.seen().opened_ms

    def in_sight(self) -> list[str]:
        """Return the cases that the page shows."""
        rows = "rows => rows.map((row) => row.dataset.key)"
        names: list[str] = self.page.eval_on_selector_all("#rows .row", rows)
        return names

    def is_at_the_door(self) -> bool:
        """Whether the page asks who it is."""
        return self.page.locator("#user").count() > 0

    def seen(self) -> Seen:
        """Return what was heard and shown."""
        bench: Any = self.page.evaluate("window.bench")
        heard: dict[Sent, int] = {}
        for case_id, version, at_ms in bench["heard"]:
            heard.setdefault((case_id, version), at_ms)
        return Seen(
            heard=heard,
            heard_twice=len(bench["heard"]) - len(heard),
            shown={(case_id, version): at_ms for case_id, version, at_ms in bench["shown"]},
            resets=bench["resets"],
            opened_ms=bench["openedMs"] or 0.0,
        )
