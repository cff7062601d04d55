"""Feeds that fail: what an acquirer says in that time comes at once when it is back.

A late record carries when it was known (`observed_at`) and says `BACKFILL`. While its feed is
dead the source does not say what time it is either.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from schemas.header import EventData, Quality
from schemas.instants import from_ms
from stream.sources.records import Record


class Silence(NamedTuple):
    """A source says nothing from `from_ms` until `until_ms`."""

    source: str
    from_ms: int
    until_ms: int

    def covers(self, source: str, at_ms: int) -> bool:
        """Whether what the source says at `at_ms` has to wait."""
        return source == self.source and self.from_ms <= at_ms < self.until_ms


class Arrival(NamedTuple):
    """A record, and when it reaches us."""

    arrival_ms: int
    record: Record


class Line:
    """The line between the sources and us: what is sent into a dead feed waits for its end.

    Args:
        silences: When which feeds are dead.
    """

    def __init__(self, silences: tuple[Silence, ...]) -> None:
        self._silences = silences
        self._waiting: list[Arrival] = []

    def speaks(self, source: str, at_ms: int) -> bool:
        """Whether the source can be heard at `at_ms`."""
        return not any(each.covers(source, at_ms) for each in self._silences)

    def until(self, end_ms: int, sent: Iterable[Arrival]) -> list[Arrival]:
        """Return what reaches us before `end_ms`, in order, of what was sent and what waited."""
        waiting = [*self._waiting, *map(self._arrive, sent)]
        self._waiting = [each for each in waiting if each.arrival_ms >= end_ms]
        return sorted(
            (each for each in waiting if each.arrival_ms < end_ms), key=lambda each: each[0]
        )

    def _arrive(self, sent: Arrival) -> Arrival:
        for silence in self._silences:
            if silence.covers(sent.record.source, sent.arrival_ms):
                return Arrival(silence.until_ms, _late(sent.record, silence.until_ms))
        return sent


def _late(record: Record, at_ms: int) -> Record:
    data = record.data
    if not isinstance(data, EventData):
        return record
    quality = (*data.quality, Quality.BACKFILL)
    late = msgspec.structs.replace(data, observed_at=from_ms(at_ms), quality=quality)
    return record._replace(data=late)
