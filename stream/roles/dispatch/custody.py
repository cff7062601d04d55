"""Dispatch's custody: which partitions of the triggers this process may grant permits of.

As with the monitor the group suggests and fencing decides (`stream.journal.owner`): a process that
was away finds its commit refused, so it can never grant what its heir may have granted. Memory is
kept over a rebalance only if nobody else can have held the partition in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import structlog

from stream import clock, metrics
from stream.journal.checkpoint import is_fence
from stream.journal.custody import kept
from stream.journal.errors import UsurpedError
from stream.journal.fences import Fences
from stream.roles.dispatch.held import Held
from stream.roles.dispatch.visible import Visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    from faust.types import TP

    from stream.journal.chunk import Chunk
    from stream.roles.dispatch.pusher import Pusher
    from stream.settings import Settings

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.5


class GateCustody:
    """The partitions that this process holds; all of it on the event loop.

    Args:
        settings: Which cluster, with which prefix.
        pusher: Pushes triggers to executors, and says how far that has come.
    """

    def __init__(self, settings: Settings, pusher: Pusher) -> None:
        self._settings, self._pusher = settings, pusher
        self._visible = Visible(settings)
        self._held: dict[TP, Held] = {}
        self._assigned: Set[TP] = frozenset()
        self._taking: dict[TP, asyncio.Task[None]] = {}
        self._generation = 0
        self._fences = Fences()
        self._usurped: UsurpedError | None = None
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="take-over")

    @property
    def held(self) -> Iterable[Held]:
        """The partitions that permits can be granted of here."""
        return self._held.values()

    @property
    def holds_all(self) -> bool:
        """Whether there is no partition that another process may hold."""
        return len(self._held) == self._settings.partitions

    def numbered(self, number: int) -> Held | None:
        """Return the partition with this number, if it is held here."""
        return next((each for each in self.held if each.number == number), None)

    def assigned(self, tps: Set[TP], generation: int) -> None:
        """Keep what we held in the generation just before; everything else is void."""
        keep = kept(tps, generation=generation, before=self._generation)
        for tp in self._held.keys() - keep:
            self._drop(tp)
        if generation != self._generation:
            self._fences.rebalanced()
        self._assigned, self._generation = tps, generation
        log.info("assigned", generation=generation, partitions=sorted(t.partition for t in tps))

    async def take_over(self, tps: Set[TP]) -> Mapping[TP, int | None]:
        """Take what is not ours yet; what cannot be taken now is left out."""
        for tp in tps - self._held.keys() - self._taking.keys():
            self._taking[tp] = asyncio.create_task(self._take(tp))
        if tasks := [task for tp, task in self._taking.items() if tp in tps]:
            await asyncio.wait(tasks)
        return {tp: self._held[tp].applied for tp in tps if tp in self._held}

    async def _take(self, tp: TP) -> None:
        loop, number = asyncio.get_running_loop(), tp.partition
        try:
            held = await loop.run_in_executor(
                self._pool, Held.take, self._settings, number, self._visible
            )
        except Exception as error:  # noqa: BLE001 - the broker's; the keeper tries again
            log.warning("takeover failed", partition=number, error=repr(error))
            return
        finally:
            del self._taking[tp]
        log.info("took over", partition=number, permits=len(held.grants), applied=held.applied)
        if tp not in self._assigned:  # it went elsewhere meanwhile
            held.close(self._pool)
            return
        self._held[tp] = held
        held.lost = lambda error: self._lost(tp, held, error)

    def receive(self, tp: TP, chunk: Chunk) -> None:
        """Fold the triggers of a chunk, and have them pushed.

        Raises:
            HoleError: If records before it have not been delivered.
        """
        if (held := self._held.get(tp)) is None:
            return
        held.after(chunk.after)
        for record in chunk:
            if record.offset <= held.applied:
                continue
            try:
                trigger = held.triggers.fold(record.key, record.value)
            except ValueError as error:
                metrics.UNREADABLE_TRIGGERS.inc()
                log.error("no trigger", offset=record.offset, error=str(error))  # noqa: TRY400
                trigger = None
            held.applied = record.offset
            if trigger is not None and record.offset >= held.pushed:
                self._pusher.push(tp.partition, record.offset, trigger)

    def holds(self, tp: TP) -> bool:
        """Return whether the partition is ours, as far as we know."""
        return tp in self._held

    def stopped(self, tp: TP) -> bool:  # noqa: ARG002 - nothing stops here
        """Return False."""
        return False

    def reached(self, tp: TP) -> int | None:
        """Return the offset after the last record read."""
        held = self._held.get(tp)
        return None if held is None else held.applied + 1

    def committable(self, tp: TP) -> int | None:
        """Return the offset up to which everything that is to be pushed has been."""
        held = self._held.get(tp)
        if held is None or held.applied < 0:
            return None
        return max(held.pushed, self._pusher.done(tp.partition, held.applied + 1))

    async def watch(self) -> None:
        """Tell how old what is known of each partition is, as long as the process runs.

        Raises:
            UsurpedError: If another process runs under our name.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._usurped is not None:
                raise self._usurped
            now_ms = clock.now_ms()
            for held in self.held:
                age_s = (now_ms - (held.triggers.through_ms or 0)) / 1_000
                metrics.TRIGGER_AGE.labels(str(held.number)).set(age_s)

    async def checkpoint_all(self) -> None:
        """Wait for permits that are being written."""
        await asyncio.gather(*(held.settle() for held in self._held.values()))

    def _drop(self, tp: TP) -> Held:
        held = self._held.pop(tp)
        held.lost = lambda _error: None
        held.give_up(RuntimeError("the partition went elsewhere"))
        self._pusher.forget(tp.partition)
        with contextlib.suppress(KeyError):
            metrics.TRIGGER_AGE.remove(str(tp.partition))
        held.close(self._pool)
        return held

    def _lost(self, tp: TP, held: Held, error: BaseException) -> None:
        """Report a lost partition; the keeper takes it over again, if it is still assigned."""
        if self._held.get(tp) is held:
            self._drop(tp)
        log.warning("partition lost", partition=tp.partition, error=repr(error))
        if is_fence(error):
            metrics.FENCES.labels(str(tp.partition)).inc()
            try:
                self._fences.note(tp.partition, time.monotonic())
            except UsurpedError as error_of_name:
                self._usurped = error_of_name
