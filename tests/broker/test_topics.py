"""The topics on a real cluster: made from the table, compared with it."""

import time
from dataclasses import replace

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
)

from schemas.topics import TOPICS
from stream.journal.clients import kafka_config
from stream.journal.topic_admin import TopicsError, create
from stream.journal.topic_check import differences, require

pytestmark = pytest.mark.broker


@pytest.fixture
def made(settings):
    """Settings of a prefix whose topics are there."""
    create(settings)
    return settings


@pytest.fixture
def admin(settings):
    return AdminClient(kafka_config(settings))


def within(seconds, check):
    """Wait for `check`: a broker applies a change some time after it has said so."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def set_config(admin, name, **config):
    entries = [
        ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for key, value in config.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
    for answer in admin.incremental_alter_configs([resource]).values():
        answer.result(10)
    within(
        10,
        lambda: [read_config(admin, name, entry.name) for entry in entries] == [*config.values()],
    )


def read_config(admin, topic, key):
    (answer,) = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()
    return answer.result(10)[key].value


def test_all_topics_are_made_once_and_have_leaders_at_once(settings, admin):
    names = [settings.topic_prefix + topic.name for topic in TOPICS]

    assert create(settings) == names

    known = admin.list_topics(timeout=10).topics
    assert [p.leader for n in names for p in known[n].partitions.values() if p.leader < 0] == []
    assert create(settings) == []
    assert differences(settings) == []
    require(settings)


def test_only_missing_topics_are_made(made, admin):
    gone = f"{made.topic_prefix}health"
    admin.delete_topics([gone])[gone].result(10)
    within(10, lambda: gone not in admin.list_topics(timeout=10).topics)

    assert create(made) == [gone]


def test_a_worker_names_what_is_missing_and_refuses(settings):
    with pytest.raises(TopicsError, match=f"^topic {settings.topic_prefix}journal is missing$"):
        require(settings, {"journal"})


def test_another_number_of_partitions_is_named(made, admin):
    name = f"{made.topic_prefix}journal"
    admin.create_partitions([NewPartitions(name, 5)])[name].result(10)
    within(10, lambda: len(admin.list_topics(timeout=10).topics[name].partitions) == 5)

    assert differences(made) == [f"topic {name} has 5 partitions, expected 4"]
    assert differences(made, {"alerts"}) == []


def test_too_few_copies_are_named(made):
    found = differences(replace(made, replication=3), {"alerts"})

    assert found == [f"topic {made.topic_prefix}alerts has 1 copies, expected 3 or more"]


@pytest.mark.parametrize(
    ("topic", "config", "difference"),
    [
        pytest.param(
            "journal",
            {"cleanup_policy": "compact"},
            "has cleanup.policy=compact, expected delete",
            id="a journal that forgets",
        ),
        pytest.param(
            "journal",
            {"message_timestamp_type": "CreateTime"},
            "has message.timestamp.type=CreateTime, expected LogAppendTime",
            id="times as the writers like",
        ),
        pytest.param(
            "repayments",
            {"retention_ms": "60000"},
            "has retention.ms=60000, expected 1209600000 or more",
            id="kept too short",
        ),
        pytest.param(
            "control",
            {"max_message_bytes": "1000"},
            "has max.message.bytes=1000, expected 4194304 or more",
            id="too small for a rule set",
        ),
        pytest.param("repayments", {"retention_ms": "-1"}, None, id="kept for ever is fine"),
        pytest.param("control", {"max_message_bytes": "9000000"}, None, id="larger is fine"),
        pytest.param("references", {"segment_ms": "600000"}, None, id="tuning is the cluster's"),
    ],
)
def test_settings_that_break_a_promise_are_named(made, admin, topic, config, difference):
    name = f"{made.topic_prefix}{topic}"
    set_config(admin, name, **config)

    assert differences(made) == ([f"topic {name} {difference}"] if difference else [])


def test_a_name_that_kafka_refuses_is_told(settings):
    impossible = replace(settings, topic_prefix="x" * 250)

    with pytest.raises(TopicsError, match="cannot be created"):
        create(impossible)
