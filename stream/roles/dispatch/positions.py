"""Where a partition of the triggers is read from, and how far a former owner has pushed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from stream import clock
from stream.dispatch.triggers import KEPT_MS
from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import watermarks

if TYPE_CHECKING:
    from stream.settings import Settings

TRIGGERS: Final = "collection-triggers"
ANSWER_WITHIN_S: Final = 10.0


class Positions(NamedTuple):
    """Offsets of one partition of the triggers.

    Attributes:
        first: Of the first record that is young enough to matter.
        committed: What the group has committed: all before it was pushed to the executors.
    """

    first: int
    committed: int

    @classmethod
    def of(cls, settings: Settings, number: int) -> Self:
        """Ask the broker. Blocking.

        Raises:
            KafkaException: If it does not say.
        """
        topic = named(settings, TRIGGERS)
        consumer = Consumer(consumer_config(settings, "dispatch"))
        try:
            first, end = watermarks(consumer, topic, number)
            since = TopicPartition(topic, number, clock.now_ms() - KEPT_MS)
            (young,) = consumer.offsets_for_times([since], timeout=ANSWER_WITHIN_S)
            (group,) = consumer.committed([TopicPartition(topic, number)], timeout=ANSWER_WITHIN_S)
        finally:
            consumer.close()
        for each in (young, group):
            if each.error is not None:
                raise KafkaException(each.error)
        return cls(young.offset if young.offset >= 0 else end, max(first, group.offset))
