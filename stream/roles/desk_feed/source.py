"""The topics that the desk lives on, read by one consumer from where the read model stands.

No group is joined: which offsets count is said by the read model itself, so one that was flushed
is read for from the first record, and two feeds beside each other only do the same twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from stream.desk_feed.project import OF_TOPIC
from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import watermarks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confluent_kafka import Message

    from stream.settings import Settings

log = structlog.get_logger()

GROUP: Final = "desk-feed"
CONTROL: Final = "control"
REFERENCES: Final = "references"
TOPICS: Final = (CONTROL, REFERENCES, *OF_TOPIC)
BATCH: Final = 500
WAIT_S: Final = 0.02
TIMEOUT_S: Final = 30.0
_FAST: Final[dict[str, Any]] = {"enable.partition.eof": True, "fetch.wait.max.ms": 20}


def place_of(topic: str, partition: int) -> str:
    """Return the name of a partition among the offsets."""
    return f"{topic}:{partition}"


class Source:
    """All partitions of all topics.

    Args:
        settings: Of the process.
        offsets: Where each is read from, by `place_of`; from the first record if not named.

    Raises:
        KafkaException: If a topic cannot be read.
    """

    def __init__(self, settings: Settings, offsets: Mapping[str, int]) -> None:
        self._settings = settings
        self._consumer = Consumer(consumer_config(settings, GROUP) | _FAST)
        self._asker = Consumer(consumer_config(settings, GROUP))
        self.read: dict[str, int] = {}
        """The next offset of each partition."""
        begins = []
        for topic in TOPICS:
            for partition in self._partitions(topic):
                place = place_of(topic, partition)
                # What the switch has said is kept by nobody: it is heard again from the first.
                begin = None if topic == CONTROL else offsets.get(place)
                self.read[place] = begin or 0
                begins.append(
                    TopicPartition(
                        named(settings, topic),
                        partition,
                        OFFSET_BEGINNING if begin is None else begin,
                    )
                )
        self._consumer.assign(begins)

    def _partitions(self, topic: str) -> list[int]:
        full = named(self._settings, topic)
        known = self._consumer.list_topics(full, timeout=TIMEOUT_S).topics[full]
        if known.error is not None:
            raise KafkaException(known.error)
        return sorted(known.partitions)

    def ends(self) -> dict[str, int]:
        """Return where each partition ends now.

        Raises:
            KafkaException: If the broker does not say.
        """
        ends = {}
        for place in self.read:
            topic, _, partition = place.rpartition(":")
            full = named(self._settings, topic)
            ends[place] = watermarks(self._asker, full, int(partition))[1]
        return ends

    def next_records(self) -> list[tuple[str, Message]]:
        """Return the next records, each with its topic, none if there are none for now."""
        records = []
        for message in self._consumer.consume(BATCH, WAIT_S):
            error = message.error()
            topic = (message.topic() or "").removeprefix(self._settings.topic_prefix)
            place = place_of(topic, cast("int", message.partition()))
            if error is None:
                self.read[place] = cast("int", message.offset()) + 1
                records.append((topic, message))
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - public, by its docs
                self.read[place] = cast("int", message.offset())
            else:
                log.warning("reading goes on", topic=topic, error=error.str())
        return records

    def has_read(self, ends: Mapping[str, int]) -> bool:
        """Return whether each partition has been read up to there."""
        return all(self.read[place] >= end for place, end in ends.items())

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()
        self._asker.close()
