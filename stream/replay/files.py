"""Makes the journal of a file of envelopes, as one partition on the input clock.

Each line goes the way it would go through Kafka into a journal record. Lines come in
the order in which they reached us; the input clock ticks with what sources say of their feeds, and
at least every hour of the time at which events were known. Records of a party that is named later
wait for it, as in Kafka. Time begins with the first record: nothing is ever said at the epoch.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it at run time
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas import journal
from schemas.dead_letter import DeadLetter, Origin
from schemas.envelope import DecodeError, decode
from schemas.feed import feed_name, totals_of
from schemas.instants import HOUR_MS, to_ms
from schemas.reference import ReferenceData
from schemas.topics import STREAM_TOPICS
from stream.intake.admit import IN_BAND, TYPES, admit
from stream.intake.keys import feed_topics
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Alive, Clock, Closed, Unresolved
from stream.intake.progress import Held, Progress
from stream.intake.reached import Reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemas.feed import BusinessDateClosed
    from schemas.signing import Signed
    from stream.replay.tally import Tally

REFERENCES: Final = "references"
STREAM: Final = "repayments"
TOPIC_OF: Final = {
    name: topic for topic, names in TYPES.items() for name in names if name not in IN_BAND
}
PARTITION: Final = 0
OBSERVED: Final = b'"observed_at"'


class _Observed(msgspec.Struct):
    observed_at: datetime | None = None


class _Known(msgspec.Struct):
    data: _Observed


class _Head(msgspec.Struct):
    type: str = ""
    time: datetime | None = None


class _Waiting(NamedTuple):
    """A record of a party that nobody has named yet; of no feed if it is a reference."""

    raw: bytes
    origin: Origin
    feed: str
    at_ms: int


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_known = msgspec.json.Decoder(_Known).decode


class FileJournal:
    """Makes journal records of one file after the other.

    Args:
        emit: Takes key and value of each journal record, in order.
        tally: Counts events, dead letters and what stays unresolved.
        wall_now_ms: The wall clock; a record a day ahead of it is a dead letter.
    """

    def __init__(
        self, emit: Callable[[bytes, bytes], None], tally: Tally, *, wall_now_ms: int
    ) -> None:
        self._emit = emit
        self._tally = tally
        self._wall_now_ms = wall_now_ms
        self._links = Links()
        self._clock_ms = -HOUR_MS
        self._controls = 0
        self._waiting: dict[str, list[_Waiting]] = {}
        self._reached = Reached(partitions=1)

    def control(self, signed: Signed) -> None:
        """Copy one control record."""
        control = journal.Control(seq=self._controls, prev_seq=self._controls - 1, signed=signed)
        self._controls += 1
        self._emit(journal.CONTROL_KEY, journal.encode(control))

    def line(self, raw: bytes, origin: Origin) -> None:
        """Take one envelope, and what waited for the party that it names."""
        topic, at_ms = _head(raw)
        named = self._learn(raw) if topic == REFERENCES else ()
        outcome = admit(
            raw, topic=topic, origin=origin, links=self._links, wall_now_ms=self._wall_now_ms
        )
        match outcome:
            case Admitted():
                self._admitted(topic, at_ms, outcome.records)
            case Clock(source):
                self._said(source, feed_topics(decode(raw).data), at_ms, clock_at_ms=at_ms)
            case Alive(source):
                self._said(source, feed_topics(decode(raw).data), at_ms, alive_at_ms=at_ms)
            case Closed(source, said):
                self._claim(source, said)
                self._said(source, (topic,), at_ms, closed=said.business_date)
            case Unresolved(token=token):
                waiting = _Waiting(raw, origin, _feed(outcome.source, topic), outcome.at_ms)
                self._waiting.setdefault(token, []).append(waiting)
            case DeadLetter(reason=reason):
                self._tally.dead_letters[reason] += 1
        for token in named:
            for known in self._waiting.pop(token, ()):
                self.line(known.raw, known.origin)

    def said(self, topic: str, raw: bytes, origin: Origin) -> None:
        """Take one record that is no envelope: an operator's action, a permit, an outcome."""
        outcome = admit(
            raw, topic=topic, origin=origin, links=self._links, wall_now_ms=self._wall_now_ms
        )
        match outcome:
            case Admitted():
                self._admitted(topic, 0, outcome.records)
            case DeadLetter(reason=reason):
                self._tally.dead_letters[reason] += 1

    def end(self) -> None:
        """Count what still waits as unresolved."""
        self._tally.unresolved = sum(map(len, self._waiting.values()))

    def _learn(self, raw: bytes) -> tuple[str, ...]:
        try:
            data = decode(raw).data
        except DecodeError:
            return ()
        return self._links.apply(data) if isinstance(data, ReferenceData) else ()

    def _admitted(self, topic: str, at_ms: int, records: Iterable[tuple[bytes, bytes]]) -> None:
        stream = STREAM_TOPICS.get(topic)
        if stream is not None:
            self._tally.events[stream] += 1
        is_first = self._clock_ms < 0 < at_ms
        if is_first or (stream is not None and at_ms >= self._clock_ms + HOUR_MS):
            self._tick(at_ms)
        for key, value in records:
            self._emit(key, value)

    def _claim(self, source: str, said: BusinessDateClosed) -> None:
        claim = journal.DateClosed(
            source=source,
            stream=said.stream,
            business_date=said.business_date,
            totals=totals_of(said),
            wall_arrival_at_ms=self._wall_now_ms,
        )
        self._emit(journal.FEED_KEY, journal.encode(claim))

    def _said(self, source: str, topics: tuple[str, ...], at_ms: int, **said: Any) -> None:
        """Note how far a feed has come, and let the clock go on to when that was said."""
        for topic in topics:
            self._reached.learn(
                Progress(
                    source=source,
                    stream=STREAM_TOPICS[topic],
                    topic=topic,
                    partition=PARTITION,
                    **said,
                )
            )
        self._tick(max(at_ms, self._clock_ms))

    def _tick(self, at_ms: int) -> None:
        self._clock_ms = at_ms
        self._reached.learn(Held(partition=PARTITION, read=0, earliest_ms=self._earliest_ms()))
        now = self._reached.now
        tick = journal.Tick(
            wall_at_ms=self._wall_now_ms,
            input_at_ms=at_ms,
            watermarks=now.watermarks,
            held=now.held,
            closed=now.closed,
        )
        self._emit(journal.TICK_KEY, journal.encode(tick))

    def _earliest_ms(self) -> dict[str, int]:
        """Return by feed the time of the earliest event that waits for its party."""
        earliest: dict[str, int] = {}
        for waiting in chain.from_iterable(self._waiting.values()):
            if waiting.feed:
                at_ms = min(waiting.at_ms, earliest.get(waiting.feed, waiting.at_ms))
                earliest[waiting.feed] = at_ms
        return earliest


def _feed(source: str, topic: str) -> str:
    return feed_name(source, STREAM_TOPICS[topic]) if topic in STREAM_TOPICS else ""


def _head(raw: bytes) -> tuple[str, int]:
    """Return the topic where the record belongs, and when it came: when its source knew it.

    What nobody can read is anywhere.
    """
    try:
        head = _decode_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _Head()
    known_at = _known_at(raw) or head.time
    at_ms = to_ms(known_at) if known_at and known_at.tzinfo else 0
    if head.type in IN_BAND:
        return _feed_topic(raw), at_ms
    return TOPIC_OF.get(head.type, STREAM), at_ms


def _known_at(raw: bytes) -> datetime | None:
    """Return when a source knew an event, if it says so in a way that can be read."""
    if OBSERVED not in raw:
        return None
    try:
        return _decode_known(raw).data.observed_at
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _feed_topic(raw: bytes) -> str:
    try:
        return feed_topics(decode(raw).data)[0]
    except DecodeError:
        return STREAM
