"""What a source says: one record, and how it stands in a file.

The simulator and the adapters make records; `write` puts them into a file of JSON Lines. The
file is in the order in which the records reach us, which for all but late and repeated ones is
the order of their times.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO, Final, NamedTuple

from schemas.envelope import TYPES, Body, ClockData, encode
from schemas.instants import wire

TYPE_OF: Final[dict[type[Body], str]] = {data_type: name for name, data_type in TYPES.items()}
"""The `type` of an envelope, by the class of its data."""


class Plain(NamedTuple):
    """A body of a type for which `schemas` has no class, as its fields stand in the file."""

    type: str
    fields: dict[str, Any]


class Record(NamedTuple):
    """One line to be.

    `at_ms` is the envelope's `time`: when it happened, in epoch milliseconds.
    """

    record_id: str
    source: str
    at_ms: int
    data: Body | Plain

    @property
    def type(self) -> str:
        """The envelope's `type`, such as `repayment.v1`."""
        data = self.data
        return data.type if isinstance(data, Plain) else TYPE_OF[type(data)]


def clock(source: str, at_ms: int) -> Record:
    """Return the record by which `source` says that it has sent all that came before `at_ms`.

    Examples:
        >>> clock("simulator", 0).record_id
        'clock-1970-01-01T00:00:00.000Z'
    """
    return Record(f"clock-{wire(at_ms)}", source, at_ms, ClockData())


def write(records: Iterable[Record], out: BinaryIO) -> Counter[str]:
    """Write `records` to `out`, a line each; return how many there were of each type."""
    written: Counter[str] = Counter()
    for record in records:
        name = record.type
        out.write(line(record, name))
        written[name] += 1
    return written


def line(record: Record, record_type: str) -> bytes:
    """Return `record` as one line of a file."""
    data = record.data
    return (
        encode(
            record_id=record.record_id,
            source=record.source,
            record_type=record_type,
            at_ms=record.at_ms,
            data=data.fields if isinstance(data, Plain) else data,
        )
        + b"\n"
    )
