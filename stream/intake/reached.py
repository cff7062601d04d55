"""How far all feeds have come, over all partitions: what a tick says.

    input clock    the latest clock of each source and place, and of those the least
    watermark      the latest heartbeat of each place of a feed, and of those the least; for a
                   source without heartbeats its clocks count instead
    closed         the last date closed in each place of a feed, and of those the least

None of them is known before every partition has said something: unknown is not zero. The order
in which things are said does not matter, nor that they are said again.

What waits for its party holds a feed: `held` says how far it is read if that is less than its
watermark, and a date is not closed while an event that may be of that date waits.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from schemas.feed import feed_name
from schemas.instants import from_ms
from schemas.topics import STREAM_TOPICS
from stream.intake.progress import Held, Progress, Told

QUIET_TICKS: Final = 10
"""How many looks in a row nothing new is kept quiet: 10 s if one is taken each second."""

ZONES: Final = timedelta(days=2)
"""An event's business date is the day of its `time`, somewhere on earth, or a later one."""

Place = tuple[str, str, int]
"""Source, topic, partition."""


class Now(NamedTuple):
    """What a tick says beside the wall's time: see `schemas.journal.Tick`."""

    clock_at_ms: int | None
    watermarks: dict[str, int]
    held: dict[str, int]
    closed: dict[str, date]


class Reached:
    """Folds what is on `source-progress`.

    Args:
        partitions: How many partitions each stream's topic has.

    Examples:
        >>> reached = Reached(partitions=1)
        >>> for topic, stream in STREAM_TOPICS.items():
        ...     reached.now.clock_at_ms is None
        ...     reached.learn(
        ...         Progress(
        ...             source="core", stream=stream, topic=topic, partition=0, clock_at_ms=60_000
        ...         )
        ...     )
        True
        True
        True
        >>> reached.now.clock_at_ms
        60000
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._expected = {(topic, p) for topic in STREAM_TOPICS for p in range(partitions)}
        self._clocks: dict[Place, int] = {}
        self._alive: dict[Place, int] = {}
        self._safe_clocks: dict[Place, int] = {}
        self._safe_alive: dict[Place, int] = {}
        self._closed: dict[Place, date] = {}
        self._rooms: dict[int, Held] = {}
        self._pending: list[Progress] = []

    def learn(self, told: Told) -> None:
        """Take one record in; an older one than known, or of a place unknown, changes nothing."""
        if isinstance(told, Held):
            if told.read < self._read(told.partition):
                return  # a new owner, who has not seen all of it again yet
            self._rooms[told.partition] = told
            pending, self._pending = self._pending, []
            for each in pending:
                self._count(each)
        elif (told.topic, told.partition) in self._expected:
            place = (told.source, told.topic, told.partition)
            _raise(self._clocks, place, told.clock_at_ms)
            _raise(self._alive, place, told.alive_at_ms)
            self._count(told)

    def _count(self, told: Progress) -> None:
        """Let a progress count for the watermark, once what was sent before is looked at."""
        if any(self._read(room) < offset for room, offset in enumerate(told.after)):
            self._pending.append(told)
            return
        place = (told.source, told.topic, told.partition)
        _raise(self._safe_clocks, place, told.clock_at_ms)
        _raise(self._safe_alive, place, told.alive_at_ms)
        if told.closed is not None:
            self._closed[place] = max(told.closed, self._closed.get(place, told.closed))

    def _read(self, room: int) -> int:
        return self._rooms[room].read if room in self._rooms else 0

    @property
    def now(self) -> Now:
        """What is known of all."""
        heard = {(topic, partition) for _, topic, partition in self._clocks}
        clock_at_ms = min(self._clocks.values()) if heard == self._expected else None
        waiting = self._waiting()
        watermarks, held = {}, {}
        for source, topic in sorted({(source, topic) for source, topic, _ in self._said()}):
            feed = feed_name(source, STREAM_TOPICS[topic])
            said_ms = self._least(source, topic, self._alive, self._clocks)
            if said_ms is None:
                continue
            watermarks[feed] = said_ms
            safe_ms = self._least(source, topic, self._safe_alive, self._safe_clocks) or 0
            read_ms = min(said_ms, safe_ms, waiting.get(feed, said_ms))
            if read_ms < said_ms:
                held[feed] = read_ms
        return Now(clock_at_ms, watermarks, held, self._closed_dates(waiting))

    def _said(self) -> set[Place]:
        return {*self._alive, *self._clocks}

    def _least(
        self, source: str, topic: str, alive: dict[Place, int], clocks: dict[Place, int]
    ) -> int | None:
        places = [(source, topic, partition) for partition in range(self._partitions)]
        lives = any(place in self._alive for place in places)
        latest = alive if lives else clocks
        if not all(place in latest for place in places):
            return None
        return min(latest[place] for place in places)

    def _waiting(self) -> dict[str, int]:
        """Return the time of the earliest event that waits, by feed."""
        earliest: dict[str, int] = {}
        for room in self._rooms.values():
            for feed, at_ms in room.earliest_ms.items():
                earliest[feed] = min(at_ms, earliest.get(feed, at_ms))
        return earliest

    def _closed_dates(self, waiting: dict[str, int]) -> dict[str, date]:
        found = {}
        for source, topic in sorted({(source, topic) for source, topic, _ in self._closed}):
            places = [(source, topic, partition) for partition in range(self._partitions)]
            if not all(place in self._closed for place in places):
                continue
            feed = feed_name(source, STREAM_TOPICS[topic])
            through = min(self._closed[place] for place in places)
            if feed in waiting:
                through = min(through, from_ms(waiting[feed]).date() - ZONES)
            found[feed] = through
        return found


def _raise(latest: dict[Place, int], place: Place, at_ms: int | None) -> None:
    if at_ms is not None:
        latest[place] = max(at_ms, latest.get(place, 0))


class Pace:
    """Says at each look whether a tick is due: at once for something new, else now and then."""

    def __init__(self) -> None:
        self._said: Now | None = None
        self._quiet = QUIET_TICKS

    def due(self, now: Now) -> bool:
        """Whether to tick now.

        Args:
            now: What the tick would say.
        """
        is_new = now != self._said
        self._quiet += 1
        if not is_new and self._quiet < QUIET_TICKS:
            return False
        self._said, self._quiet = now, 0
        return True
