"""The embedded Kafka: a folder of its own, kept over restarts, ended with its parent."""

import subprocess
import sys
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from stream.embedded.errors import BrokerError
from stream.embedded.kafka import start
from stream.embedded.kafka_config import Listener
from stream.embedded.ownership import owner
from stream.journal.clients import consumer_config, kafka_config, producer_config
from stream.settings import Settings

pytestmark = pytest.mark.broker


def settings_of(broker):
    return Settings(kafka_bootstrap=broker.bootstrap)


@pytest.fixture(scope="session")
def used_folder(tmp_path_factory):
    """A folder in which a broker ran, took one record, and was stopped."""
    folder = tmp_path_factory.mktemp("used")
    with start(folder) as broker:
        admin = AdminClient(kafka_config(settings_of(broker)))
        admin.create_topics([NewTopic("kept", 1)])["kept"].result(10)
        producer = Producer(producer_config(settings_of(broker)))
        producer.produce("kept", b"still here")
        assert producer.flush(10) == 0
    return folder


def test_topics_and_records_outlive_a_restart(used_folder):
    assert owner(used_folder) is None

    with start(used_folder) as broker:
        consumer = Consumer(consumer_config(settings_of(broker), "reader"))
        consumer.assign([TopicPartition("kept", 0, 0)])
        (record,) = consumer.consume(1, 10)
        consumer.close()

    assert record.value() == b"still here"


def test_its_folder_and_its_port_are_refused_to_a_second_one(tmp_path):
    with start(tmp_path / "first") as broker:
        port = int(broker.bootstrap.rpartition(":")[2])

        with pytest.raises(BrokerError, match=rf"in use .* \(pid {broker.pid}, "):
            start(tmp_path / "first")
        with pytest.raises(BrokerError, match=f"port {port} cannot be had"):
            start(tmp_path / "second", port)

        assert AdminClient(kafka_config(settings_of(broker))).list_topics(timeout=5).brokers


def test_it_ends_when_its_parent_is_killed(tmp_path):
    script = (
        "import sys, time; from stream.embedded import kafka\n"
        "kafka.start(sys.argv[1]); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout.readline() == "up\n"
        assert owner(tmp_path) is not None

        parent.kill()

    end = time.monotonic() + 15
    while owner(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert owner(tmp_path) is None
    assert (tmp_path / "log" / ".kafka_cleanshutdown").exists()


def test_settings_that_kafka_refuses_are_told_in_its_own_words(tmp_path):
    listener = Listener(properties={"log.retention.hours": "soon"})

    with pytest.raises(BrokerError, match=r"Invalid value soon for configuration log\.retention"):
        start(tmp_path, listener=listener)
    assert owner(tmp_path) is None


def test_a_broker_that_ends_while_starting_says_why(used_folder):
    listener = Listener(properties={"log.retention.hours": "soon"})

    with pytest.raises(BrokerError, match=r"(?s)did not start \(exit code 1\).*log\.retention"):
        start(used_folder, listener=listener)
    assert owner(used_folder) is None
