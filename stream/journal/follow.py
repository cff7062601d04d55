"""Reading a whole topic, by oneself: to its end, and then on as it grows.

For what every process needs all of, whatever the group assigns to it: ingest's references, the
control records that a command asks about. There is no group: nothing is committed, and each
reader begins at the first record.

What has been read is counted by the broker's own mark of the end of a partition and not by the
last record: behind that may stand transaction markers, which nobody sees.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from stream.journal.clients import consumer_config, kafka_config, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from confluent_kafka import Message

    from stream.settings import Settings

log = structlog.get_logger()

BATCH: Final = 1_000
WAIT_S: Final = 0.02
TIMEOUT_S: Final = 30.0


class Reader:
    """One pass over all partitions of a topic.

    Args:
        settings: Of the process.
        topic: Without the prefix.
        group: The group that the cluster's rights are given to; it is not joined.

    Raises:
        KafkaException: If the topic cannot be read.
    """

    def __init__(self, settings: Settings, topic: str, group: str) -> None:
        self.topic = named(settings, topic)
        self._consumer = Consumer(
            {
                **consumer_config(settings, group, f"{group}-{topic}"),
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,  # an end is told at once
            }
        )
        self._admin = AdminClient(kafka_config(settings, f"{group}-{topic}"))
        known = self._consumer.list_topics(self.topic, timeout=TIMEOUT_S).topics[self.topic]
        if known.error is not None:
            raise KafkaException(known.error)
        self.partitions = tuple(known.partitions)
        self.read: dict[int, int] = dict.fromkeys(self.partitions, 0)
        """How far each partition has been read: the next offset."""
        self._consumer.assign(
            [TopicPartition(self.topic, each, OFFSET_BEGINNING) for each in self.partitions]
        )

    def ends(self) -> dict[int, int]:
        """Return where each partition ends now, for a reader of committed records."""
        wanted = {TopicPartition(self.topic, each): OffsetSpec.latest() for each in self.partitions}
        answers = self._admin.list_offsets(wanted, request_timeout=TIMEOUT_S)
        return {place.partition: answer.result().offset for place, answer in answers.items()}

    def has_read(self, ends: dict[int, int]) -> bool:
        """Return whether each partition has been read up to there."""
        return all(self.read[partition] >= end for partition, end in ends.items())

    def next_records(self) -> list[Message]:
        """Return the next records, none if there are none for now."""
        records = []
        for message in self._consumer.consume(BATCH, WAIT_S):
            error = message.error()
            if error is None:
                self.read[message.partition()] = message.offset() + 1
                records.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - public, by its docs
                self.read[message.partition()] = message.offset()
            else:
                log.warning("reading goes on", topic=self.topic, error=error.str())
        return records

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()


def read_to_end(
    settings: Settings, topic: str, group: str, timeout_s: float = 600.0
) -> Iterator[Message]:
    """Yield every record of a topic up to where it ends now.

    Raises:
        TimeoutError: If the end is not reached in time.
        KafkaException: If the topic cannot be read.
    """
    reader = Reader(settings, topic, group)
    until = time.monotonic() + timeout_s
    try:
        ends = reader.ends()
        while not reader.has_read(ends):
            yield from reader.next_records()
            if time.monotonic() > until:
                raise TimeoutError(f"expected to read {reader.topic} within {timeout_s:g} s")
    finally:
        reader.close()


class Follower:
    """Reads a topic in a thread and hands batches over on the event loop.

    Args:
        settings: Of the process.
        topic: Without the prefix.
        group: As `Reader`.
        take: Called on the loop with each batch, in the order of offsets within a partition.
    """

    def __init__(
        self, settings: Settings, topic: str, group: str, take: Callable[[list[Message]], None]
    ) -> None:
        self._settings, self._topic, self._group = settings, topic, group
        self._take = take
        self._stop = threading.Event()
        self._reader: Reader | None = None
        self._taken: dict[int, int] = {}

    async def start(self) -> None:
        """Read to where the topic ends now, and go on in the background.

        Raises:
            KafkaException: If the topic cannot be read.
        """
        loop = asyncio.get_running_loop()
        self._reader = await asyncio.to_thread(Reader, self._settings, self._topic, self._group)
        args = (self._reader, loop)
        threading.Thread(target=self._follow, args=args, name="follower", daemon=True).start()
        await self.catch_up(timeout_s=600.0)

    async def catch_up(self, timeout_s: float) -> bool:
        """Return whether all that the topic holds now has been taken, after waiting for it."""
        if self._reader is None:
            return False
        end_s = time.monotonic() + timeout_s
        ends = await asyncio.to_thread(self._reader.ends)
        while any(self._taken.get(partition, 0) < end for partition, end in ends.items()):
            if time.monotonic() > end_s:
                return False
            await asyncio.sleep(WAIT_S / 4)
        return True

    def stop(self) -> None:
        """Stop reading."""
        self._stop.set()

    def _follow(self, reader: Reader, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            records = reader.next_records()
            loop.call_soon_threadsafe(self._hand_over, records, dict(reader.read))
        reader.close()

    def _hand_over(self, records: list[Message], read: dict[int, int]) -> None:
        if records:
            self._take(records)
        self._taken = read
