"""Folds a file of envelopes with a rule set, live on the input clock from its first line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

from schemas.control import Clock, GoLiveBody, RuleSetBody
from schemas.dead_letter import Origin
from schemas.signing import Trust
from stream.decide import Book, Output
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.replay.trial import Trial

OnRecord = Callable[[bytes, list[Output]], None]


class Fold:
    """One fold of one file, line by line.

    Args:
        files: The rule files, by name.
        wall_now_ms: The wall clock, against which times in the future are judged.
        on_record: Is given each journal record and what came out of it.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        *,
        wall_now_ms: int,
        on_record: OnRecord = lambda _value, _outputs: None,
    ) -> None:
        trial = Trial()
        self._book = Book(trial.trust(Trust()), speaks=True)
        self._on_record = on_record
        self.tally = Tally()
        self._journal = FileJournal(self._fold, self.tally, wall_now_ms=wall_now_ms)
        self._journal.control(trial.signed(RuleSetBody(files=dict(files))))
        self._journal.control(trial.signed(GoLiveBody(clock=Clock.INPUT)))

    def lines(self, lines: Iterable[tuple[Origin, bytes]]) -> None:
        """Fold these lines."""
        for origin, line in lines:
            self._journal.line(line, origin)

    def _fold(self, key: bytes, value: bytes) -> None:
        outputs = self._book.fold(key, value)
        self.tally.take(outputs)
        self._on_record(value, outputs)


def lines_of(file: BinaryIO, name: str) -> Iterator[tuple[Origin, bytes]]:
    """Yield the lines of a file, with where they stand."""
    for number, line in enumerate(file):
        if line.strip():
            yield Origin(topic=name, partition=0, offset=number), line.rstrip(b"\r\n")
