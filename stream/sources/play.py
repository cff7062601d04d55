"""Plays a file of envelopes on the input clock.

    references   are sent as they come, and acknowledged before the event that follows them
    events       wait until the input clock has reached their arrival, `observed_at` if the
                 source gives it, else `time`; one that is late is sent at once
    clock        records of the file go into every partition of the topics of the three
                 streams. Between them the player says for each source, as the input clock goes
                 on, what is true by then: all that came before has been sent. A last one
                 follows the last event, so that what waits for time to pass can happen.

Values are the bytes of the file, unchanged. A line that is no envelope ends the play with the
number of the line: what stands before it has been sent.

Nothing here knows Kafka, which is `sink.py`.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.envelope import DecodeError, Envelope, EventBody, decode
from schemas.instants import to_ms
from schemas.topics import STREAM_TOPICS
from stream.intake.keys import record_key
from stream.sources.pace import Pace
from stream.sources.records import clock, line
from stream.sources.routing import CLOCK_TYPE, REFERENCES, topic_of

LONGEST_NAP_S: Final = 0.1
"""How late a stop is heard, and an acknowledgement."""


class PlayError(ValueError):
    """A line that cannot be played; the text says which and why."""


class Sink(Protocol):
    """Where records go; topics are without prefix."""

    def send(self, topic: str, value: bytes, *, key: str, record_id: str) -> None:
        """Send one record to the partition of its key."""

    def send_everywhere(self, topic: str, value: bytes) -> None:
        """Send one record into every partition."""

    def wait(self, timeout_s: float) -> None:
        """Let so much time pass."""

    def flush(self) -> None:
        """Return when everything sent so far has been acknowledged."""


@dataclass(slots=True)
class Played:
    """What has been sent: records by topic, clock records apart, and the span of the events."""

    sent: Counter[str] = field(default_factory=Counter)
    clocks: int = 0
    first_ms: int | None = None
    last_ms: int | None = None


class Player:
    """Plays one file.

    Args:
        sink: Where the records go.
        pace: How fast.
        clocks: Whether clock records are sent at all.
        stop: Ends the play early when set.
    """

    def __init__(self, sink: Sink, pace: Pace, *, clocks: bool, stop: threading.Event) -> None:
        self.played = Played()
        self._sink = sink
        self._pace = pace
        self._clocks = clocks
        self._stop = stop
        self._unacknowledged = False
        self._told_ms: dict[str, int] = {}

    def play(self, lines: Iterable[bytes]) -> Played:
        """Play `lines` to the end, or until told to stop; return what has been sent.

        Raises:
            PlayError: If a line is no envelope.
        """
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                self._play(_read(raw, number), raw.rstrip(b"\r\n"))
            if self._stop.is_set():
                break
        else:
            self._end()
        self._sink.flush()
        return self.played

    def _play(self, envelope: Envelope, raw: bytes) -> None:
        topic = topic_of(envelope.type)
        if topic == REFERENCES:
            self._unacknowledged = True
            self._send(topic, envelope, raw)
            return
        if self._unacknowledged:
            self._sink.flush()
            self._unacknowledged = False
        self._advance(_arrival_ms(envelope))
        if self._stop.is_set():
            return
        if topic is None:
            self._tell(envelope.source, envelope.at_ms, raw)
        else:
            self._told_ms.setdefault(envelope.source, 0)
            self._send(topic, envelope, raw)

    def _send(self, topic: str, envelope: Envelope, raw: bytes) -> None:
        key = record_key(envelope.data)
        self._sink.send(topic, raw, key=key or "", record_id=envelope.id)
        self.played.sent[topic] += 1

    def _advance(self, arrival_ms: int) -> None:
        """Let the input clock go on to `arrival_ms`, with its records on the way."""
        now_ms = self.played.last_ms
        if now_ms is None:
            now_ms = self.played.first_ms = arrival_ms
        for mark_ms in self._pace.marks(now_ms, arrival_ms):
            self._wait(mark_ms)
            self._tell_all(mark_ms)
        self._wait(arrival_ms)
        self.played.last_ms = max(now_ms, arrival_ms)

    def _wait(self, input_ms: int) -> None:
        while (wait_s := self._pace.wait_s(input_ms)) > 0 and not self._stop.is_set():
            self._sink.wait(min(wait_s, LONGEST_NAP_S))

    def _end(self) -> None:
        if self.played.last_ms is not None:
            self._tell_all(self._pace.mark_after(self.played.last_ms))

    def _tell_all(self, at_ms: int) -> None:
        for source in () if self._stop.is_set() else tuple(self._told_ms):
            self._tell(source, at_ms, line(clock(source, at_ms), CLOCK_TYPE).rstrip())

    def _tell(self, source: str, at_ms: int, raw: bytes) -> None:
        if self._clocks and at_ms > self._told_ms.get(source, -1):
            self._told_ms[source] = at_ms
            for topic in STREAM_TOPICS:
                self._sink.send_everywhere(topic, raw)
            self.played.clocks += 1


def _read(raw: bytes, number: int) -> Envelope:
    try:
        return decode(raw)
    except DecodeError as error:
        raise PlayError(f"line {number}, {error.field_path}: {error}") from error


def _arrival_ms(envelope: Envelope) -> int:
    data = envelope.data
    if isinstance(data, EventBody) and data.observed_at is not None:
        return to_ms(data.observed_at)
    return envelope.at_ms
