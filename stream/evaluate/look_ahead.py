"""Proves that nothing decided depends on what came later.

The file is cut behind a clock record of the time t and the rest thrown away. What the part says
was decided before t must be, byte for byte, what the whole says was decided before t. A decision
that is made later and dated back would be counted with a lead that nobody had: it is found here.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from schemas.instants import parse, to_ms
from stream.decide import Output
from stream.evaluate.fold import Fold, lines_of
from stream.replay.tally import Digest

PARTS: Final = 4
"""The file is cut after one, two and three fourths of its clock records."""

CLOCK: Final = "clock.v1"


class ClocklessError(ValueError):
    """A file without clock records: nobody can say what was decided before an instant."""


class Cut(NamedTuple):
    """What was decided before an instant, as the whole file and the part up to it have it."""

    at_ms: int
    of_whole: str
    of_part: str

    @property
    def looks_ahead(self) -> bool:
        """Whether what came later changed what had been decided."""
        return self.of_whole != self.of_part


class _Head(msgspec.Struct):
    type: str = ""
    time: datetime | None = None


class _Decision(msgspec.Struct):
    at: str


class Before:
    """Digests the decisions dated before an instant."""

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self.digest = Digest()

    def take(self, _value: bytes, outputs: list[Output]) -> None:
        """Take what came out of one journal record."""
        for output in outputs:
            if output.topic == "decisions" and parse(_decision(output.value).at) < self._at_ms:
                self.digest.add(output.key, output.value)


_head = msgspec.json.Decoder(_Head).decode
_decision = msgspec.json.Decoder(_Decision).decode


def cuts(path: Path, files: Mapping[str, str], *, wall_now_ms: int) -> Iterator[Cut]:
    """Fold a file whole and in parts; yield what each part and the whole say of its past.

    Raises:
        ClocklessError: If the file has no clock records.
    """
    places = _places(path)
    wholes = [Before(at_ms) for at_ms, _ in places]

    def take(value: bytes, outputs: list[Output]) -> None:
        for each in wholes:
            each.take(value, outputs)

    _fold(path, Fold(files, wall_now_ms=wall_now_ms, on_record=take), None)
    for (at_ms, count), whole in zip(places, wholes, strict=True):
        part = Before(at_ms)
        _fold(path, Fold(files, wall_now_ms=wall_now_ms, on_record=part.take), count)
        yield Cut(at_ms, whole.digest.hexdigest(), part.digest.hexdigest())


def _fold(path: Path, fold: Fold, count: int | None) -> None:
    with path.open("rb") as file:
        fold.lines(islice(lines_of(file, path.name), count))


def _places(path: Path) -> list[tuple[int, int]]:
    """Return where to cut: the instant, and the number of lines before the cut.

    Where several sources say the same time one after the other, the cut is behind all of them.
    """
    clocks = _clocks(path)
    if not clocks:
        raise ClocklessError(f"expected clock records in {path}, found none")
    found = []
    for part in range(1, PARTS):
        index = len(clocks) * part // PARTS
        at_ms, _ = clocks[index]
        while index + 1 < len(clocks) and clocks[index + 1][0] <= at_ms:
            index += 1
        found.append((at_ms, clocks[index][1]))
    return found


def _clocks(path: Path) -> list[tuple[int, int]]:
    """Return time and number, from 1, of the lines that are clock records."""
    found = []
    with path.open("rb") as file:
        for number, (_, line) in enumerate(lines_of(file, path.name), start=1):
            if CLOCK.encode() in line:
                head = _head(line)
                if head.type == CLOCK and head.time and head.time.tzinfo:
                    found.append((to_ms(head.time), number))
    return found
