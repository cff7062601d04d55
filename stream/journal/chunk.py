"""Chunks: some hundred records of one partition, delivered as one Faust event.

Faust's cost of some 130-350 microseconds an event is paid once a chunk (faust.md 9). A chunk
knows which offset it follows, so that a hole in what was delivered is seen by whoever folds it,
and which seek it belongs to, so that what was fetched before a seek can be told from what came
after it (`transport.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import faust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK_RECORDS = 500
"""Most records in a chunk: at 60 microseconds a record the loop is busy for 30 ms."""


class Record(Protocol):
    """What is read of a Kafka record, whichever client brought it."""

    @property
    def topic(self) -> str:
        """Its topic's full name."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its place in the partition; places may be missing."""

    @property
    def timestamp(self) -> int:
        """Epoch ms: the broker's where the topic says LogAppendTime, else the producer's."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value; None is a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers."""


class Chunk(list[Record]):
    """Records of one partition, in order; never empty.

    Attributes:
        after: The offset that was delivered before the first record, or that was sought after.
        epoch: The number of the seek that it was fetched after.
    """

    __slots__ = ("after", "epoch")

    def __init__(self, records: Sequence[Record], *, after: int, epoch: int) -> None:
        super().__init__(records)
        self.after = after
        self.epoch = epoch

    @property
    def last(self) -> int:
        """The offset of the last record."""
        return self[-1].offset


def sliced(records: Sequence[Record], *, after: int, epoch: int) -> Iterator[Chunk]:
    """Yield the records in chunks, each saying which offset it follows."""
    for start in range(0, len(records), CHUNK_RECORDS):
        chunk = Chunk(records[start : start + CHUNK_RECORDS], after=after, epoch=epoch)
        yield chunk
        after = chunk.last


class Raw(faust.Schema[Any, Any]):
    """Hands a chunk on as it is: who folds it decodes each record, and cannot fail on one."""

    def loads_key(self, app: Any, message: Any, **_options: Any) -> Any:  # noqa: ARG002 - Faust's
        """Return the key: a chunk has none."""
        return message.key

    def loads_value(self, app: Any, message: Any, **_options: Any) -> Any:  # noqa: ARG002
        """Return the chunk."""
        return message.value
