"""Handing on: what became of records is sent, and their chunk is closed once Kafka has it.

A chunk is closed after the chunks before it in its partition, and after what its sources say of
their feeds in it: so nobody is told of events that the journal does not have. An event of an
unknown party is not in the journal: what is said after it names the place in `unresolved` up to
which somebody must have looked first.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas import journal
from schemas.dead_letter import DeadLetter
from schemas.feed import totals_of
from schemas.topics import STREAM_TOPICS
from stream import metrics
from stream.intake import progress
from stream.intake.outcomes import Admitted, Alive, Clock, Closed, Unresolved
from stream.intake.waiting import stamp
from stream.journal.append import POLL_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from faust.types import TP

    from schemas.dead_letter import Origin
    from stream.intake.outcomes import Outcome
    from stream.intake.progress import Held
    from stream.journal.append import Appender, Batch
    from stream.journal.delivered import Handover

SETTLE_WITHIN_S: Final = 10.0
"""Well under the group's rebalance timeout of 20 s."""


class Parcel:
    """What became of some records that stood together.

    Args:
        batch: Takes the messages.
        topic: Where the records stood, without the prefix.
        partition: Likewise.
    """

    def __init__(self, batch: Batch, topic: str, partition: int) -> None:
        self.batch = batch
        self.topic = topic
        self.partition = partition
        self._clocks: dict[str, int] = {}
        self._alive: dict[str, int] = {}
        self._closed: dict[str, date] = {}
        self._held: Callable[[], Held] | None = None
        self._counts: Counter[str] = Counter()

    def put(self, outcome: Outcome, raw: bytes | None, origin: Origin, arrived_ms: int) -> None:
        """Send what became of one record."""
        match outcome:
            case Admitted():
                self._put_admitted(outcome, origin)
            case DeadLetter():
                metrics.DEAD_LETTERS.labels(outcome.reason.value).inc()
                value = msgspec.json.encode(outcome)
                self.batch.send("dead-letters", outcome.letter_id.encode(), value)
            case Unresolved():
                metrics.UNRESOLVED.labels(STREAM_TOPICS.get(origin.topic, origin.topic)).inc()
                headers = stamp(origin, arrived_ms)
                self.batch.send("unresolved", outcome.token.encode(), raw, headers=headers)
            case Clock(source, at_ms):
                self._clocks[source] = max(at_ms, self._clocks.get(source, 0))
            case Alive(source, at_ms):
                self._alive[source] = max(at_ms, self._alive.get(source, 0))
            case Closed(source, said):
                closed = said.business_date
                self._closed[source] = max(closed, self._closed.get(source, closed))

    def _put_admitted(self, outcome: Admitted, origin: Origin) -> None:
        for key, value in outcome.records:
            self.batch.send("journal", key, value)
        self._counts[origin.topic] += 1
        for field in outcome.unknown:
            metrics.UNKNOWN_VALUES.labels(
                STREAM_TOPICS.get(origin.topic, origin.topic), field
            ).inc()

    def claim(self, closed: Closed, arrived_ms: int, partitions: int) -> None:
        """Copy what a source says of one of its dates into every partition of the journal."""
        said = journal.DateClosed(
            source=closed.source,
            stream=closed.said.stream,
            business_date=closed.said.business_date,
            totals=totals_of(closed.said),
            wall_arrival_at_ms=arrived_ms,
        )
        for partition in range(partitions):
            self.batch.send("journal", journal.FEED_KEY, journal.encode(said), partition=partition)

    def hold(self, held: Callable[[], Held]) -> None:
        """Tell what waits, when all of this has been handed on; asked then."""
        self._held = held

    @property
    def has_progress(self) -> bool:
        """Whether a source says something of its feed."""
        return bool(self._clocks or self._alive or self._closed)

    def send_progress(self, after: tuple[int, ...]) -> None:
        """Send how far the sources have come; clocks last, so that none is ahead of a heartbeat.

        Args:
            after: How far each partition of `unresolved` must have been looked at before.
        """
        for source, at_ms in self._alive.items():
            self._send(self._progress(source, after=after, alive_at_ms=at_ms))
        for source, closed in self._closed.items():
            self._send(self._progress(source, after=after, closed=closed))
        for source, at_ms in self._clocks.items():
            self._send(self._progress(source, after=after, clock_at_ms=at_ms))

    def send_held(self) -> bool:
        """Send what waits, if that is to be told; return whether it was."""
        if self._held is None:
            return False
        self._send(self._held())
        return True

    def _progress(self, source: str, **said: Any) -> progress.Progress:
        stream = STREAM_TOPICS[self.topic]
        return progress.Progress(
            source=source, stream=stream, topic=self.topic, partition=self.partition, **said
        )

    def _send(self, told: progress.Told) -> None:
        self.batch.send("source-progress", told.key.encode(), progress.encode(told))

    def count(self) -> None:
        """Count the events that were taken."""
        for topic, number in self._counts.items():
            if topic in STREAM_TOPICS:
                metrics.EVENTS.labels(STREAM_TOPICS[topic]).inc(number)


class HandOn:
    """Closes parcels in order.

    Args:
        appender: Sends.
        unresolved_ends: Says where the partitions of `unresolved` end now.
    """

    def __init__(
        self, appender: Appender, unresolved_ends: Callable[[], Awaitable[tuple[int, ...]]]
    ) -> None:
        self._appender = appender
        self._unresolved_ends = unresolved_ends
        self._last: dict[TP, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def parcel(self, topic: str, partition: int) -> Parcel:
        """Return an empty parcel, once the producer has room for it."""
        await self._appender.room()
        return Parcel(self._appender.batch(), topic, partition)

    def close(self, tp: TP, parcel: Parcel, *handovers: Handover) -> None:
        """Say that the parcel is complete: each handover is done once when Kafka has it all."""
        task = asyncio.create_task(self._close(self._last.get(tp), parcel, handovers))
        self._last[tp] = task
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Return when everything has been closed, or after `SETTLE_WITHIN_S`."""
        until_s = time.monotonic() + SETTLE_WITHIN_S
        while self._running and time.monotonic() < until_s:
            self._appender.hear()
            await asyncio.sleep(POLL_EVERY_S)

    async def _close(
        self, before: asyncio.Task[None] | None, parcel: Parcel, handovers: tuple[Handover, ...]
    ) -> None:
        if before is not None:
            await before
        await parcel.batch.acknowledged()
        parcel.count()
        if parcel.has_progress:
            parcel.send_progress(after=await self._unresolved_ends())
            await parcel.batch.acknowledged()
        if parcel.send_held():
            await parcel.batch.acknowledged()
        for handover in handovers:
            handover.done()
