"""The monitor's custody: which partitions of the journal this worker owns.

The group suggests, fencing decides, the checkpoint says where to read. A partition's memory is
kept over a rebalance only if nobody else can have owned it in between; else it is dropped, and
taken over anew if it comes back. A worker that is fenced drops the partition and goes on: no
exit needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from stream import metrics
from stream.journal.checkpoint import is_fence
from stream.journal.custody import kept
from stream.journal.errors import JournalError
from stream.journal.fences import Fences
from stream.journal.owned import Owned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set

    from faust.types import TP

    from stream.journal.chunk import Chunk
    from stream.journal.owned import Published
    from stream.journal.partition import Book
    from stream.settings import Settings

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.05
REVOCATION_S: Final = 10.0
"""How long a rebalance waits for the last checkpoints: half of what the group allows."""


class CheckpointCustody:
    """The journal's partitions of one worker.

    Args:
        settings: Which cluster, with which prefix.
        role: Begins the transactional ids; the same for all workers that may take over.
        book: Makes the empty book of a partition.
        published: Told of outputs when their transaction is committed.
    """

    def __init__(
        self,
        settings: Settings,
        role: str,
        book: Callable[[int], Book],
        published: Published = lambda _outputs: None,
    ) -> None:
        self._owned: dict[TP, Owned] = {}
        self._assigned: Set[TP] = frozenset()
        self._taking: dict[TP, asyncio.Task[None]] = {}
        self._generation = 0
        self._fences = Fences()
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="checkpoint")
        self._open = partial(
            Owned.take, settings, role, book=book, pool=self._pool, published=published
        )
        self._due = asyncio.Event()

    def assigned(self, tps: Set[TP], generation: int) -> None:
        """Keep what we held in the generation just before; everything else is void."""
        keep = kept(tps, generation=generation, before=self._generation)
        for tp in self._owned.keys() - keep:
            self._owned.pop(tp).close()
        if generation != self._generation:
            self._fences.rebalanced()
        self._assigned, self._generation = tps, generation
        log.info(
            "assigned",
            generation=generation,
            partitions=sorted(tp.partition for tp in tps),
            kept=sorted(tp.partition for tp in self._owned),
        )

    async def take_over(self, tps: Set[TP]) -> Mapping[TP, int | None]:
        """Take what is not ours yet; what cannot be taken now is left out."""
        for tp in tps - self._owned.keys() - self._taking.keys():
            self._taking[tp] = asyncio.create_task(self._take(tp))
        # One that is going on in its thread outlives a caller who gave up: it is shared.
        if tasks := [task for tp, task in self._taking.items() if tp in tps]:
            _raise_first((await asyncio.wait(tasks))[0])
            gc.collect()
            gc.freeze()  # states live long, and Faust collects garbage in every rebalance
        return {tp: self._owned[tp].partition.applied for tp in tps if tp in self._owned}

    async def _take(self, tp: TP) -> None:
        number = tp.partition
        try:
            owned = await self._open(number)
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - the broker's; the keeper tries again
            log.warning("takeover failed", partition=number, error=repr(error))
            return
        finally:
            del self._taking[tp]
        log.info("took over", partition=number, applied=owned.partition.applied)
        if tp in self._assigned:
            self._owned[tp] = owned
        else:  # it went elsewhere meanwhile
            owned.close()

    def holds(self, tp: TP) -> bool:
        """Return whether the partition is ours, as far as we know."""
        return tp in self._owned

    def stopped(self, tp: TP) -> bool:
        """Return whether the partition stands still for a gap in the control records."""
        owned = self._owned.get(tp)
        return owned is not None and owned.partition.stopped is not None

    def committable(self, tp: TP) -> int | None:
        """Return the offset after the last checkpoint."""
        owned = self._owned.get(tp)
        return None if owned is None or owned.partition.saved < 0 else owned.partition.saved + 1

    def reached(self, tp: TP) -> int | None:
        """Return the offset after the last checkpoint."""
        return self.committable(tp)

    async def receive(self, tp: TP, chunk: Chunk) -> None:
        """Fold a chunk if the partition is ours; wait while too much is unsaved.

        Raises:
            HoleError: If records before it have not been delivered.
        """
        if (owned := self._owned.get(tp)) is None:
            return
        owned.partition.fold(chunk)
        if owned.partition.due:
            self._due.set()
        if owned.partition.piled_up:
            await self._save(tp)

    async def save_regularly(self, stopping: Callable[[], bool]) -> None:
        """Write checkpoints as they are wanted, until `stopping`.

        Raises:
            UsurpedError: In a group, if another process runs under our name.
        """
        async with asyncio.TaskGroup() as saving:
            while not stopping():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), LOOK_EVERY_S)
                self._due.clear()
                for tp in [tp for tp, owned in self._owned.items() if owned.wants_saving()]:
                    saving.create_task(self._save(tp))

    async def checkpoint_all(self) -> None:
        """Save everything, for as long as a rebalance can wait."""
        if tasks := [asyncio.create_task(self._save(tp)) for tp in self._owned]:
            done, late = await asyncio.wait(tasks, timeout=REVOCATION_S)
            _raise_first(done)
            if late:
                log.warning("went on without the last checkpoint", partitions=len(late))

    async def _save(self, tp: TP) -> None:
        if (owned := self._owned.get(tp)) is None:
            return
        try:
            await owned.save()
        except BaseException as error:
            if self._owned.get(tp) is owned:
                del self._owned[tp]
            owned.close()
            if not isinstance(error, Exception):
                raise
            self._lost(tp, error)

    def _lost(self, tp: TP, error: Exception) -> None:
        """Report a lost partition; the keeper takes it over again, if it is still assigned.

        Raises:
            UsurpedError: If this happens over and over without a rebalance.
        """
        if not is_fence(error):
            log.warning("checkpoint failed", partition=tp.partition, error=repr(error))
            return
        log.warning("fenced", partition=tp.partition, error=repr(error))
        metrics.FENCES.labels(str(tp.partition)).inc()
        self._fences.note(tp.partition, time.monotonic())


def _raise_first(done: Iterable[asyncio.Task[None]]) -> None:
    """Raise what a task raised, if any did; look at all, for asyncio complains of the unseen."""
    if errors := [error for task in done if (error := task.exception())]:
        raise errors[0]
