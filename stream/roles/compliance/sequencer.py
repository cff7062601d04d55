"""The sequencer's part in Kafka: fence, checkpoint, reading, one transaction a turn.

One transactional id over all partitions of `decisions`: whoever takes over shuts out everybody
before, reads the checkpoint, and goes on behind the offsets in it. Records, heads, health and the
checkpoint that includes them are one transaction. The restricted lane has a sequencer of its own,
with an id, a checkpoint and topics of its own.

Blocking, but for `fold` and `send`; call it in a thread.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.signing import load_trust
from stream import metrics
from stream.compliance.apart import APART, FeedApart
from stream.compliance.fold import ACTIONS, Feed
from stream.compliance.log import FEED, HEADS, House
from stream.journal.checkpoint import DEADLINE_S, Checkpoints
from stream.journal.clients import consumer_config, named
from stream.journal.errors import JournalLostError
from stream.journal.log_reading import messages, watermarks
from stream.journal.partition import ANY_PARTITION, Message
from stream.record.heads import HeadSigner
from stream.roles.compliance.key import read_record_key
from stream.roles.compliance.lanes import OPEN, ROLE, Lane, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.compliance.folding import Folding
    from stream.compliance.log import Message as Written
    from stream.settings import Settings

log = structlog.get_logger()

STATE_TOPIC: Final = "compliance-state"
MOST_READ: Final = 1_000
"""Decisions of one transaction."""
WAIT_S: Final = 0.1
SUBJECT_KEY_BYTES: Final = 32


class Read(NamedTuple):
    """One record as it was read."""

    topic: str
    partition: int
    offset: int
    value: bytes


class Sequencer:
    """A feed while this process owns it.

    Args:
        settings: Which cluster, with which prefix.
        feed: An empty one.
        lane: What it reads and writes.

    Raises:
        JournalLostError: If a topic does not go on where the checkpoint ends.
        KafkaException: If the broker does not do it in time.
    """

    def __init__(self, settings: Settings, feed: Folding, lane: Lane = OPEN) -> None:
        self._settings, self._lane = settings, lane
        self.feed = feed
        self._state = STATE_TOPIC + lane.suffix
        self._checkpoints = Checkpoints(settings, lane.name, 0)
        self._checkpoints.fence()
        for message in messages(settings, self._state, 0, within_s=DEADLINE_S):
            self.feed.restore(message.key() or b"", message.value())
        self._consumer = Consumer(consumer_config(settings, ROLE, ROLE))
        self._go_on()

    def _go_on(self) -> None:
        """Seek behind what is applied."""
        places = [
            self._place(source, number)
            for source in self._lane.sources
            for number in range(1 if source.is_one else self._settings.partitions)
        ]
        self._consumer.assign(places)

    def _place(self, source: Source, number: int) -> TopicPartition:
        topic = named(self._settings, source.topic)
        following = self.feed.applied(source.topic, number) + 1
        first, end = watermarks(self._consumer, topic, number)
        if not source.is_whole:
            following = min(max(first, following), end)
        if not first <= following <= end:
            raise JournalLostError(
                f"expected record {following} in partition {number} of {topic},"
                f" found {first} to {end - 1}: it was cut, or made anew under an old checkpoint"
            )
        return TopicPartition(topic, number, following)

    def read(self) -> list[Read]:
        """Return the next records of what is read, after a while none."""
        found = []
        for message in self._consumer.consume(MOST_READ, WAIT_S):
            error = message.error()
            if error is None:
                topic = (message.topic() or "").removeprefix(self._settings.topic_prefix)
                place = message.partition() or 0, message.offset() or 0
                found.append(Read(topic, *place, message.value() or b""))
            elif not error.retriable() and error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001
                raise KafkaException(error)
        return found

    def fold(self, records: Sequence[Read], now_ms: int) -> list[Message]:
        """Fold records at a time; return what to write, nothing if nothing happened."""
        for record in records:
            self.feed.take(*record, now_ms)
        if not self.feed.come_to(now_ms) and not records:
            return []
        written = self.feed.messages()
        if self._lane.is_told:
            _count(written)
        batch = [self._placed(each) for each in written]
        state = named(self._settings, self._state)
        return batch + [Message(state, 0, key, value) for key, value in self.feed.changes()]

    def _placed(self, written: Written) -> Message:
        is_own = written.topic in {FEED, HEADS}
        topic = written.topic + self._lane.suffix if is_own else written.topic
        number = 0 if is_own else ANY_PARTITION
        return Message(named(self._settings, topic), number, written.key, written.value)

    def send(self, batch: Sequence[Message]) -> None:
        """Begin the transaction that writes a batch."""
        self._checkpoints.send(batch)

    def commit(self, batch: Sequence[Message]) -> None:
        """Commit it.

        Raises:
            FencedError: If somebody else has taken over.
            KafkaException: If it cannot be done in time; it may or may not be written then.
        """
        self._checkpoints.commit(batch)

    def measure(self) -> None:
        """Tell how far behind the feed is, by what the client knows of the ends."""
        for place in self._consumer.assignment():
            _, end = self._consumer.get_watermark_offsets(place, cached=True)
            if end >= 0:
                topic = place.topic.removeprefix(self._settings.topic_prefix)
                behind = end - 1 - self.feed.applied(topic, place.partition)
                metrics.LAG.labels(topic, str(place.partition)).set(max(0, behind))

    def reached(self) -> int:
        """Return the offset of the next action to do."""
        return self.feed.applied(ACTIONS, 0) + 1

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()
        self._checkpoints.close()


def feeds_of(settings: Settings) -> Callable[[], Feed]:
    """Return what makes an empty feed of this house.

    Raises:
        SettingsError: If the record's key is missing or none.
        OSError: If the trust file cannot be read.
        msgspec.DecodeError: If the trust file is none.
    """
    house = _house(settings, settings.tenant)
    trust = load_trust(settings.trust_file.read_bytes())
    return lambda: Feed(house, trust, partitions=settings.partitions)


def feeds_apart_of(settings: Settings) -> Callable[[], FeedApart]:
    """Return what makes an empty feed of the restricted lane.

    Its heads name another log, so that none can pass for one of the feed that others read.

    Raises:
        SettingsError: If the record's key is missing or none.
    """
    house = _house(settings, f"{settings.tenant}/{APART}")
    return lambda: FeedApart(house)


def _house(settings: Settings, log_name: str) -> House:
    return House(
        tenant=settings.tenant,
        jurisdiction=settings.jurisdiction,
        signer=HeadSigner(read_record_key(settings), log_name),
        new_key=lambda: os.urandom(SUBJECT_KEY_BYTES),
    )


def _count(written: Sequence[Written]) -> None:
    metrics.COMPLIANCE_RECORDS.inc(sum(each.topic == FEED for each in written))
    metrics.HEADS.inc(sum(each.topic == HEADS for each in written))
