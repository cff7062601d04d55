"""Reading a partition from its first record to its present end, without a worker or a group.

For replays, tests and taking over. What is written while it is read may or may not be seen, and
under `read_committed` neither is what an open transaction holds back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from stream.journal.clients import consumer_config, named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from confluent_kafka import Message

    from stream.settings import Settings

Answer = TypeVar("Answer")

READ_COMMITTED: Final = "read_committed"
READ_UNCOMMITTED: Final = "read_uncommitted"

_AT_ONCE: Final = 20_000
_PATIENCE_S: Final = 0.02
"""`consume` waits for its count to be full, the end of the partition notwithstanding."""
_ASK_AGAIN_S: Final = 0.1
_NO_LEADER: Final = frozenset(
    {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE}
)
_FAST: Final[dict[str, Any]] = {
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 10,  # else half a second at an empty end
    "fetch.queue.backoff.ms": 5,
    "fetch.message.max.bytes": 8 << 20,
    "queued.min.messages": 1_000_000,
    "queued.max.messages.kbytes": 262_144,
}
_PASSING: Final = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError.GROUP_AUTHORIZATION_FAILED,  # the client asks after a group that is not used
    }
)


class StoredRecord(NamedTuple):
    """A record read from Kafka; has the attributes of `stream.journal.chunk.Record`."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def read_partition(
    settings: Settings,
    topic: str,
    partition: int,
    isolation: str = READ_COMMITTED,
    *,
    within_s: float = 60.0,
) -> Iterator[StoredRecord]:
    """Yield the records of one partition, oldest first, up to its present end.

    Args:
        settings: Which cluster, with which prefix.
        topic: Without the prefix.
        partition: Its number.
        isolation: `READ_UNCOMMITTED` shows what aborted transactions left, too.
        within_s: How long nothing may come before this is an error.

    Raises:
        TimeoutError: If the end is not reached.
        KafkaException: If the cluster refuses.
    """
    for message in messages(settings, topic, partition, isolation, within_s=within_s):
        yield StoredRecord(
            topic=message.topic() or "",
            partition=partition,
            offset=message.offset() or 0,
            timestamp=message.timestamp()[1],
            key=message.key(),
            value=message.value(),
            headers=tuple(cast("list[tuple[str, bytes]]", message.headers() or [])),
        )


def messages(
    settings: Settings,
    topic: str,
    partition: int,
    isolation: str = READ_COMMITTED,
    *,
    within_s: float = 60.0,
) -> Iterator[Message]:
    """Yield the same as the client's own messages: twice as fast."""
    options = _FAST | {"isolation.level": isolation}
    consumer = Consumer(consumer_config(settings, "no-group") | options)
    try:
        # Asking for the ends makes the leader known: saves half a second.
        watermarks(consumer, named(settings, topic), partition)
        consumer.assign([TopicPartition(named(settings, topic), partition, OFFSET_BEGINNING)])
        yield from _to_the_end(consumer, within_s)
    finally:
        consumer.close()


def watermarks(
    consumer: Consumer, topic: str, partition: int, within_s: float = 10.0
) -> tuple[int, int]:
    """Return the first offset that a partition (full name) still has, and its next one.

    To a reader of committed records, which `consumer` is, that is where it ends for now. While the
    partition's leader moves, or is still to be chosen, it is asked again.

    Raises:
        KafkaException: If the cluster does not say.
    """

    def ask() -> tuple[int, int]:
        place = TopicPartition(topic, partition)
        ends = consumer.get_watermark_offsets(place, timeout=within_s)
        if ends is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
        return ends

    return patiently(ask, within_s, only=_NO_LEADER)


def patiently(
    ask: Callable[[], Answer], within_s: float = 30.0, *, only: Collection[int] | None = None
) -> Answer:
    """Ask the cluster again for a while: a broker that has just started refuses at first.

    Args:
        ask: Asks.
        within_s: For so long.
        only: The codes of errors that may pass; any, unless given.

    Raises:
        KafkaException: If it still does not say.
    """
    until_s = time.monotonic() + within_s
    while True:
        try:
            return ask()
        except KafkaException as error:
            may_pass = only is None or error.args[0].code() in only
            if not may_pass or time.monotonic() > until_s:
                raise
            time.sleep(_ASK_AGAIN_S)


def _to_the_end(consumer: Consumer, within_s: float) -> Iterator[Message]:
    last = time.monotonic()
    while True:
        batch = consumer.consume(_AT_ONCE, _PATIENCE_S)
        for message in batch:
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                return
            elif not error.retriable() and error.code() not in _PASSING:
                raise KafkaException(error)
        now = time.monotonic()
        if batch:
            last = now
        elif now - last > within_s:
            raise TimeoutError(f"nothing came for {within_s:g} s before the end")
