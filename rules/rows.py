"""Rows: what one event put into the features, by which it can be taken out again.

A row is bytes, about ten for each feature that the event went into:

    msgpack [day, (short fingerprint, key, value), …]

It names features, not rules, so it outlives a change of the rule set: what was never put in is
never taken out, and of a feature that is gone there is nothing to take. The caller keeps rows
with the time of their event, for as long as the event can be corrected.

    take_back    an event was corrected or cancelled: as if it had never been put in
    as_of        the windows as they were at an instant: without what happened after it
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from rules.features import KIND, MARKS, SERIES, Row, Windows, drop_if_empty, shape_of, short
from rules.windows import LIFELONG, Past

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Any]).decode


class Put(NamedTuple):
    """One event that was put in: when it happened, and its row."""

    at_ms: int
    row: bytes


class _Part(NamedTuple):
    """What an event put into one feature."""

    number: int
    key: str
    day: int
    at_ms: int
    value: Any


def encode(day: int, row: Row) -> bytes:
    """Return the row of an event of a day as it is stored."""
    return bytes(_encode([day, *row]))


def features_of(row: bytes) -> dict[int, int]:
    """Return the earliest day of what a row put in, by the feature's short fingerprint."""
    found: dict[int, int] = {}
    for part in _parts(Put(0, row)):
        found[part.number] = min(part.day, found.get(part.number, part.day))
    return found


def take_back(windows: Windows, gone: Iterable[Put], rest: Iterable[Put]) -> None:
    """Take events out of the windows, which are then as if these had never come.

    Args:
        windows: Of their borrower; changed in place.
        gone: The events; each was put in, and is taken out once.
        rest: All others of the borrower that are remembered and are still in. Only extremes and
            ends read them, and only those of the same day or, of a lifetime, of settled days.
    """
    others = _Others(rest)
    for part, name, series in _found(windows, gone):
        kind = windows[name][KIND]
        past = Past(_slot(kind, part), part.at_ms, part.value)
        shape_of(kind).take(series, past, others.of(part.number, part.key, kind))
        drop_if_empty(windows, name, part.key)


def as_of(windows: Windows, later: Iterable[Put], rest: Iterable[Put]) -> Windows:
    """Return the windows without what happened after an instant; they share what is the same.

    Args:
        windows: Left as they are.
        later: The events after it.
        rest: All others that are remembered.
    """
    later = list(later)
    view = dict(windows)
    copied = set()
    for part, name, series in _found(windows, later):
        if view[name] is windows[name]:
            view[name] = list(windows[name])
            view[name][SERIES], view[name][MARKS] = (
                dict(view[name][SERIES]),
                dict(view[name][MARKS]),
            )
        if (name, part.key) not in copied:
            copied.add((name, part.key))
            view[name][SERIES][part.key] = _copied(series)
    take_back(view, later, rest)
    return view


def _found(windows: Windows, puts: Iterable[Put]) -> Iterator[tuple[_Part, str, Any]]:
    """Yield each part with the name of its feature and its series, where these are still there."""
    names = {short(name): name for name in windows}
    for part in _all(puts):
        name = names.get(part.number)
        state = windows.get(name) if name is not None else None
        series = state[SERIES].get(part.key) if state is not None else None
        if name is not None and series is not None:
            yield part, name, series


def _all(puts: Iterable[Put]) -> Iterator[_Part]:
    for put in puts:
        yield from _parts(put)


def _parts(put: Put) -> Iterator[_Part]:
    if put.row:
        day, *rest = _decode(put.row)
        for at in range(0, len(rest), 3):
            value, slot = rest[at + 2], day
            if isinstance(value, list):  # of a feature that is kept by a date of its own
                slot, value = value
            yield _Part(rest[at], rest[at + 1], slot, put.at_ms, value)


def _slot(kind: str, part: _Part) -> int:
    """Return the slot that a part was put into."""
    match kind.split():
        case ("hours", _) | (_, "streak"):
            return part.at_ms
        case ("lifetime", "tally" | "distinct"):
            return LIFELONG
        case _:
            return part.day


class _Others:
    """The parts of the events that stay, by feature and key; read when first asked for."""

    def __init__(self, rest: Iterable[Put]) -> None:
        self._by_series = cache(lambda: _sorted_out(rest))

    def of(self, number: int, key: str, kind: str) -> Callable[[], list[Past]]:
        """Return what gives the parts in one series."""
        return lambda: [
            Past(_slot(kind, part), part.at_ms, part.value)
            for part in self._by_series().get((number, key), ())
        ]


def _sorted_out(rest: Iterable[Put]) -> dict[tuple[int, str], list[_Part]]:
    found: dict[tuple[int, str], list[_Part]] = {}
    for part in _all(rest):
        found.setdefault((part.number, part.key), []).append(part)
    return found


def _copied(series: Any) -> Any:
    if isinstance(series, dict):
        return {key: _copied(each) for key, each in series.items()}
    return [_copied(each) for each in series] if isinstance(series, list) else series
