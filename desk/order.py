"""The queue in its order, kept so while cases change and time goes on: pure.

    here    what is to be done now
    away    put off, or waiting for something
    apart   not queued: mild, or without a tier, and held by nobody

A place depends on the time, but changes only when a deadline passes or a wait is over: these turns
stand in a heap. So a change costs a search in a sorted list, and a page of ten costs ten, whatever
an outage has left behind.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush, merge
from itertools import islice
from typing import Final, NamedTuple

from desk.queue import Place, Queued, is_away, is_queued, place_of, written
from schemas.desk_keys import QueueEntry

HERE, AWAY, APART = range(3)
OF_VIEW: Final = {"now": (HERE,), "waiting": (AWAY,), "all": (HERE, AWAY, APART)}
BACK_MS: Final = 1_000
"""Requests overlap: a time that is so little earlier is taken for the same."""


class Page(NamedTuple):
    """Some cases in their order, and what is behind them."""

    cases: list[Queued]
    total: int
    by_tier: dict[str, int]
    waiting: int
    next: str | None


class _Row:
    """The places of one list, sorted, and how many there are of each tier."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.tiers: Counter[str] = Counter()


class Order:
    """The cases of one lane that are not closed."""

    def __init__(self) -> None:
        self.entries: dict[str, QueueEntry] = {}
        self._rows = (_Row(), _Row(), _Row())
        self._stands: dict[str, tuple[int, Place]] = {}
        self._turns: list[tuple[int, str]] = []
        self._turn_of: dict[str, int] = {}
        """Of each case the turn in the heap that counts."""
        self._now_ms = 0

    def load(self, entries: Mapping[str, QueueEntry]) -> None:
        """Take these cases and no other."""
        self.entries = dict(entries)
        self._rows = (_Row(), _Row(), _Row())
        self._stands, self._turns, self._turn_of = {}, [], {}
        for case_id, entry in self.entries.items():
            which, place = self._seat(case_id, entry)
            self._rows[which].places.append(place)
        for row in self._rows:
            row.places.sort()

    def put(self, case_id: str, entry: QueueEntry) -> None:
        """Take a case as it is now."""
        self.drop(case_id)
        self.entries[case_id] = entry
        self._place(case_id, entry)

    def drop(self, case_id: str) -> None:
        """Let go of a case, if it is there."""
        entry = self.entries.pop(case_id, None)
        if entry is not None:
            self._displace(case_id, entry)

    def advance(self, now_ms: int) -> None:
        """Let it be that time."""
        if now_ms < self._now_ms - BACK_MS:
            self._now_ms = now_ms
            self.load(self.entries)
            return
        self._now_ms = max(self._now_ms, now_ms)
        while self._turns and self._turns[0][0] <= self._now_ms:
            at_ms, case_id = heappop(self._turns)
            if self._turn_of.get(case_id) == at_ms:
                self._turn(case_id)

    def of_list(self, which: int, lane: str) -> tuple[list[Place], Counter[str]]:
        """Return the places of a list, in order, and how many there are of each tier.

        Args:
            which: One of `HERE`, `AWAY`, `APART`.
            lane: Only of this one; of all if empty.
        """
        row = self._rows[which]
        if not lane:
            return row.places, row.tiers
        mine = [place for place in row.places if self.entries[place[-1]].lane == lane]
        return mine, Counter(self.entries[place[-1]].tier for place in mine)

    def _turn(self, case_id: str) -> None:
        del self._turn_of[case_id]
        entry = self.entries.get(case_id)
        if entry is not None:
            self._displace(case_id, entry)
            self._place(case_id, entry)

    def _place(self, case_id: str, entry: QueueEntry) -> None:
        which, place = self._seat(case_id, entry)
        insort(self._rows[which].places, place)

    def _seat(self, case_id: str, entry: QueueEntry) -> tuple[int, Place]:
        """Note where a case stands; its place is put into the list by who asks."""
        which = APART
        if is_queued(entry):
            which = AWAY if is_away(entry, self._now_ms) else HERE
        place = place_of(case_id, entry, self._now_ms)
        self._rows[which].tiers[entry.tier] += 1
        self._stands[case_id] = which, place
        self._await_turn(case_id, entry)
        return which, place

    def _displace(self, case_id: str, entry: QueueEntry) -> None:
        which, place = self._stands.pop(case_id)
        row = self._rows[which]
        del row.places[bisect_left(row.places, place)]
        row.tiers[entry.tier] -= 1

    def _await_turn(self, case_id: str, entry: QueueEntry) -> None:
        times = (entry.ack_due_ms, entry.outcome_due_ms, entry.away_until_ms)
        next_ms = min((each for each in times if each > self._now_ms), default=None)
        known_ms = self._turn_of.get(case_id)
        # One that comes too early places the case anew and awaits the next: no need to take it out.
        if next_ms is not None and (known_ms is None or next_ms < known_ms):
            self._turn_of[case_id] = next_ms
            heappush(self._turns, (next_ms, case_id))


def page_of(
    orders: Iterable[tuple[Order, bool]],
    *,
    lane: str,
    view: str,
    cursor: Place | None,
    limit: int,
    now_ms: int,
) -> Page:
    """Return one page.

    Args:
        orders: Each lane that is looked at, and whether it is the restricted one.
        lane: Only of this one; of all if empty.
        view: One of `OF_VIEW`.
        cursor: The place behind which it begins.
        limit: How many there are at most.
        now_ms: The desk's time.
    """
    places, tiers, waiting = [], Counter[str](), 0
    for order, restricted in orders:
        order.advance(now_ms)
        waiting += len(order.of_list(AWAY, lane)[0])
        for which in OF_VIEW[view]:
            mine, counted = order.of_list(which, lane)
            tiers += counted
            places.append(_behind(mine, cursor, order, restricted=restricted))
    first = list(islice(merge(*places, key=lambda each: each[0]), limit + 1))
    cases = first[:limit]
    return Page(
        cases=[one for _, one in cases],
        total=tiers.total(),
        by_tier={tier: n for tier, n in sorted(tiers.items()) if n},
        waiting=waiting,
        next=written(cases[-1][0]) if len(first) > limit else None,
    )


def _behind(
    places: list[Place], cursor: Place | None, order: Order, *, restricted: bool
) -> Iterator[tuple[Place, Queued]]:
    """Yield the cases behind a place, in order."""
    begin = 0 if cursor is None else bisect_right(places, cursor)
    for place in islice(places, begin, None):
        case_id = place[-1]
        yield place, Queued(case_id, order.entries[case_id], restricted)
