"""Feeds that fail: what a source says in that time comes at once when it is back.

A late record carries when it was known (`observed_at`) and says `BACKFILL`. While its source is
dead it does not say what time it is either; where only a stream of it fails, it does.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from schemas.envelope import EventBody
from schemas.header import EventData, Quality
from schemas.instants import from_ms
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from stream.sources.records import Plain, Record


class Silence(NamedTuple):
    """A source keeps back what it has to say from `from_ms` until `until_ms`.

    With a `stream`, only what belongs to it, and it goes on living; of its events only `every`
    second, third or so one: then it closes its dates as if it had sent all. What it sends from
    `sent_ms` on comes as ever.
    """

    source: str
    from_ms: int
    until_ms: int
    stream: str = ""
    every: int = 1
    sent_ms: int = 2**62

    def covers(self, source: str, at_ms: int) -> bool:
        """Whether what the source says at `at_ms` may have to wait."""
        return source == self.source and self.from_ms <= at_ms < min(self.until_ms, self.sent_ms)

    def silences(self, record: Record, count: int) -> bool:
        """Whether a record of that time has to wait; `count` events of its stream came before."""
        if not self.stream:
            return True
        if stream_of(record) != self.stream:
            return False
        return count % self.every == 0 if isinstance(record.data, EventBody) else self.every == 1


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
        self._counts = dict.fromkeys(silences, 0)
        self._waiting: list[Arrival] = []

    def speaks(self, source: str, at_ms: int) -> bool:
        """Whether the source lives at `at_ms`."""
        return not any(not each.stream and each.covers(source, at_ms) for each in self._silences)

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
                waits = silence.silences(sent.record, self._counts[silence])
                is_event = isinstance(sent.record.data, EventBody)
                self._counts[silence] += is_event and stream_of(sent.record) == silence.stream
                if waits:
                    return Arrival(silence.until_ms, _late(sent.record, silence.until_ms))
        return sent


def stream_of(record: Record) -> str:
    """Return the stream that an event, or a closed date, belongs to; of anything else nothing."""
    match record.data:
        case Repayment():
            return "repayment"
        case PosClearing():
            return "pos_clearing"
        case EventData():
            return "settlement"
        case Plain(type="business_date_closed.v1", fields=fields):
            return str(fields["stream"])
    return ""


def _late(record: Record, at_ms: int) -> Record:
    data = record.data
    if not isinstance(data, EventData):
        return record
    quality = (*data.quality, Quality.BACKFILL)
    late = msgspec.structs.replace(data, observed_at=from_ms(at_ms), quality=quality)
    return record._replace(data=late)
