"""One owned partition of the journal: its book, the offset applied, and what awaits saving.

In memory alone; `checkpoint.py` does the Kafka part. Chunks are folded on the event loop, one
record after the other; a snapshot takes what was decided and changed since the last one.

Invariants: a record is applied whole or not at all, in order, each once; a partition in which
anything went wrong is broken and never saved again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import orjson
import structlog

from schemas.topics import TOPICS
from stream import metrics
from stream.journal.clients import named
from stream.journal.errors import HoleError, JournalGapError
from stream.journal.reader import BROADCAST_KEYS, admits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream.decide.outbox import Output
    from stream.journal.chunk import Chunk, Record
    from stream.settings import Settings

log = structlog.get_logger()

APPLIED_KEY: Final = b"#applied"
FORMAT: Final = 1
STATE_TOPIC: Final = "journal-state"
DIRTY_BORROWERS: Final = 2_000
"""A checkpoint is due then: serialising more would hold the loop up too long."""
PILE: Final = 10 * DIRTY_BORROWERS
"""So much unsaved, and folding waits for the checkpoint."""
ANY_PARTITION: Final = -1
"""The producer places the message by its key (murmur2)."""


class Book(Protocol):
    """What is folded into: `stream.decide.book.Book`, or a test's toy."""

    def fold(self, key: bytes | None, value: bytes) -> list[Output]:
        """Fold one record; never raises on data."""

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the stored state."""

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return the state records changed since the last call."""

    @property
    def dirty(self) -> int:
        """Borrowers changed since `changes`."""

    @property
    def control_seq(self) -> int:
        """The last control record applied, -1 for none."""


class Message(NamedTuple):
    """One record of a checkpoint; `topic` is a full name."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None


class Snapshot(NamedTuple):
    """What one transaction writes: the outputs first, then the state that includes them."""

    applied: int
    outputs: list[Output]
    messages: list[Message]


class Partition:
    """One partition while it is ours.

    Args:
        settings: For the topics' names and partitions.
        number: Which partition of the journal.
        book: Restored to what `applied` says.
        applied: The offset of the last record in the book; -1 for none.
    """

    def __init__(self, settings: Settings, number: int, book: Book, applied: int = -1) -> None:
        self.number = number
        self.applied = self.saved = applied
        self.broken = False
        self.stopped: JournalGapError | None = None
        self._book = book
        self._outputs: list[Output] = []
        self._urgent = False
        self._topics = {t.name: named(settings, t.name) for t in TOPICS}
        self._by_key = {t.name for t in TOPICS if t.partitions is not None or t.by_key}

    def fold(self, chunk: Chunk) -> None:
        """Fold the chunk's records that are not applied yet.

        Raises:
            HoleError: If records before the chunk were not delivered.
        """
        if self.broken or self.stopped:
            return
        if chunk.after > self.applied:
            raise HoleError(
                f"partition {self.number}: applied up to {self.applied}, the next chunk follows"
                f" {chunk.after}"
            )
        new = [record for record in chunk if record.offset > self.applied]
        try:
            self._apply(new)
        except JournalGapError as gap:
            self.stopped = gap  # what came before it is whole and will be saved
            log.error("partition stopped", reason=str(gap))  # noqa: TRY400 - no traceback needed
        except BaseException:
            self.broken = True  # before it is raised: half a record must never be saved
            raise

    def _apply(self, records: Sequence[Record]) -> None:
        book, outputs = self._book, self._outputs
        for record in records:
            if record.key in BROADCAST_KEYS and not admits(record, book.control_seq):
                metrics.REFUSED_TICKS.inc()
            else:
                for output in book.fold(record.key, record.value or b""):
                    outputs.append(output)
                    self._urgent |= output.urgent
            self.applied = record.offset
        metrics.APPLIED.inc(len(records))

    @property
    def due(self) -> bool:
        """Whether a checkpoint must not wait for its time."""
        return self._urgent or self._book.dirty >= DIRTY_BORROWERS

    @property
    def piled_up(self) -> bool:
        """Whether so much is unsaved that folding should wait."""
        return self._book.dirty >= PILE or len(self._outputs) >= PILE

    def snapshot(self) -> Snapshot | None:
        """Return what is to be saved, None for nothing; it must then be saved, or all dropped."""
        if self.broken or self.applied == self.saved:
            return None
        outputs, self._outputs, self._urgent = self._outputs, [], False
        state, number = self._topics[STATE_TOPIC], self.number
        messages = [
            Message(self._topics[o.topic], self._place(o.topic), o.key, o.value) for o in outputs
        ]
        messages += [Message(state, number, key, value) for key, value in self._book.changes()]
        messages.append(Message(state, number, APPLIED_KEY, applied_record(self.applied)))
        return Snapshot(self.applied, outputs, messages)

    def _place(self, topic: str) -> int:
        """Return where a message goes: where its key says, else beside the journal."""
        return ANY_PARTITION if topic in self._by_key else self.number


def applied_record(offset: int) -> bytes:
    """Return the partition record of `journal-state`.

    >>> applied_record(41)
    b'{"applied":41,"format":1}'
    """
    return orjson.dumps({"applied": offset, "format": FORMAT})
