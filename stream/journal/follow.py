"""Reading a whole topic, by oneself: to its end, and then on as it grows.

For what every process needs all of, whatever the group assigns to it: ingest's references, the
control records that a command asks about. There is no group: nothing is committed, and each
reader begins at the first record.

What has been read is counted by the broker's own mark of the end of a partition and not by the
last record: behind that may stand transaction markers, which nobody sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final, cast

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import patiently, watermarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from confluent_kafka import Message

    from stream.settings import Settings

log = structlog.get_logger()

BATCH: Final = 1_000
WAIT_S: Final = 0.02
TIMEOUT_S: Final = 30.0
ANSWER_WITHIN_S: Final = 5.0


class Reader:
    """One pass over all partitions of a topic.

    Args:
        settings: Of the process.
        topic: Without the prefix.
        group: The group that the cluster's rights are given to; it is not joined.
        begin: Where each partition is read from: its first record, or its present end.

    Raises:
        KafkaException: If the topic cannot be read.
    """

    def __init__(
        self, settings: Settings, topic: str, group: str, *, begin: int = OFFSET_BEGINNING
    ) -> None:
        self.topic = named(settings, topic)
        self._consumer = Consumer(
            {
                **consumer_config(settings, group, f"{group}-{topic}"),
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,  # an end is told at once
            }
        )
        # Asks where the topic ends and how far the group has come. The consumer above would wait
        # for ever while another thread is consuming. An AdminClient ends the process with SIGSEGV
        # when the group's coordinator is just starting or moving (librdkafka issue 5040), and after
        # a restart of the broker it goes on asking for ends with the leader's old epoch.
        self._asker = Consumer(consumer_config(settings, group, f"{group}-{topic}"))
        known = self._consumer.list_topics(self.topic, timeout=TIMEOUT_S).topics[self.topic]
        if known.error is not None:
            raise KafkaException(known.error)
        self.partitions = tuple(known.partitions)
        self.read: dict[int, int] = dict.fromkeys(self.partitions, 0)
        """How far each partition has been read: the next offset."""
        # The client would look for the end at its first fetch, which is later than now.
        begins = self.ends() if begin == OFFSET_END else dict.fromkeys(self.partitions, begin)
        self._consumer.assign([TopicPartition(self.topic, *of) for of in begins.items()])

    def ends(self) -> dict[int, int]:
        """Return where each partition ends now, for a reader of committed records.

        Raises:
            KafkaException: If the broker does not say.
        """
        return {
            each: watermarks(self._asker, self.topic, each, ANSWER_WITHIN_S)[1]
            for each in self.partitions
        }

    def has_read(self, ends: dict[int, int]) -> bool:
        """Return whether each partition has been read up to there."""
        return all(self.read[partition] >= end for partition, end in ends.items())

    def next_records(self) -> list[Message]:
        """Return the next records, none if there are none for now."""
        records = []
        for message in self._consumer.consume(BATCH, WAIT_S):
            error = message.error()
            partition, offset = cast("tuple[int, int]", (message.partition(), message.offset()))
            if error is None:
                self.read[partition] = offset + 1
                records.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - public, by its docs
                self.read[partition] = offset
            else:
                log.warning("reading goes on", topic=self.topic, error=error.str())
        return records

    def committed(self) -> dict[int, int]:
        """Return how far the group has come: the next offset of each partition.

        Raises:
            KafkaException: If the broker does not say.
        """
        places = [TopicPartition(self.topic, each) for each in self.partitions]
        offsets = self._asker.committed(places, timeout=ANSWER_WITHIN_S)
        for each in offsets:
            if each.error is not None:
                raise KafkaException(each.error)
        return {each.partition: max(0, each.offset) for each in offsets}

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()
        self._asker.close()


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
        ends = patiently(reader.ends)
        while not reader.has_read(ends):
            yield from reader.next_records()
            if time.monotonic() > until:
                raise TimeoutError(f"expected to read {reader.topic} within {timeout_s:g} s")
    finally:
        reader.close()


class Follower:
    """Reads a topic in a thread and hands batches over on the event loop.

    Args:
        reader: Reads it; closed by the thread.
        take: Called on the loop with each batch, in the order of offsets within a partition.
    """

    def __init__(self, reader: Reader, take: Callable[[list[Message]], None]) -> None:
        self._reader = reader
        self._take = take
        self._stop = threading.Event()
        self._taken: dict[int, int] = {}
        self._ended: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Read to where the topic ends now, and go on in the background.

        Raises:
            KafkaException: If the topic cannot be read.
        """
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        threading.Thread(target=self._follow, args=[loop], name="follower", daemon=True).start()
        while not await self.catch_up(timeout_s=10.0):
            if self._ended.done():
                self._ended.result()
            log.info("still reading", topic=self._reader.topic, read=sum(self._taken.values()))

    async def serve(self) -> None:
        """Return when reading has stopped; it must have been started.

        Raises:
            Exception: Whatever ended it.
        """
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def catch_up(self, timeout_s: float) -> bool:
        """Return whether all that the topic holds now has been taken, after waiting for it."""
        end_s = time.monotonic() + timeout_s
        ends: dict[int, int] | None = None
        while not self._has_taken(ends):
            if time.monotonic() > end_s or (self._ended and self._ended.done()):
                return False
            if ends is None:
                with contextlib.suppress(KafkaException):  # it may say the next time
                    ends = await asyncio.to_thread(self._reader.ends)
            await asyncio.sleep(WAIT_S / 4)
        return True

    def _has_taken(self, ends: dict[int, int] | None) -> bool:
        return ends is not None and all(
            self._taken.get(partition, 0) >= end for partition, end in ends.items()
        )

    def stop(self) -> None:
        """Stop reading."""
        self._stop.set()

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        reader = self._reader
        error: Exception | None = None
        told: dict[int, int] = {}
        try:
            while not self._stop.is_set():
                records = reader.next_records()
                if told != reader.read:
                    told = dict(reader.read)
                    loop.call_soon_threadsafe(self._hand_over, records, told)
            reader.close()
        except Exception as caught:  # noqa: BLE001 - told to `serve`
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._end, error)

    def _hand_over(self, records: list[Message], read: dict[int, int]) -> None:
        if records:
            self._take(records)
        self._taken = read

    def _end(self, error: Exception | None) -> None:
        if self._ended is None or self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
