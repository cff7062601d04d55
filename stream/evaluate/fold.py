"""Folds a file of envelopes with a rule set, live on the input clock from its first line.

Crossing's answers are in their place. What governs beside the rules, the feeds that are to be
missed and the calendar, is put in force before the first line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, Final

import msgspec

from schemas.control import Clock, ControlBody, GoLiveBody, RuleSetBody
from schemas.dead_letter import Origin
from schemas.signing import Trust
from stream.decide import Book, Output
from stream.replay.crossed import Crossed
from stream.replay.files import FileJournal
from stream.replay.tally import Report, Tally
from stream.replay.trial import Trial

OnRecord = Callable[[bytes, list[Output]], None]
NOBODY: Final = Trust()


class Fold:
    """One fold of one file, line by line.

    Args:
        files: The rule files, by name.
        wall_now_ms: The wall clock, against which times in the future are judged.
        controls: What else governs.
        trust: Whose signatures count beside: those of operators.
        live: Whether it is live from its first line; else until `go_live` all is history.
        on_record: Is given each journal record of the file and what came out of it, and of
            crossing's answers to it.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        *,
        wall_now_ms: int,
        controls: Iterable[ControlBody] = (),
        trust: Trust = NOBODY,
        live: bool = True,
        on_record: OnRecord = lambda _value, _outputs: None,
    ) -> None:
        self._trial = Trial()
        self._book = Book(self._trial.trust(trust), speaks=True)
        self._crossed = Crossed(self._book, self._take)
        self._on_record = on_record
        self._outputs: list[Output] = []
        self.tally = Tally()
        self._journal = FileJournal(self._fold, self.tally, wall_now_ms=wall_now_ms)
        for body in (RuleSetBody(files=dict(files)), *controls):
            self._journal.control(self._trial.signed(body))
        if live:
            self.go_live()

    def go_live(self) -> None:
        """End the history: what is said from here on counts."""
        self._journal.control(self._trial.signed(GoLiveBody(clock=Clock.INPUT)))

    def lines(self, lines: Iterable[tuple[Origin, bytes]]) -> None:
        """Fold these lines."""
        for origin, line in lines:
            self._journal.line(line, origin)

    def said(self, topic: str, raw: bytes, origin: Origin) -> None:
        """Fold one record that is no line of the file: an action, a permit, an outcome."""
        self._journal.said(topic, raw, origin)

    def report(self) -> Report:
        """Return the counts so far."""
        return self.tally.report([self._book])

    def _fold(self, key: bytes, value: bytes) -> None:
        self._outputs = []
        self._crossed.fold(key, value)
        self._on_record(value, self._outputs)

    def _take(self, outputs: list[Output]) -> None:
        self.tally.take(outputs)
        self._outputs += outputs


class Head(msgspec.Struct):
    """What is needed of a journal record to know whose it is and what time it brings.

    Attributes:
        kind: Its tag.
        borrower_id: Whose, if anybody's.
        event_at_ms: When it happened, of an event.
        observed_at_ms: When its source knew it, if it says so.
        input_at_ms: Of a tick.
    """

    kind: str
    borrower_id: str = ""
    event_at_ms: int = 0
    observed_at_ms: int | None = None
    input_at_ms: int | None = None

    @property
    def at_ms(self) -> int:
        """When it came, on the input clock; 0 if it says no time."""
        if self.input_at_ms is not None:
            return self.input_at_ms
        return self.event_at_ms if self.observed_at_ms is None else self.observed_at_ms


_head = msgspec.json.Decoder(Head).decode


class Now:
    """The time of a fold: when something was *said*, whatever instant it is stamped with.

    A timer is stamped with its deadline, and fires when its feeds have passed that: at the next
    tick, or days later if one of them was dead. Nobody had the warning before it was said.
    """

    def __init__(self) -> None:
        self._tick_ms = 0

    def at(self, head: Head) -> int:
        """Return the time as a record is folded; records are to be given in order."""
        if head.input_at_ms is not None:
            self._tick_ms = max(self._tick_ms, head.input_at_ms)
        return max(self._tick_ms, head.at_ms)

    @staticmethod
    def head(value: bytes) -> Head:
        """Read the head of a journal record."""
        return _head(value)


def lines_of(file: BinaryIO, name: str) -> Iterator[tuple[Origin, bytes]]:
    """Yield the lines of a file, with where they stand."""
    for number, line in enumerate(file):
        if line.strip():
            yield Origin(topic=name, partition=0, offset=number), line.rstrip(b"\r\n")
