"""Makes the journal of a file of envelopes, as one partition on the input clock.

Each line goes the way it would go through Kafka into a journal record. Lines come in
the order in which they reached us; the input clock ticks with the clock records, and at least
every hour of event time. Records of a party that is named later wait for it, as in Kafka.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it at run time
from typing import TYPE_CHECKING, Final

import msgspec

from schemas import journal
from schemas.dead_letter import DeadLetter, Origin
from schemas.envelope import DecodeError, decode
from schemas.instants import HOUR_MS, to_ms
from schemas.reference import ReferenceData
from schemas.topics import STREAM_TOPICS
from stream.intake.admit import TYPES, admit
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Clock, Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemas.signing import Signed
    from stream.replay.tally import Tally

CLOCK: Final = "clock.v1"
REFERENCES: Final = "references"
STREAM: Final = "repayments"
TOPIC_OF: Final = {name: topic for topic, names in TYPES.items() for name in names if name != CLOCK}


class _Head(msgspec.Struct):
    type: str = ""
    time: datetime | None = None


_decode_head = msgspec.json.Decoder(_Head).decode


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
        self._waiting: dict[str, list[tuple[bytes, Origin]]] = {}

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
            case Admitted(records=records):
                self._admitted(topic, at_ms, records)
            case Clock():
                self._tick(at_ms)
            case Unresolved(token=token):
                self._waiting.setdefault(token, []).append((raw, origin))
            case DeadLetter(reason=reason):
                self._tally.dead_letters[reason] += 1
        for token in named:
            for waiting in self._waiting.pop(token, ()):
                self.line(*waiting)

    def end(self) -> None:
        """Count what still waits as unresolved."""
        self._tally.unresolved = sum(map(len, self._waiting.values()))

    def _learn(self, raw: bytes) -> tuple[str, ...]:
        try:
            data = decode(raw).data
        except DecodeError:
            return ()
        return self._links.apply(data) if isinstance(data, ReferenceData) else ()

    def _admitted(self, topic: str, at_ms: int, records: Sequence[tuple[bytes, bytes]]) -> None:
        stream = STREAM_TOPICS.get(topic)
        if stream is not None:
            self._tally.events[stream] += 1
            if at_ms >= self._clock_ms + HOUR_MS:
                self._tick(at_ms)
        for key, value in records:
            self._emit(key, value)

    def _tick(self, at_ms: int) -> None:
        self._clock_ms = at_ms
        tick = journal.Tick(wall_at_ms=self._wall_now_ms, input_at_ms=at_ms)
        self._emit(journal.TICK_KEY, journal.encode(tick))


def _head(raw: bytes) -> tuple[str, int]:
    """Return the topic where the record belongs, and its time.

    A clock record may stand on any stream's topic, and so may what nobody can read.
    """
    try:
        head = _decode_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _Head()
    return TOPIC_OF.get(head.type, STREAM), to_ms(
        head.time
    ) if head.time and head.time.tzinfo else 0
