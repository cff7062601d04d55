"""So many warnings a second: each changes its case, or opens one. What was sent is the truth."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from bench.desk_load.records import Story, alert_of, case_of, story
from stream.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.desk_load.house import House

NEW_SHARE = 0.1
"""So many of the warnings open a case; the others are about one that is open."""
SEEN_EVERY = 10
"""One in so many is about a case that stands on the first page."""

Sent = tuple[str, int]
"""A case and its version."""


class Storm:
    """Writes records and remembers them.

    Args:
        house: Where to.
        seed: Of stories and chances.
    """

    def __init__(self, house: House, seed: int) -> None:
        self._house, self._seed = house, seed
        self._chance = random.Random(f"storm {seed}")
        self._stories: dict[str, Story] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.versions: dict[str, int] = {}
        """The last version of each case that was handed over."""
        self.sent_ms: dict[Sent, int] = {}
        """When each record was handed over."""
        self.aimed: set[Sent] = set()
        """Those about a case on the first page."""
        self.in_sight: Callable[[], list[str]] = list
        """The cases on the first page, as somebody sees them."""

    def outage(self, cases: int) -> None:
        """Write what an outage leaves behind."""
        for _ in range(cases):
            self._open()
        self._house.flush()

    def begin(self, per_s: float) -> None:
        """Write so many a second until told to end."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(per_s,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End; return when the cluster has everything."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._house.flush()

    def _run(self, per_s: float) -> None:
        began_s, count = time.monotonic(), 0
        while not self._stop.is_set():
            count += 1
            self._one(count)
            self._stop.wait(max(0.0, began_s + count / per_s - time.monotonic()))

    def _one(self, count: int) -> None:
        in_sight = self.in_sight()
        if count % SEEN_EVERY == 0 and in_sight:
            self.aimed.add(self._write(self._stories[self._chance.choice(in_sight)]))
        elif self._chance.random() < NEW_SHARE:
            self._open()
        else:
            self._write(self._stories[self._chance.choice(list(self._stories))])

    def _open(self) -> None:
        about = story(self._seed, len(self._stories), now_ms())
        self._stories[about.case_id] = about
        self._write(about)

    def _write(self, about: Story) -> Sent:
        at_ms = now_ms()
        version = self.versions.get(about.case_id, 0) + 1
        self._house.write("alerts", about.borrower_id, alert_of(about, version, at_ms))
        self._house.write("cases", about.case_id, case_of(about, version, at_ms))
        self.versions[about.case_id] = version
        self.sent_ms[about.case_id, version] = at_ms
        return about.case_id, version
