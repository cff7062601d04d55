"""Timers, and what they wait for: a deadline, and how far what feeds the borrower must have come.

    due when   now >= at_ms  and  every feed that it needs has passed `past_ms`
    or when    now >= by_ms, if there is one: it is waited for no longer

It needs the feeds that it names, and all feeds of the borrower on the streams that it names; a
wait that names none is a plain timer.

One that is due is yielded once, stamped with its deadline (or with `by_ms`), in the order
(deadline, borrower, name), however late the watermark lets it go. A borrower of whom a feed is
unknown, or whom nothing feeds, waits.

The queue itself is not stored: each borrower's header keeps its waits, and they are put here again
after a restart, and when the borrower has got another feed.
"""

from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Final, NamedTuple

from schemas.control import FeedKind
from stream.decide.borrower import Borrower
from stream.decide.feeds.wait import Wait
from stream.decide.feeds.watermarks import Watermarks

_Entry = tuple[int, str, str]

NOBODY: Final = ""
"""What a wait is blocked by if no feed is known that could let it go."""


class Due(NamedTuple):
    """A wait that is over.

    Attributes:
        at_ms: Its deadline.
        borrower_id: Whose.
        name: Which.
        is_unverified: Whether it was waited for no longer.
    """

    at_ms: int
    borrower_id: str
    name: str
    is_unverified: bool = False


class Waits:
    """The waits of one partition, by borrower and name."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, str], Wait] = {}
        self._heap: list[_Entry] = []
        self._blocked: dict[str, list[tuple[int, _Entry]]] = {}
        self._kinds: dict[str, FeedKind] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._waits)

    def put(self, borrower_id: str, name: str, wait: Wait) -> None:
        """Wait, in the place of what was waited for under this name."""
        self._waits[borrower_id, name] = wait
        heappush(self._heap, (wait.at_ms, borrower_id, name))
        if wait.by_ms is not None:
            heappush(self._heap, (wait.by_ms, borrower_id, name))

    def drop(self, borrower_id: str, name: str) -> None:
        """Wait no longer."""
        self._waits.pop((borrower_id, name), None)

    def follow(
        self, borrower_id: str, waits: Mapping[str, Wait], before: Mapping[str, Wait]
    ) -> None:
        """Wait for what a borrower waits for now, in the place of what it did before."""
        for name in before.keys() - waits.keys():
            self.drop(borrower_id, name)
        for name, wait in waits.items():
            if before.get(name) != wait:
                self.put(borrower_id, name, wait)

    def due(self, watermarks: Watermarks, borrower: Callable[[str], Borrower]) -> Iterator[Due]:
        """Yield what is due now, each once; the caller may put more while this goes on."""
        self._release(watermarks)
        while self._heap and self._heap[0][0] <= watermarks.now_ms:
            at_ms, borrower_id, name = entry = heappop(self._heap)
            wait = self._waits.get((borrower_id, name))
            if wait is None or at_ms not in (wait.at_ms, wait.by_ms):
                continue  # of a wait that is over, or was replaced
            feed = blocking(wait, borrower(borrower_id), watermarks)
            if feed is None or at_ms == wait.by_ms:
                del self._waits[borrower_id, name]
                yield Due(at_ms, borrower_id, name, is_unverified=feed is not None)
            else:
                past_ms = 0 if feed == NOBODY else _past_of(wait, feed, watermarks)
                self._block(feed, past_ms, entry, watermarks)

    def _block(self, feed: str, past_ms: int, entry: _Entry, watermarks: Watermarks) -> None:
        heappush(self._blocked.setdefault(feed, []), (past_ms, entry))
        if feed != NOBODY:
            self._kinds[feed] = watermarks.declared[feed].kind

    def _release(self, watermarks: Watermarks) -> None:
        """Look again at what waits for a feed that has passed it, or is declared otherwise."""
        for feed in [feed for feed in self._blocked if feed != NOBODY]:
            passed_ms = watermarks.feed_ms(feed)
            blocked, kind = self._blocked[feed], watermarks.declared[feed].kind
            while blocked and (
                kind is not self._kinds[feed]
                or (passed_ms is not None and blocked[0][0] <= passed_ms)
            ):
                heappush(self._heap, heappop(blocked)[1])
            if not blocked:
                del self._blocked[feed]


def due_of(borrower: Borrower, watermarks: Watermarks, now_ms: int) -> Due | None:
    """Return the first of a borrower's waits that is over at `now_ms`, `None` if none is."""
    due = []
    for name, wait in borrower.header.waits.items():
        if wait.at_ms > (watermarks.now_ms if wait.by_tick else now_ms):
            continue
        if blocking(wait, borrower, watermarks) is None:
            due.append(Due(wait.at_ms, borrower.borrower_id, name))
        elif wait.by_ms is not None and wait.by_ms <= watermarks.now_ms:
            due.append(Due(wait.by_ms, borrower.borrower_id, name, is_unverified=True))
    return min(due, default=None)


def blocking(wait: Wait, borrower: Borrower, watermarks: Watermarks) -> str | None:
    """Return a feed that has not passed what is waited for, `None` if all have."""
    for stream in wait.streams:
        feeds = watermarks.feeding(stream, borrower)
        if not feeds:
            return NOBODY
        for feed in feeds:
            if not _has_passed(wait, feed, watermarks):
                return feed
    return next((feed for feed in wait.feeds if not _has_passed(wait, feed, watermarks)), None)


def _has_passed(wait: Wait, feed: str, watermarks: Watermarks) -> bool:
    at_ms = watermarks.feed_ms(feed)
    return at_ms is not None and at_ms >= _past_of(wait, feed, watermarks)


def _past_of(wait: Wait, feed: str, watermarks: Watermarks) -> int:
    """Return the instant that a feed must have passed."""
    expected = watermarks.declared[feed]
    if wait.through is None or expected.kind is not FeedKind.FILE:
        return wait.past_ms
    return expected.ends_ms(wait.through)
