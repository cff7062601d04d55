"""One partition while this worker owns it: taken in a thread, folded on the loop, saved by both.

`partition.py` is its memory, `checkpoint.py` its Kafka part; this puts them together.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Self

from stream import metrics
from stream.journal.checkpoint import Checkpoints
from stream.journal.partition import Partition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from stream.decide.outbox import Output
    from stream.journal.partition import Book
    from stream.settings import Settings

    Published = Callable[[Sequence[Output]], None]

CHECKPOINT_S: Final = 0.25
"""The longest that something applied waits for its checkpoint to begin."""


class Owned:
    """A partition, its checkpoints, and the lock that lets one checkpoint be written at a time."""

    def __init__(
        self, partition: Partition, checkpoints: Checkpoints, pool: Executor, published: Published
    ) -> None:
        self.partition = partition
        self._checkpoints = checkpoints
        self._pool = pool
        self._published = published
        self._saving = asyncio.Lock()
        self._began_s = 0.0

    @classmethod
    async def take(
        cls,
        settings: Settings,
        role: str,
        number: int,
        *,
        book: Callable[[int], Book],
        pool: Executor,
        published: Published,
    ) -> Self:
        """Fence former owners and read the last checkpoint.

        Args:
            settings: Which cluster, with which prefix.
            role: Begins the transactional id.
            number: The partition of the journal.
            book: Makes its empty book.
            pool: Threads for what blocks.
            published: Told of outputs when their transaction is committed.

        Raises:
            JournalLostError: If the journal does not go on where the checkpoint ends.
            KafkaException: If the broker does not do it in time.
        """

        def taken() -> tuple[Partition, Checkpoints]:
            checkpoints = Checkpoints(settings, f"{role}-{number}", number)
            checkpoints.fence()
            its_book = book(number)
            applied = checkpoints.restore(its_book)
            return Partition(settings, number, its_book, applied), checkpoints

        began = time.monotonic()
        partition, checkpoints = await asyncio.get_running_loop().run_in_executor(pool, taken)
        metrics.TAKE_OVER_SECONDS.observe(time.monotonic() - began)
        return cls(partition, checkpoints, pool, published)

    def wants_saving(self) -> bool:
        """Return whether a checkpoint should begin now."""
        if self._saving.locked() or self.partition.applied == self.partition.saved:
            return False
        return self.partition.due or time.monotonic() - self._began_s >= CHECKPOINT_S

    async def save(self) -> None:
        """Write a checkpoint of what is unsaved, after the one that is being written.

        Raises:
            FencedError, KafkaException: The checkpoint may or may not be written, and nothing
                can be saved here any more: drop it and take it over again.
        """
        async with self._saving:
            began = self._began_s = time.monotonic()
            try:
                snapshot = self.partition.snapshot()
                if snapshot is None:
                    return
                self._checkpoints.send(snapshot.messages)
                await asyncio.get_running_loop().run_in_executor(
                    self._pool, self._checkpoints.commit, snapshot.messages
                )
            except BaseException:
                self.partition.broken = True  # what the snapshot took out of it is gone
                raise
            self.partition.saved = snapshot.applied
            metrics.CHECKPOINT_SECONDS.observe(time.monotonic() - began)
            self._published(snapshot.outputs)

    def close(self) -> None:
        """Let go of the producer, in the pool: its end joins threads."""
        self._pool.submit(self._checkpoints.close)
