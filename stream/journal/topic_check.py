"""The topics of a cluster compared with the table: a worker that finds a difference refuses.

A topic that differs breaks promises in silence: another number of partitions sends a borrower's
records elsewhere, a compacted journal forgets, a short retention loses what was not read yet.

Only what the promises rest on is compared. A cluster may keep more copies, keep records longer
and take larger ones; how often it compacts is its own affair.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource

from schemas.topics import TOPICS, Topic
from stream.journal.clients import kafka_config, named
from stream.journal.topic_admin import TIMEOUT_S, TopicsError, config_of, partitions_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from confluent_kafka.admin import TopicMetadata

    from stream.settings import Settings

_EXACT: Final = ("cleanup.policy", "message.timestamp.type")
_AT_LEAST: Final = ("retention.ms", "max.message.bytes")


def require(settings: Settings, names: Collection[str] | None = None) -> None:
    """Refuse to go on if topics differ from the table; see `differences`.

    Raises:
        TopicsError: Naming each difference, in one line.
    """
    if found := differences(settings, names):
        raise TopicsError("; ".join(found))


def differences(settings: Settings, names: Collection[str] | None = None) -> list[str]:
    """Compare the cluster's topics with the table.

    Args:
        settings: Which cluster, with which prefix, partitions and copies.
        names: Only these topics (without prefix), those of a role say; all by default.

    Returns:
        One text for each difference; none if there is none.

    Raises:
        TopicsError: If the cluster does not tell a topic's settings.
    """
    admin = AdminClient(kafka_config(settings))
    known = admin.list_topics(timeout=TIMEOUT_S).topics
    wanted = {named(settings, t.name): t for t in TOPICS if names is None or t.name in names}
    configs = _configs(admin, [name for name in wanted if name in known])
    return [
        f"topic {name} {text}"
        for name, topic in wanted.items()
        for text in _compare(topic, settings, known.get(name), configs.get(name, {}))
    ]


def _compare(
    topic: Topic, settings: Settings, found: TopicMetadata | None, config: dict[str, str] | None
) -> Iterator[str]:
    if found is None:
        yield "is missing"
        return
    yield from _compare_shape(topic, settings, found)
    if config is None:
        yield "does not let its settings be read: grant DESCRIBE_CONFIGS"
    else:
        yield from _compare_config(config_of(topic, settings), config)


def _compare_shape(topic: Topic, settings: Settings, found: TopicMetadata) -> Iterator[str]:
    expected = partitions_of(topic, settings)
    if len(found.partitions) != expected:
        yield f"has {len(found.partitions)} partitions, expected {expected}"
    copies = min((len(part.replicas) for part in found.partitions.values()), default=0)
    if copies < settings.replication:
        yield f"has {copies} copies, expected {settings.replication} or more"


def _compare_config(expected: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for key in _EXACT:
        if key in expected and found[key] != expected[key]:
            yield f"has {key}={found[key]}, expected {expected[key]}"
    for key in _AT_LEAST:
        if key in expected and _limit(found[key]) < _limit(expected[key]):
            yield f"has {key}={found[key]}, expected {expected[key]} or more"


def _limit(text: str) -> float:
    """Return a limit as a number; -1 is Kafka's word for none."""
    return math.inf if text == "-1" else int(text)


def _configs(admin: AdminClient, names: Sequence[str]) -> dict[str, dict[str, str] | None]:
    """Return each topic's settings, None where we may not read them."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    found: dict[str, dict[str, str] | None] = {}
    for resource, answer in admin.describe_configs(resources).items():
        try:
            entries = answer.result(TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise TopicsError(f"topic {resource.name}: {error.args[0].str()}") from None
            found[resource.name] = None
        else:
            found[resource.name] = {key: entry.value for key, entry in entries.items()}
    return found
