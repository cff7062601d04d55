"""Faust's aiokafka driver with chunks, where a custody and not the group says where to read.

Every role uses it, for all of its topics. What it changes, and why (each of these cost a run):

* Records come as chunks of one partition; Faust's own accounting of acks and gaps is off, and
  the group's offset is what the custody says. (With acks alone, a reader of a transactional
  topic commits one gap a commit and never catches up.)
* The consumer reads committed records only; Faust does so under its own exactly_once alone.
* A fetch waits for 16 KiB, or 40 ms. Faust's answers as soon as a record is there, and at a
  thousand events a second broker and readers are busy with fetches of one or two records.
* The sticky assignor: who stays in the group keeps what it has.
* Taking over happens in `perform_seek`, which Faust calls after every assignment outside of the
  rebalance callback, so that heartbeats go on meanwhile.
* Nothing is handed on while a seek goes on, nor what was fetched before it: after an empty
  assignment Faust does not stop the flow at the next one, and a fetch may straddle a seek.
  `current` tells; what is dropped comes again, since the seek goes to what is applied.

`tests/journal/test_overrides.py` fails if a method that is overridden here changes.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, cast

import structlog
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faust.exceptions import ConsumerNotStarted
from faust.transport.drivers import aiokafka as driver

from stream.journal.chunk import Chunk, sliced
from stream.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiokafka import AIOKafkaConsumer
    from faust.types import TP

    from stream.journal.custody import Custody

log = structlog.get_logger()

FETCH_MIN_BYTES = 16 << 10
FETCH_WAIT_MS = 40
NEVER = 1 << 62
"""What a chunk follows where nothing was sought: whoever folded it would find a hole."""


class Thread(driver.AIOKafkaConsumerThread):
    """The thread that aiokafka's consumer lives in."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - read when it starts
        consumer._partition_assignment_strategy = [StickyPartitionAssignor]  # noqa: SLF001
        consumer._fetch_min_bytes = FETCH_MIN_BYTES  # noqa: SLF001
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001
        return consumer


class Consumer(driver.Consumer):
    """Faust's consumer; `custody` of its app decides positions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._tail: dict[TP, int] = {}  # the offset delivered last, or sought after
        self._epoch = 0  # counts seeks
        self._seeking = True  # nothing is current before the first seek is done
        self._settled = False  # between the end of an assignment and the next revocation
        self._seek_lock = asyncio.Lock()
        super().__init__(*args, **kwargs)
        self.custody: Custody = self.app.custody  # type: ignore[attr-defined]

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    def current(self, chunk: Chunk) -> bool:
        """Return whether to use the chunk: False if its records will come again."""
        return not self._seeking and chunk.epoch == self._epoch

    def lacks(self) -> bool:
        """Return whether something is assigned that is neither read nor being taken over."""
        if not self._settled or self._seek_lock.locked():
            return False
        tps = self.assignment()
        return bool(tps) and (self._seeking or not all(map(self.custody.holds, tps)))

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, Any]:  # noqa: ASYNC109
        epoch = self._epoch
        fetched = await super()._getmany(active_partitions, timeout)
        if epoch != self._epoch:  # fetched across a seek: some of it may lie behind the position
            if fetched and self._settled:
                await self.perform_seek()
            return {}
        return {tp: self._chunks(tp, records) for tp, records in fetched.items() if records}

    def _chunks(self, tp: TP, records: list[Any]) -> list[Chunk]:
        after = self._tail.get(tp, NEVER)
        self._tail[tp] = records[-1].offset
        return list(sliced(records, after=after, epoch=self._epoch))

    def _to_message(self, tp: TP, record: Chunk) -> Any:
        message: Any = super()._to_message(tp, record[-1])
        message.key, message.value = None, record
        return message

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: gaps between offsets are normal and mean nothing here."""

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self.custody.committable(tp)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        """Yield every partition: one without a new record may have a checkpoint to commit."""
        for tp in self.assignment():
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop the flow, let running chunks end, then save and commit what they did."""
        self._settled = False
        await super().on_partitions_revoked(revoked)
        if not self.app.should_stop:
            await self.save()

    async def save(self) -> None:
        """Have everything saved that was done, and tell the group; with the flow stopped."""
        await self.custody.checkpoint_all()
        with contextlib.suppress(ConsumerNotStarted):
            await self.commit()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Tell the custody; no I/O here, since aiokafka sends no heartbeat meanwhile."""
        self.custody.assigned(frozenset(assigned), generation_id)
        self._settled = True  # before super(): it wakes the task that seeks
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Take over what is assigned and seek to where it goes on.

        Raises:
            JournalError: If going on would be wrong. Whatever else goes wrong is logged, and
                the keeper tries again.
        """
        if not self._settled:  # between two assignments; a seek follows the next
            return
        async with self._seek_lock:
            self._seeking = True
            try:
                self._seeking = not await self._seek_to_applied()
            except JournalError:
                raise
            except Exception as error:  # noqa: BLE001 - the broker's, or a rebalance came between
                log.warning("seek failed", error=repr(error))

    async def _seek_to_applied(self) -> bool:
        """Return whether every partition that was taken over is where it should be."""
        tps = self.assignment()
        taken = await self.custody.take_over(tps)
        applied = {tp: last for tp, last in taken.items() if last is not None}
        if len(applied) < len(taken):
            applied |= await self._group_positions(taken.keys() - applied.keys())
        if not self._settled or tps != self.assignment():
            return False
        self._epoch += 1
        await self.seek_wait({tp: last + 1 for tp, last in applied.items()})
        self._epoch += 1  # a fetch may have begun and ended during the seek
        self._tail = dict(applied)
        for tp, last in applied.items():
            self._read_offset[tp] = last + 1 if last >= 0 else None
        return True

    async def _group_positions(self, tps: set[TP]) -> dict[TP, int]:
        """Return the last offset done by the group, or what lies before the first record."""
        committed = cast("Mapping[TP, int | None]", await self.seek_to_committed())
        first = await self.earliest_offsets(*tps)
        for tp in tps:
            if (done := committed.get(tp)) is not None and done < first[tp]:
                log.error(
                    "records lost",
                    topic=tp.topic,
                    partition=tp.partition,
                    first_lost=done,
                    first_left=first[tp],
                )
        return {tp: max(committed.get(tp) or 0, first[tp]) - 1 for tp in tps}


class Transport(driver.Transport):
    """The transport of every role's app."""

    Consumer = Consumer
