"""Appending: records handed to Kafka, and what is done when Kafka has them.

For the roles that write outside of a checkpoint (ingest, the ticker): one idempotent producer,
never transactional, since a killed one's open transaction would hold back every reader.

    batch = appender.batch()
    batch.send("journal", key, value)
    await batch.acknowledged()

A record that Kafka does not take within `message.timeout.ms` (5 minutes) is an error that ends
the process: its batch is never acknowledged, so nothing behind it is committed, and the next
process reads again. All of it is called on the event loop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Producer

from stream.journal.clients import named, producer_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import KafkaError, Message

    from stream.settings import Settings

POLL_EVERY_S: Final = 0.005
MOST_QUEUED: Final = 20_000
"""Records; the client itself takes 100,000 and then refuses."""


class AppendError(RuntimeError):
    """Kafka did not take a record: this process must not go on as if it had."""


class Appender:
    """A producer; `serve` must run as long as it is used."""

    def __init__(self, settings: Settings, client: str) -> None:
        self._settings = settings
        self._producer = Producer(producer_config(settings, client))
        self._error: AppendError | None = None

    def batch(self) -> Batch:
        """Return a batch of records to send."""
        return Batch(self)

    async def room(self) -> None:
        """Wait until the producer's queue is not long.

        Raises:
            AppendError: As `hear`.
        """
        while len(self._producer) > MOST_QUEUED:
            self.hear()
            await asyncio.sleep(POLL_EVERY_S)

    async def serve(self) -> None:
        """Hear what Kafka has taken, until cancelled.

        Raises:
            AppendError: As `hear`.
        """
        while True:
            self.hear()
            await asyncio.sleep(POLL_EVERY_S)

    def produce(self, topic: str, **record: Any) -> None:
        """Queue one record; `topic` without the prefix, the rest as confluent-kafka has it."""
        while True:
            try:
                self._producer.produce(named(self._settings, topic), **record)
            except BufferError:  # full in spite of `room`: a few huge records
                self._producer.poll(0.1)
            else:
                return

    def fail(self, error: KafkaError) -> None:
        """Note that a record was not taken."""
        self._error = AppendError(f"record not appended: {error.str()}")

    def hear(self) -> None:
        """Hear what Kafka has taken so far.

        Raises:
            AppendError: If it did not take a record.
        """
        self._producer.poll(0)
        if self._error is not None:
            raise self._error


class Batch:
    """Records that are waited for together."""

    __slots__ = ("_appender", "_left", "_waiter")

    def __init__(self, appender: Appender) -> None:
        self._appender = appender
        self._left = 0
        self._waiter: asyncio.Future[None] | None = None

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int = -1,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Hand one record to the producer.

        Args:
            topic: Without the prefix.
            key: Chooses the partition, unless that is given.
            value: The record.
            partition: Where to; by default where the key says.
            headers: The record's.
        """
        self._left += 1
        self._appender.produce(
            topic,
            key=key,
            value=value,
            partition=partition,
            headers=list(headers),
            on_delivery=self._taken,
        )

    async def acknowledged(self) -> None:
        """Return when Kafka has taken every record so far."""
        if self._left:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _taken(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._appender.fail(error)
            return
        self._left -= 1
        if not self._left and self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            waiter.set_result(None)
