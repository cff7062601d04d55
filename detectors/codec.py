"""The flat record of one borrower and one detector: bytes in, bytes out.

A `Layout` declares the fields once; from that come size, packing, unpacking and the checks.
A record is four bytes of header and then one equal slot for each stream (or one in all):

    magic 0xD7 | tag | version | number of slots || slot | slot | ...

Numbers are little-endian, without padding. Memory holds these bytes and the checkpoint stores
them, so a take-over in mid-stream goes on with exactly the same numbers (architecture.md 3).

Invariants: a record of another detector, version or length, or with a number out of its range
(NaN and infinity are out of every range) raises `RecordError` at `read` and is never half read.
Checked is what is read, since that is where bytes from elsewhere come in; `write` trusts its
caller, and what a faulty detector writes is refused at its next read. Never pickle: reading a
record runs no code.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import le
from typing import Any, Literal, NamedTuple, NoReturn

MAGIC = 0xD7
HEADER = struct.Struct("<BBBB")
_STRUCT_CODE = {"f8": "d", "f4": "f", "u4": "I", "u2": "H"}
_MOST = {
    "f8": 1.7976931348623157e308,
    "f4": 3.4028234663852886e38,
    "u4": 2**32 - 1,
    "u2": 2**16 - 1,
}
_WHOLE = ("u4", "u2")
_TOGETHER = 4
"""So many fields of one range are faster checked together."""


class RecordError(ValueError):
    """A record that cannot be trusted; rebuild it from the prior.

    Attributes:
        reason: `length`, `header`, `version` or `value`: for the counter.
    """

    def __init__(self, reason: Literal["length", "header", "version", "value"], message: str):
        super().__init__(message)
        self.reason = reason


class Field(NamedTuple):
    """One number of a slot.

    Attributes:
        name: For messages and readers.
        format: `f8` a double, `f4` a single, `u4` and `u2` unsigned integers.
        least: The smallest value that may stand there.
        most: The largest; by default the largest finite value of the format.
    """

    name: str
    format: Literal["f8", "f4", "u4", "u2"]
    least: float = 0.0
    most: float | None = None

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value that may stand there."""
        return self.least, _MOST[self.format] if self.most is None else self.most

    @property
    def is_open(self) -> bool:
        """Whether its format alone keeps it in its range: of these bytes, whatever they are."""
        least, most = self.range
        return self.format in _WHOLE and least <= 0 and most >= _MOST[self.format]


class Layout:
    """The form of a detector's records.

    Args:
        tag: A number from 1 to 255 that no other detector has.
        version: From 1 to 255; raised when the fields or their meaning change.
        slots: The names of the slots, in order.
        fields: The fields of every slot, in order.

    Examples:
        >>> layout = Layout(tag=9, version=1, slots=("a", "b"), fields=(Field("n", "u4"),))
        >>> row = layout.pack({"a": (7,), "b": (8,)})
        >>> len(row) == layout.size == 4 + 2 * 4
        True
        >>> layout.read(layout.write(row, "b", (9,)), "b")
        (9,)
        >>> layout.read(row[:-1], "a")
        Traceback (most recent call last):
        detectors.codec.RecordError: expected a record of 12 bytes, got 11
    """

    def __init__(
        self, *, tag: int, version: int, slots: Sequence[str], fields: Sequence[Field]
    ) -> None:
        self._names = tuple(f.name for f in fields)
        self._version = version
        self._header = HEADER.pack(MAGIC, tag, version, len(slots))
        self._slot = struct.Struct("<" + "".join(_STRUCT_CODE[f.format] for f in fields))
        starts = range(HEADER.size, HEADER.size + len(slots) * self._slot.size, self._slot.size)
        self._spans = {
            slot: (start, start + self._slot.size)
            for slot, start in zip(slots, starts, strict=True)
        }
        self._least, self._most = zip(*(f.range for f in fields), strict=True)
        runs = [*_runs(fields)]
        self._alone = tuple(
            (place, least, most)
            for places, least, most in runs
            if not _is_together(places, least)
            for place in places
        )
        self._together = tuple(
            (slice(places.start, places.stop), least, most)
            for places, least, most in runs
            if _is_together(places, least)
        )
        self.size = HEADER.size + len(slots) * self._slot.size
        self._last: tuple[bytes, str, tuple[Any, ...]] = (b"", "", ())

    def pack(self, values: Mapping[str, Sequence[float]]) -> bytes:
        """Return a record with these values, one sequence for each slot.

        Raises:
            RecordError: If a value is out of its field's range.
        """
        row = self._header + bytes(self.size - HEADER.size)
        for slot in self._spans:
            self._check_values(values[slot])
            row = self.write(row, slot, values[slot])
        return row

    def read(self, row: bytes, slot: str) -> tuple[Any, ...]:
        """Return the values of one slot: of `u4` and `u2` whole numbers, else floats.

        Raises:
            RecordError: If the record is not of this layout, or a value is out of range.
        """
        last = self._last
        if row is last[0] and slot == last[1]:
            return last[2]  # learning reads what scoring has just checked
        if len(row) != self.size or not row.startswith(self._header):
            self._refuse(row)
        values = self._slot.unpack_from(row, self._spans[slot][0])
        for place, least, most in self._alone:
            if not least <= values[place] <= most:
                self._check_values(values)
        for places, least, most in self._together:
            run = values[places]
            # None is below 0: a sum that is in range leaves no single one out of it, nor NaN.
            if min(run) < least or not sum(run) <= most:
                self._check_values(values)
        self._last = row, slot, values
        return values

    def write(self, row: bytes, slot: str, values: Sequence[float]) -> bytes:
        """Return `row`, which was read with this layout, with other values in one slot."""
        start, stop = self._spans[slot]
        return row[:start] + self._slot.pack(*values) + row[stop:]

    def _refuse(self, row: bytes) -> NoReturn:
        if len(row) != self.size:
            raise RecordError("length", f"expected a record of {self.size} bytes, got {len(row)}")
        if row[:2] == self._header[:2] and row[2] != self._version:
            raise RecordError("version", f"expected version {self._version}, got {row[2]}")
        raise RecordError("header", f"expected a header {self._header.hex()}, got {row[:4].hex()}")

    def _check_values(self, values: Sequence[float]) -> None:
        if all(map(le, self._least, values)) and all(map(le, values, self._most)):
            return
        for name, least, value, most in zip(
            self._names, self._least, values, self._most, strict=True
        ):
            if not least <= value <= most:
                raise RecordError(
                    "value", f"expected `{name}` in [{least:g}, {most:g}], got {value}"
                )


def _runs(fields: Sequence[Field]) -> Iterator[tuple[range, float, float]]:
    """Yield the places of neighbours of one range, without those whose bytes are always in it."""
    start = 0
    for (least, most, is_open), neighbours in groupby(fields, key=lambda f: (*f.range, f.is_open)):
        stop = start + len([*neighbours])
        if not is_open:
            yield range(start, stop), least, most
        start = stop


def _is_together(places: range, least: float) -> bool:
    return len(places) >= _TOGETHER and least >= 0
