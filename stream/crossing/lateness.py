"""Whether the events of a feed come far later than they use to, over all partitions (for H02).

A day's 95th percentile is compared with the median of those of the days before, so that a bad day
does not become the usual one.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from statistics import median_low
from typing import Final

from schemas.crossing import LATENESS_BANDS_MS, LatenessTold
from schemas.journal import Late, LatenessSnapshot
from stream.crossing.rounds import Rounds

PERCENT: Final = 95
TIMES: Final = 3
"""A feed is late if its 95th percentile is above three times the usual one (domain.md 3.7, H02)."""
LEAST_TODAY: Final = 100
"""Of fewer events the 95th percentile is five of them or less: that says nothing [D]."""
LEAST_BEFORE: Final = 20
"""Days with fewer events are left out [D]."""
LEAST_DAYS: Final = 7
"""What is usual is known after a week [D]."""
LEAST_MS: Final = 60_000
"""What comes within a minute is late for nobody [D]."""

Days = dict[date, Counter[int]]


class Latenesses:
    """Adds up what the partitions tell of how late events come."""

    def __init__(self, partitions: int) -> None:
        self._rounds: Rounds[LatenessTold] = Rounds(partitions)

    def take(self, told: LatenessTold) -> list[LatenessSnapshot]:
        """Take one record in; return what follows when the hour is complete."""
        parts = self._rounds.take(told.at_ms, told.partition, told)
        if parts is None:
            return []
        late = dict(_late(parts, told.day))
        return [LatenessSnapshot(version=told.at_ms, day=told.day, at_ms=told.at_ms, late=late)]


def _late(parts: list[LatenessTold], day: date) -> Iterator[tuple[str, Late]]:
    for feed, days in sorted(_added(parts).items()):
        today = days.pop(day, Counter[int]())
        before = [bands for bands in days.values() if bands.total() >= LEAST_BEFORE]
        if today.total() < LEAST_TODAY or len(before) < LEAST_DAYS:
            continue
        p95_ms = percentile_ms(today, PERCENT)
        usual_ms = median_low(percentile_ms(bands, PERCENT) for bands in before)
        if p95_ms > max(TIMES * usual_ms, LEAST_MS):
            yield feed, Late(p95_ms=p95_ms, usual_ms=usual_ms, n=today.total())


def _added(parts: list[LatenessTold]) -> dict[str, Days]:
    feeds: dict[str, Days] = {}
    for part in parts:
        for feed, days in part.feeds.items():
            for day, bands in days.items():
                feeds.setdefault(feed, {}).setdefault(day, Counter()).update(bands)
    return feeds


def percentile_ms(bands: Counter[int], percent: int) -> int:
    """Return the upper end of the band in which a percentile lies.

    Examples:
        >>> percentile_ms(Counter({0: 94, 4: 6}), 95)
        2000
    """
    needed = -(-bands.total() * percent // 100)
    for band in sorted(bands):
        needed -= bands[band]
        if needed <= 0:
            return LATENESS_BANDS_MS[band]
    raise ValueError("expected at least one event")
