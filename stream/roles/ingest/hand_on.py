"""Handing on: what became of records is sent, and their chunk is closed once Kafka has it.

A chunk is closed after the chunks before it in its partition, and after the source's clocks in
it: so a clock never tells of events that the journal does not have.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.dead_letter import DeadLetter
from schemas.topics import STREAM_TOPICS
from stream import metrics
from stream.intake import progress
from stream.intake.outcomes import Admitted, Clock, Unresolved
from stream.intake.waiting import stamp
from stream.journal.append import POLL_EVERY_S

if TYPE_CHECKING:
    from faust.types import TP

    from schemas.dead_letter import Origin
    from stream.intake.outcomes import Outcome
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
        self.clocks: dict[str, int] = {}
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
            case Clock():
                latest_ms = max(outcome.at_ms, self.clocks.get(outcome.source, 0))
                self.clocks[outcome.source] = latest_ms

    def _put_admitted(self, outcome: Admitted, origin: Origin) -> None:
        for key, value in outcome.records:
            self.batch.send("journal", key, value)
        self._counts[origin.topic] += 1
        for field in outcome.unknown:
            metrics.UNKNOWN_VALUES.labels(
                STREAM_TOPICS.get(origin.topic, origin.topic), field
            ).inc()

    def send_clocks(self) -> None:
        """Send how far the sources have come."""
        for source, at_ms in self.clocks.items():
            said = progress.Progress(
                source=source,
                stream=STREAM_TOPICS[self.topic],
                topic=self.topic,
                partition=self.partition,
                clock_at_ms=at_ms,
            )
            self.batch.send("source-progress", said.key.encode(), progress.encode(said))

    def count(self) -> None:
        """Count the events that were taken."""
        for topic, number in self._counts.items():
            if topic in STREAM_TOPICS:
                metrics.EVENTS.labels(STREAM_TOPICS[topic]).inc(number)


class HandOn:
    """Closes parcels in order."""

    def __init__(self, appender: Appender) -> None:
        self._appender = appender
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
        if parcel.clocks:
            parcel.send_clocks()
            await parcel.batch.acknowledged()
        for handover in handovers:
            handover.done()
