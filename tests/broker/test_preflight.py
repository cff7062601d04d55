"""The preflight on a real cluster: whatever is wrong becomes one clear line within seconds."""

import asyncio
import time

import aiokafka
import pytest
from confluent_kafka import Producer

from stream.embedded.processes import free_port
from stream.journal.clients import faust_credentials, producer_config
from stream.journal.preflight import PreflightError, preflight
from stream.journal.topic_admin import create, rights_of
from stream.journal.topic_check import differences
from stream.settings import Settings

pytestmark = pytest.mark.broker

READ_JOURNAL = {"journal": {"READ"}}


def refusal(settings, topics=READ_JOURNAL, group="monitor", within_s=5.0, **options):
    """Return the line that the preflight refuses with, after proving that it is one and quick."""
    began = time.monotonic()
    with pytest.raises(PreflightError) as error:
        preflight(settings, topics, group, **options)
    assert time.monotonic() - began < within_s
    line = str(error.value)
    assert "\n" not in line
    assert line.startswith(f"{settings.kafka_bootstrap}: ")
    return line


def test_a_role_with_its_rights_passes(secured):
    preflight(secured.settings("monitor"), rights_of("monitor"), "monitor")


def test_a_role_with_its_rights_can_compare_its_topics(secured):
    assert differences(secured.settings("monitor"), rights_of("monitor")) == []


def test_a_wrong_password(secured, tmp_path):
    (tmp_path / "wrong").write_text("wrong")

    line = refusal(secured.settings("monitor", kafka_password_file=tmp_path / "wrong"))

    assert "user or password refused" in line
    assert "wrong" not in line.replace("user or password refused", "")


def test_an_unknown_user(secured):
    settings = secured.settings("mallory", kafka_password_file=secured.folder / "monitor.password")

    assert "user or password refused" in refusal(settings)


def test_a_wrong_ca(secured, other_ca):
    line = refusal(secured.settings("monitor", kafka_ca_file=other_ca))

    assert "TLS failed" in line
    assert "certificate verify failed" in line


def test_no_tls_where_the_listener_wants_it(secured):
    settings = secured.settings("monitor", kafka_security="SASL_PLAINTEXT")

    assert "another kind of listener" in refusal(settings, timeout_s=1.0)


def test_nothing_listens():
    settings = Settings(kafka_bootstrap=f"127.0.0.1:{free_port()}")

    assert "nothing listens" in refusal(settings, timeout_s=1.0)


@pytest.mark.parametrize(
    ("topics", "group", "expected"),
    [
        pytest.param(
            {"journal": {"READ", "WRITE"}},
            "monitor",
            ["topic journal: user `monitor` lacks WRITE"],
            id="may read and not write",
        ),
        pytest.param(
            {"repayments": {"READ"}},
            "monitor",
            ["topic repayments: user `monitor` has no right to it, or it does not exist"],
            id="may not even see the topic",
        ),
        pytest.param(
            READ_JOURNAL,
            "ingest",
            ["group ingest: user `monitor` has no right to it"],
            id="another role's group",
        ),
        pytest.param(
            {"control": {"READ"}, "journal": {"WRITE"}},
            "ticker",
            ["topic control", "topic journal: user `monitor` lacks WRITE", "group ticker"],
            id="all problems at once",
        ),
    ],
)
def test_a_missing_right(secured, topics, group, expected):
    line = refusal(secured.settings("monitor"), topics, group)

    assert [text for text in expected if text not in line] == []
    assert line.count(";") == len(expected) - 1


def test_a_missing_topic(settings):
    line = refusal(settings, READ_JOURNAL, "monitor")

    assert f"topic {settings.topic_prefix}journal does not exist" in line


def test_a_plain_cluster_with_its_topics_passes(settings):
    create(settings)

    preflight(settings, rights_of("ingest"), "ingest")


def test_the_same_settings_open_the_door_to_a_producer(secured):
    producer = Producer(producer_config(secured.settings("monitor")))
    failures = []
    producer.produce("alerts", b"{}", b"k", on_delivery=lambda error, _: failures.append(error))

    assert producer.flush(10) == 0
    assert failures == [None]


def test_the_same_settings_open_the_door_to_faust(secured):
    """As Faust's transport hands its credentials on to aiokafka."""
    assert asyncio.run(partitions_by_aiokafka(secured.settings("monitor"))) == {0, 1, 2, 3}


async def partitions_by_aiokafka(settings):
    credentials = faust_credentials(settings)
    consumer = aiokafka.AIOKafkaConsumer(
        "journal",
        bootstrap_servers=settings.kafka_bootstrap,
        security_protocol=credentials.protocol.value,
        sasl_mechanism=credentials.mechanism.value,
        sasl_plain_username=credentials.username,
        sasl_plain_password=credentials.password,
        ssl_context=credentials.ssl_context,
    )
    async with consumer:
        return consumer.partitions_for_topic("journal")
