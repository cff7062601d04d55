"""Proves that nothing decided depends on what came later.

The file is cut at an instant t: every event that happened at t or later is thrown away, the rest
stays, with all that the feeds say of themselves, so that time goes on as in the whole. Then

    said before t       is the same in both, byte for byte
    stamped before t    but said later, by a timer that waited for its feeds: says the same

A timer is stamped with its deadline and fires when its feeds have passed that. What is said late
is told apart from what was said in time by three things that belong to when it was said and not
to what is said: the numbers that count decisions and tier changes, and how fresh the data was.
They are left out of the comparison of what was said late, and of nothing else.

A decision that is made of what came after t and dated back before it is found here. It would not
be counted with a lead that nobody had in any case: leads are counted from when it was said.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from schemas.control import ControlBody
from schemas.instants import parse, to_ms
from stream.decide import Output
from stream.evaluate.fold import Fold, Now, lines_of
from stream.replay.tally import Digest

PARTS: Final = 4
"""The file is cut after one, two and three fourths of its clock records."""

CLOCK: Final = "clock.v1"
EVENTS: Final = frozenset({"repayment.v1", "settlement.v1", "pos_clearing.v1"})

OF_THE_TELLING: Final = frozenset(
    {"decision_id", "ordinal", "change_id", "sequence_no", "data_freshness"}
)
"""What depends on when something is said."""


class ClocklessError(ValueError):
    """A file without clock records: nobody can say what was decided before an instant."""


class Cut(NamedTuple):
    """What was decided before an instant, as the whole file and the part up to it have it.

    `late` is how much of it the whole says only later.
    """

    at_ms: int
    of_whole: str
    of_part: str
    late: int

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
    """Digests the decisions that are stamped before an instant."""

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self._now = Now()
        self._in_time, self._late = Digest(), Digest()
        self.late = 0

    def take(self, value: bytes, outputs: list[Output]) -> None:
        """Take what came out of one journal record."""
        now_ms = self._now.at(Now.head(value))
        for output in outputs:
            if output.topic != "decisions" or parse(_decision(output.value).at) >= self._at_ms:
                continue
            if now_ms < self._at_ms:
                self._in_time.add(output.key, output.value)
            else:
                self.late += 1
                self._late.add(output.key, _untold(output.value))

    def hexdigest(self) -> str:
        """Return the digest of all of it."""
        return self._in_time.hexdigest() + self._late.hexdigest()


_head = msgspec.json.Decoder(_Head).decode
_decision = msgspec.json.Decoder(_Decision).decode


def _untold(value: bytes) -> bytes:
    """Return what a decision says, without what depends on when."""
    return msgspec.json.encode(_without(msgspec.json.decode(value)), order="sorted")


def _without(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: _without(of) for name, of in plain.items() if name not in OF_THE_TELLING}
    return [_without(each) for each in plain] if isinstance(plain, list) else plain


def cuts(
    path: Path,
    files: Mapping[str, str],
    *,
    wall_now_ms: int,
    controls: Sequence[ControlBody] = (),
) -> Iterator[Cut]:
    """Fold a file whole and in parts; yield what each part and the whole say of its past.

    Raises:
        ClocklessError: If the file has no clock records.
    """
    wholes = [Before(at_ms) for at_ms in _instants(path)]

    def take(value: bytes, outputs: list[Output]) -> None:
        for each in wholes:
            each.take(value, outputs)

    _fold(path, Fold(files, wall_now_ms=wall_now_ms, controls=controls, on_record=take), None)
    for at_ms, whole in zip(_instants(path), wholes, strict=True):
        part = Before(at_ms)
        fold = Fold(files, wall_now_ms=wall_now_ms, controls=controls, on_record=part.take)
        _fold(path, fold, at_ms)
        yield Cut(at_ms, whole.hexdigest(), part.hexdigest(), whole.late)


def _fold(path: Path, fold: Fold, until_ms: int | None) -> None:
    with path.open("rb") as file:
        lines = lines_of(file, path.name)
        fold.lines(each for each in lines if until_ms is None or not _is_later(each[1], until_ms))


def _is_later(line: bytes, at_ms: int) -> bool:
    """Whether a line is an event that happened at an instant or later."""
    try:
        head = _head(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    is_event = head.type in EVENTS and head.time is not None and head.time.tzinfo is not None
    return is_event and to_ms(head.time) >= at_ms  # type: ignore[arg-type]  # is no None here


def _instants(path: Path) -> list[int]:
    """Return where to cut: the instants of three of the clock records."""
    clocks = _clocks(path)
    if not clocks:
        raise ClocklessError(f"expected clock records in {path}, found none")
    return [clocks[len(clocks) * part // PARTS] for part in range(1, PARTS)]


def _clocks(path: Path) -> list[int]:
    """Return the times of the lines that are clock records."""
    found = []
    with path.open("rb") as file:
        for _, line in lines_of(file, path.name):
            if CLOCK.encode() in line:
                head = _head(line)
                if head.type == CLOCK and head.time and head.time.tzinfo:
                    found.append(to_ms(head.time))
    return found
