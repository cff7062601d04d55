"""Who is the sequencer: the one that the group gives `compliance-actions` to, once it has fenced.

`compliance-actions` has one partition, so the group gives it to one worker, and that one reads all
of `decisions` by itself; other workers stand by. As everywhere the group only suggests: fencing
decides, and the checkpoint says where to go on.

Each turn reads, folds and commits, so between two turns nothing is unsaved.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import structlog

from stream import clock, metrics
from stream.compliance.fold import ACTIONS
from stream.journal.checkpoint import is_fence
from stream.journal.clients import named
from stream.journal.custody import kept
from stream.journal.errors import HoleError, JournalError
from stream.journal.fences import Fences
from stream.roles.compliance.sequencer import Read, Sequencer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from faust.types import TP

    from stream.compliance.fold import Feed
    from stream.journal.chunk import Chunk
    from stream.journal.partition import Message
    from stream.settings import Settings

log = structlog.get_logger()

IDLE_S: Final = 0.05


class SequencerCustody:
    """Owns the feed, or stands by.

    Args:
        settings: Which cluster, with which prefix.
        feed: Makes an empty feed.
        published: Told of what was written when its transaction is committed.
    """

    def __init__(
        self,
        settings: Settings,
        feed: Callable[[], Feed],
        published: Callable[[list[Message]], None],
    ) -> None:
        self._open = lambda: Sequencer(settings, feed())
        self._published = published
        self._topic = named(settings, ACTIONS)
        self._owned: Sequencer | None = None
        self._assigned: Set[TP] = frozenset()
        self._inbox: list[Read] = []
        self._received = -1
        self._generation = 0
        self._turning = asyncio.Lock()
        self._fences = Fences()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sequencer")

    def assigned(self, tps: Set[TP], generation: int) -> None:
        """Keep the feed if nobody else can have had it in between."""
        if not kept(tps, generation=generation, before=self._generation):
            self._drop()
        if generation != self._generation:
            self._fences.rebalanced()
        self._assigned, self._generation = tps, generation
        log.info("assigned", generation=generation, sequences=bool(tps))

    async def take_over(self, tps: Set[TP]) -> Mapping[TP, int | None]:
        """Become the sequencer, if the group says so."""
        async with self._turning:
            if tps and self._owned is None:
                await self._take()
            if self._owned is None:
                return {}
            self._inbox.clear()  # what was received and not folded comes again
            self._received = self._owned.reached() - 1
            return dict.fromkeys(tps, self._received)

    async def _take(self) -> None:
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            owned = await loop.run_in_executor(self._pool, self._open)
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - the broker's; the keeper tries again
            log.warning("takeover failed", error=repr(error))
            return
        metrics.TAKE_OVER_SECONDS.observe(time.monotonic() - began)
        log.info("took over", records=owned.feed.size)
        if self._assigned:
            self._owned = owned
        else:  # it went elsewhere meanwhile
            self._pool.submit(owned.close)

    def _drop(self) -> None:
        owned, self._owned = self._owned, None
        if owned is not None:
            self._pool.submit(owned.close)  # behind the read that may be going on

    @property
    def is_ours(self) -> bool:
        """Whether this process is the sequencer, as far as we know."""
        return self._owned is not None

    def holds(self, tp: TP) -> bool:
        """Return whether the feed is ours, as far as we know."""
        return tp.topic == self._topic and self._owned is not None

    def stopped(self, tp: TP) -> bool:  # noqa: ARG002 - nothing stops here
        """Return False."""
        return False

    def reached(self, tp: TP) -> int | None:
        """Return the offset after the last action done."""
        return self.committable(tp)

    def committable(self, tp: TP) -> int | None:
        """Return the offset after the last action done."""
        if not self.holds(tp) or self._owned is None:
            return None
        return self._owned.reached() or None

    async def receive(self, tp: TP, chunk: Chunk) -> None:  # noqa: ARG002 - there is one partition
        """Put actions aside for the next turn.

        Raises:
            HoleError: If actions before these have not been delivered.
        """
        if self._owned is None:
            return
        if chunk.after > self._received:
            raise HoleError(
                f"expected actions after {self._received}, got those after {chunk.after}"
            )
        self._inbox += [
            Read(ACTIONS, 0, each.offset, each.value or b"")
            for each in chunk
            if each.offset > self._received
        ]
        self._received = max(self._received, chunk.last)

    async def work(self, stopping: Callable[[], bool]) -> None:
        """Take one turn after the other while the feed is ours, until `stopping`.

        Raises:
            UsurpedError: In a row of fences, if another process runs under our name.
        """
        while not stopping():
            owned = self._owned
            if owned is None:
                await asyncio.sleep(IDLE_S)
                continue
            try:
                await self._turn(owned)
            except Exception as error:  # noqa: BLE001 - told apart below
                self._lost(owned, error)

    async def _turn(self, owned: Sequencer) -> None:
        loop = asyncio.get_running_loop()
        decisions = await loop.run_in_executor(self._pool, owned.read)
        async with self._turning:
            if self._owned is not owned:
                return
            records, self._inbox = [*self._inbox, *decisions], []
            batch = owned.fold(records, clock.now_ms())
            if batch:
                began = time.monotonic()
                owned.send(batch)
                await loop.run_in_executor(self._pool, owned.commit, batch)
                metrics.CHECKPOINT_SECONDS.observe(time.monotonic() - began)
                self._published(batch)
            owned.measure()

    def _lost(self, owned: Sequencer, error: Exception) -> None:
        """Give the feed up: it may or may not be written; the keeper takes it over again."""
        if self._owned is owned:
            self._drop()
        if isinstance(error, JournalError) and not is_fence(error):
            raise error
        if not is_fence(error):
            log.warning("checkpoint failed", error=repr(error))
            return
        log.warning("fenced", error=repr(error))
        metrics.FENCES.labels("0").inc()
        self._fences.note(0, time.monotonic())

    async def checkpoint_all(self) -> None:
        """Wait for the turn that is going on: after it everything is saved."""
        async with self._turning:
            pass
