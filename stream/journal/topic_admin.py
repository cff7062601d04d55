"""The table of topics as a cluster has it: names, partitions, settings, rights; and making it.

`schemas.topics` says what a topic is for. How many partitions and copies it has, and what is
put before its name, is a matter of the cluster, so `Settings` says that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.topics import TOPICS, Topic
from stream.journal.clients import kafka_config, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from confluent_kafka.admin import TopicMetadata

    from stream.settings import Settings

TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.05


class TopicsError(RuntimeError):
    """The cluster's topics are not those of the table; the text names each difference."""


def partitions_of(topic: Topic, settings: Settings) -> int:
    """Return how many partitions a topic has: its own number, else the journal's.

    >>> from stream.settings import Settings
    >>> {topic.name: partitions_of(topic, Settings(partitions=8)) for topic in TOPICS}
    {'repayments': 8, ..., 'control': 1, ..., 'journal': 8, ...}
    """
    return topic.partitions or settings.partitions


def config_of(topic: Topic, settings: Settings) -> dict[str, str]:
    """Return a topic's settings in Kafka's words.

    With three copies, a record is acknowledged when two have it: one broker may be away.
    """
    return {
        "cleanup.policy": topic.cleanup.value,
        "retention.ms": str(topic.retention_ms),
        "min.insync.replicas": str(max(1, settings.replication - 1)),
        **topic.config,
    }


def rights_of(role: str) -> dict[str, set[str]]:
    """Return what a role does with each of its topics, as `preflight` wants it.

    >>> rights_of("ticker")
    {'source-progress': {'READ'}, 'journal': {'WRITE'}}
    """
    rights = {
        topic.name: {
            operation
            for operation, roles in (("READ", topic.readers), ("WRITE", topic.writers))
            if role in roles
        }
        for topic in TOPICS
    }
    return {name: operations for name, operations in rights.items() if operations}


def create(settings: Settings) -> list[str]:
    """Create the topics that are missing and wait until all their partitions can be used.

    Topics that are there already stay as they are; `topic_check` tells what is wrong with them.

    Returns:
        The full names of those created.

    Raises:
        TopicsError: If the cluster refuses one, or does not bring it up in time.
    """
    admin = AdminClient(kafka_config(settings))
    known = admin.list_topics(timeout=TIMEOUT_S).topics
    missing = [topic for topic in TOPICS if named(settings, topic.name) not in known]
    if missing:
        _create(admin, [_new(topic, settings) for topic in missing])
        _await_leaders(admin, settings, missing)
    return [named(settings, topic.name) for topic in missing]


def _new(topic: Topic, settings: Settings) -> NewTopic:
    return NewTopic(
        named(settings, topic.name),
        num_partitions=partitions_of(topic, settings),
        replication_factor=settings.replication,
        config=config_of(topic, settings),
    )


def _create(admin: AdminClient, topics: Sequence[NewTopic]) -> None:
    for name, answer in admin.create_topics(list(topics)).items():
        try:
            answer.result(TIMEOUT_S)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() != KafkaError.TOPIC_ALREADY_EXISTS:  # another start was faster
                raise TopicsError(f"topic {name} cannot be created: {reason.str()}") from None


def _await_leaders(admin: AdminClient, settings: Settings, topics: Iterable[Topic]) -> None:
    """Wait until every partition has a leader: who asks earlier is told it does not exist."""
    end = time.monotonic() + TIMEOUT_S
    waiting = {named(settings, topic.name): partitions_of(topic, settings) for topic in topics}
    while True:
        known = admin.list_topics(timeout=TIMEOUT_S).topics
        waiting = {name: n for name, n in waiting.items() if _with_leader(known.get(name)) < n}
        if not waiting:
            return
        if time.monotonic() > end:
            raise TopicsError(f"partitions without a leader: {', '.join(sorted(waiting))}")
        time.sleep(_POLL_S)


def _with_leader(topic: TopicMetadata | None) -> int:
    return sum(part.leader >= 0 for part in topic.partitions.values()) if topic else 0
