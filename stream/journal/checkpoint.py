"""The Kafka part of an owned partition: fencing, reading the checkpoint, writing the next.

One transactional producer a partition. Its id names role and partition, so a new owner's
`init_transactions` makes every commit of a former one fail: that, and not the consumer group,
decides who owns it. A checkpoint is one transaction: outputs, changed states, offset applied.

Blocking, but for `send`; call it in a thread. (`produce` only copies into a queue and would
fight the fold for the interpreter there, so records are handed over on the loop.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from stream.journal.clients import consumer_config, named, producer_config
from stream.journal.errors import FencedError, JournalLostError
from stream.journal.log_reading import messages, watermarks
from stream.journal.partition import APPLIED_KEY, FORMAT, STATE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.journal.partition import Book, Message
    from stream.settings import Settings

DEADLINE_S: Final = 60.0
"""How long a broker may be away before a partition is given up and taken over again."""
_CALL_S: Final = 10.0
_PAUSE_S: Final = 0.05
_FENCED: Final = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 - so named in its documentation
        KafkaError._FATAL,  # noqa: SLF001 - what `produce` raises after a fence
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
    }
)
_OPTIONS: Final[dict[str, Any]] = {
    "transaction.timeout.ms": 10_000,  # a dead owner's open transaction holds back readers
    "compression.type": "none",  # aiokafka reads gzip at best, and that takes 3/4 of the speed
    "batch.size": 1 << 20,
    "queue.buffering.max.messages": 1_000_000,
    "queue.buffering.max.kbytes": 1 << 20,
}


class Checkpoints:
    """The checkpoints of one partition of the journal, as its owner.

    Args:
        settings: Which cluster, with which prefix.
        transactional_id: Without the prefix; the same for every owner of this partition.
        number: The partition.
    """

    def __init__(self, settings: Settings, transactional_id: str, number: int) -> None:
        self._settings = settings
        self._number = number
        own = {"transactional.id": named(settings, transactional_id)}
        self._producer: Producer | None = Producer(producer_config(settings) | _OPTIONS | own)

    def fence(self) -> None:
        """Shut out every former owner, and abort what it left open."""
        producer = self._open()
        _retried(lambda: producer.init_transactions(_CALL_S), time.monotonic() + DEADLINE_S)

    def restore(self, book: Book) -> int:
        """Read the last checkpoint into an empty book; return the offset applied, -1 for none.

        Raises:
            JournalLostError: If the journal does not go on where the checkpoint ends.
        """
        applied = -1
        for message in messages(self._settings, STATE_TOPIC, self._number, within_s=DEADLINE_S):
            key = message.key() or b""
            if key == APPLIED_KEY:
                applied = _applied(message.value() or b"")
            else:
                book.restore(key, message.value())
        self._refuse_lost_journal(applied)
        return applied

    def _refuse_lost_journal(self, applied: int) -> None:
        """Refuse a journal that was cut or made anew: aiokafka would read on in silence."""
        consumer = Consumer(consumer_config(self._settings, "no-group"))
        try:
            first, end = watermarks(consumer, named(self._settings, "journal"), self._number)
        finally:
            consumer.close()
        if not first <= applied + 1 <= end:
            raise JournalLostError(
                f"expected record {applied + 1} in partition {self._number} of the journal,"
                f" found {first} to {end - 1}: it was cut, or made anew under an old checkpoint"
            )

    def send(self, batch: Sequence[Message]) -> None:
        """Begin a transaction and hand its records to the producer's queue.

        Raises:
            KafkaException: Fenced, or too large a record.
        """
        producer = self._open()
        producer.begin_transaction()
        for topic, partition, key, value in batch:
            while True:
                try:
                    producer.produce(topic, key=key, value=value, partition=partition)
                    break
                except BufferError:
                    producer.poll(_PAUSE_S)

    def commit(self, batch: Sequence[Message]) -> None:
        """Commit what was sent; send it again where the transaction had to be aborted.

        Raises:
            FencedError: If another worker has taken the partition over.
            KafkaException: If it cannot be done within `DEADLINE_S`.
        """
        producer, end = self._open(), time.monotonic() + DEADLINE_S
        while True:
            try:
                return _retried(lambda: producer.commit_transaction(_CALL_S), end)
            except KafkaException as error:
                if not error.args[0].txn_requires_abort() or time.monotonic() > end:
                    raise
            _retried(lambda: producer.abort_transaction(_CALL_S), end)
            self.send(batch)

    def commit_or_give_up(self, within_s: float) -> None:
        """Commit what was sent, for who would rather give the partition up than send it again.

        Raises:
            KafkaException: Whether it is committed is not known until the partition is taken over.
        """
        self._open().commit_transaction(within_s)

    def _open(self) -> Producer:
        if self._producer is None:
            raise FencedError(f"partition {self._number} was given up")
        return self._producer

    def close(self) -> None:
        """Let the producer go; its end joins threads, so this may take a while."""
        self._producer = None


def is_fence(error: BaseException) -> bool:
    """Return whether an error says that the partition is another worker's now."""
    if isinstance(error, KafkaException):
        return error.args[0].code() in _FENCED
    return isinstance(error, FencedError)


def _retried(call: Callable[[], None], end: float) -> None:
    while True:
        try:
            return call()
        except KafkaException as error:
            if is_fence(error):
                raise FencedError(str(error.args[0])) from error
            if not error.args[0].retriable() or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)


def _applied(value: bytes) -> int:
    record = orjson.loads(value)
    if record["format"] != FORMAT:
        raise JournalLostError(f"expected a checkpoint of format {FORMAT}, found `{value!r}`")
    return int(record["applied"])
