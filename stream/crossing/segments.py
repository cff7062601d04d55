"""A segment's members over all partitions: their sales (for peers and G05), their tiers (for G06).

    members' ratios, by thousandths ──> median, and what nine of ten are not below
    members who came to moderate    ──> in the last seven days, and in the eight weeks before

Both are pure functions of one round. A median is exact to a thousandth, as members are told.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final, TypeVar

from detectors.counts import added, quantile
from schemas.crossing import MembersTold, SalesTold, SegmentMembers, SegmentSales
from schemas.journal import SegmentSnapshot, SegmentTiers
from stream.crossing.rounds import Lanes

Of = TypeVar("Of", SegmentSales, SegmentMembers)

THOUSANDTH: Final = 1_000
"""In millionths, which ratios are told in."""
ONE: Final = 1_000_000
HALF, TENTH = (1, 2), (1, 10)
WEEK: Final = timedelta(days=7)
BEFORE: Final = 8 * WEEK
"""What the last week is compared with (domain.md 3.6, G06)."""


class Sales:
    """Adds up what the partitions tell of members' sales, one lane of segments after the other."""

    def __init__(self, partitions: int) -> None:
        self._lanes: Lanes[SalesTold] = Lanes(partitions)

    def take(self, told: SalesTold) -> list[SegmentSnapshot]:
        """Take one record in; return the snapshots of its lane when its day is complete."""
        parts = self._lanes.take(told.lane, told.day.toordinal(), told.partition, told)
        if parts is None:
            return []
        each = _by_segment(part.segments for part in parts)
        at_ms = max(part.at_ms for part in parts)
        return [_snapshot(segment, sales, told, at_ms) for segment, sales in each]


class Members:
    """Adds up what the partitions tell of members' tiers, one lane after the other."""

    def __init__(self, partitions: int) -> None:
        self._lanes: Lanes[MembersTold] = Lanes(partitions)

    def take(self, told: MembersTold) -> list[SegmentTiers]:
        """Take one record in; return what follows when the hour is complete.

        Of segments of whom nobody came to moderate in a fortnight there is nothing to say.
        """
        parts = self._lanes.take(told.lane, told.at_ms, told.partition, told)
        if parts is None:
            return []
        each = _by_segment(part.segments for part in parts)
        return [
            _tiers(segment, members, told)
            for segment, members in each
            if any(day > told.day - 2 * WEEK for part in members for day in part.raised)
        ]


def _by_segment(parts: Iterable[Mapping[str, Of]]) -> Iterator[tuple[str, list[Of]]]:
    """Yield each segment with what partitions tell of it, in order of segments."""
    found: dict[str, list[Of]] = {}
    for part in parts:
        for segment, of in part.items():
            found.setdefault(segment, []).append(of)
    yield from sorted(found.items())


def _snapshot(
    segment: str, parts: list[SegmentSales], told: SalesTold, at_ms: int
) -> SegmentSnapshot:
    windows = sorted({window for part in parts for window in part.ratios})
    counts = {window: added(part.ratios.get(window, {}) for part in parts) for window in windows}
    asked = sum(part.asked for part in parts)
    return SegmentSnapshot(
        segment_id=segment,
        version=told.day.toordinal(),
        day=told.day,
        at_ms=at_ms,
        members=sum(counts[windows[0]].values()) if windows else 0,
        ratios={window: quantile(counts[window], *HALF) * THOUSANDTH for window in windows},
        tenths={window: quantile(counts[window], *TENTH) * THOUSANDTH for window in windows},
        asked=asked,
        reopened=sum(part.reopened for part in parts) * ONE // asked if asked else None,
    )


def _tiers(segment: str, parts: list[SegmentMembers], told: MembersTold) -> SegmentTiers:
    raised = added(part.raised for part in parts)
    week, before = told.day - WEEK, told.day - WEEK - BEFORE
    return SegmentTiers(
        segment_id=segment,
        version=told.at_ms,
        day=told.day,
        at_ms=told.at_ms,
        members=sum(part.members for part in parts),
        raised=sum(count for day, count in raised.items() if week < day <= told.day),
        before=sum(count for day, count in raised.items() if before < day <= week),
    )
