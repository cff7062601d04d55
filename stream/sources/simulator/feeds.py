"""Feeds that fail: what an acquirer says in that time comes at once when it is back.

A late record carries when it was known (`observed_at`) and says `BACKFILL`. While its feed is
dead the source does not say what time it is either.
"""

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


def arrive(arrival: Arrival, silences: tuple[Silence, ...]) -> Arrival:
    """Return how a record reaches us, if its feed may be dead."""
    for silence in silences:
        if silence.covers(arrival.record.source, arrival.arrival_ms):
            return Arrival(silence.until_ms, _late(arrival.record, silence.until_ms))
    return arrival


def _late(record: Record, at_ms: int) -> Record:
    data = record.data
    if not isinstance(data, EventData):
        return record
    quality = (*data.quality, Quality.BACKFILL)
    late = msgspec.structs.replace(data, observed_at=from_ms(at_ms), quality=quality)
    return record._replace(data=late)
