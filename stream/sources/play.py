"""Plays a file of envelopes on the input clock.

    references   are sent as they come, and acknowledged before the event that follows them
    events       wait until the input clock has reached their arrival, `observed_at` if the
                 source gives it, else `time`; one that is late is sent at once
    clock        records of the file go into every partition of the topics of the three
                 streams. Between them the player says for each source, as the input clock goes
                 on, what is true by then: all that came before has been sent. A last one
                 follows the last event, so that what waits for time to pass can happen.
    feeds        a heartbeat or a closed date of the file goes into every partition of the
                 topic of its stream, at its time
    all else     is sent at once and counted: ingest will say what is wrong with it

Values are the bytes of the file, unchanged. Nothing here knows Kafka, which is `sink.py`.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.envelope import Envelope
from schemas.instants import wire
from schemas.topics import STREAM_TOPICS
from stream.intake.keys import feed_topics
from stream.sources.pace import Pace
from stream.sources.records import clock, line
from stream.sources.routing import CLOCK_TYPE, REFERENCES, Routed, arrival_ms, route

LATEST_MS: Final = 253_402_300_799_999
"""The end of the year 9999."""

LONGEST_NAP_S: Final = 0.1
"""How late a stop is heard, and an acknowledgement."""


class Sink(Protocol):
    """Where records go; topics are without prefix."""

    def send(self, topic: str, value: bytes, *, key: str | None, record_id: str) -> None:
        """Send one record to the partition of its key, to any if it has none."""

    def send_everywhere(self, topic: str, value: bytes) -> None:
        """Send one record into every partition."""

    def wait(self, timeout_s: float) -> None:
        """Let so much time pass."""

    def flush(self) -> None:
        """Return when everything sent so far has been acknowledged."""


@dataclass(slots=True)
class Played:
    """What has been sent.

    Attributes:
        sent: Records by topic, clock records apart.
        clocks: Clock records, each counted once and not for each partition.
        promises: Heartbeats and closed dates, likewise.
        unreadable: How many of those sent nobody can take: no envelopes, or of the far future.
        first_problem: What is wrong with the first of them, and on which line.
        first_ms: When the play began on the input clock; None before the first event.
        last_ms: How far it has come.
    """

    sent: Counter[str] = field(default_factory=Counter)
    clocks: int = 0
    promises: int = 0
    unreadable: int = 0
    first_problem: str = ""
    first_ms: int | None = None
    last_ms: int | None = None


class Player:
    """Plays one file.

    Args:
        sink: Where the records go.
        pace: How fast.
        clocks: Whether clock records are sent at all.
        stop: Ends the play early when set.
        latest_ms: No record drives the input clock beyond this. What is of a later time is sent
            at once: it will be a dead letter, and the clock must not follow it.
    """

    def __init__(
        self,
        sink: Sink,
        pace: Pace,
        *,
        clocks: bool,
        stop: threading.Event,
        latest_ms: int = LATEST_MS,
    ) -> None:
        self.played = Played()
        self._sink = sink
        self._pace = pace
        self._clocks = clocks
        self._stop = stop
        self._latest_ms = latest_ms
        self._unacknowledged = False
        self._told_ms: dict[str, int] = {}

    def play(self, lines: Iterable[bytes]) -> Played:
        """Play `lines` to the end, or until told to stop; return what has been sent."""
        for number, raw in enumerate(lines, start=1):
            if self._stop.is_set():
                break
            if raw.strip():
                self._play(number, raw.rstrip(b"\r\n"))
        if not self._stop.is_set() and self.played.last_ms is not None:
            self._tell_all(self._pace.mark_after(self.played.last_ms))
        self._sink.flush()
        return self.played

    def _play(self, number: int, raw: bytes) -> None:
        routed = route(raw)
        envelope = routed.envelope
        if envelope is None:
            self._note(number, routed.problem)
            self._send(routed, raw)
        elif arrival_ms(envelope) > self._latest_ms:
            self._note(number, f"expected no time after {wire(self._latest_ms)}")
            self._send(routed, raw)
        elif routed.topic == REFERENCES:
            self._unacknowledged = True
            self._send(routed, raw)
        else:
            self._play_in_time(routed, envelope, raw)

    def _play_in_time(self, routed: Routed, envelope: Envelope, raw: bytes) -> None:
        if self._unacknowledged:
            self._sink.flush()
            self._unacknowledged = False
        self._advance(arrival_ms(envelope))
        if self._stop.is_set():
            return
        if envelope.type == CLOCK_TYPE:
            self._tell(envelope.source, envelope.at_ms, raw)
        elif topics := feed_topics(envelope.data):
            for topic in topics:
                self._sink.send_everywhere(topic, raw)
            self.played.promises += 1
        else:
            self._told_ms.setdefault(envelope.source, 0)
            self._send(routed, raw)

    def _send(self, routed: Routed, raw: bytes) -> None:
        self._sink.send(routed.topic, raw, key=routed.key, record_id=routed.record_id)
        self.played.sent[routed.topic] += 1

    def _note(self, number: int, problem: str) -> None:
        self.played.unreadable += 1
        self.played.first_problem = self.played.first_problem or f"line {number}, {problem}"

    def _advance(self, to_ms: int) -> None:
        """Let the input clock go on to `to_ms`, with its records on the way."""
        now_ms = self.played.last_ms
        if now_ms is None:
            now_ms = self.played.first_ms = to_ms
        for mark_ms in self._pace.marks(now_ms, to_ms):
            self._wait(mark_ms)
            self._tell_all(mark_ms)
        self._wait(to_ms)
        self.played.last_ms = max(now_ms, to_ms)

    def _wait(self, input_ms: int) -> None:
        while (wait_s := self._pace.wait_s(input_ms)) > 0 and not self._stop.is_set():
            self._sink.wait(min(wait_s, LONGEST_NAP_S))

    def _tell_all(self, at_ms: int) -> None:
        for source in () if self._stop.is_set() else tuple(self._told_ms):
            self._tell(source, at_ms, line(clock(source, at_ms), CLOCK_TYPE).rstrip())

    def _tell(self, source: str, at_ms: int, raw: bytes) -> None:
        if self._clocks and at_ms > self._told_ms.get(source, -1):
            self._told_ms[source] = at_ms
            for topic in STREAM_TOPICS:
                self._sink.send_everywhere(topic, raw)
            self.played.clocks += 1
