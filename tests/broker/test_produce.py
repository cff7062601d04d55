"""`produce` against a real broker: every record once, in its partition, with clocks in all."""

import csv
import json
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from hashlib import sha256

import orjson
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from typer.testing import CliRunner

from schemas.topics import STREAM_TOPICS
from stream.commands.produce import app
from stream.journal.clients import consumer_config, named
from stream.journal.topic_admin import create
from stream.sources.records import write
from stream.sources.simulator.book import Book
from stream.sources.sink import DeliveryError, KafkaSink

pytestmark = pytest.mark.broker
TOPICS = (*STREAM_TOPICS, "references")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "book.jsonl"
    book = Book(seed=3, borrowers=6, days=3, start=date(2026, 1, 5))
    with path.open("wb") as out:
        write(book.records(), out)
    return path


@pytest.fixture
def house(settings, monkeypatch):
    """Settings of a cluster with topics, which commands find in the environment."""
    create(settings)
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    return settings


def read(settings, topic):
    """Every record of a topic so far: partition, key and value."""
    consumer = Consumer(consumer_config(settings, "reader") | {"enable.partition.eof": True})
    full_name = named(settings, topic)
    partitions = consumer.list_topics(full_name).topics[full_name].partitions
    consumer.assign([TopicPartition(full_name, number, 0) for number in partitions])
    found, ends = [], 0
    while ends < len(partitions):
        message = consumer.poll(5)
        if message.error() is None:
            found.append((message.partition(), message.key(), message.value()))
        else:
            assert message.error().code() == KafkaError._PARTITION_EOF
            ends += 1
    consumer.close()
    return found


def run(*args):
    result = CliRunner().invoke(app, [*map(str, args), "--json"])
    assert result.exception is None, result.output
    return orjson.loads(result.stdout)


def test_every_line_is_on_its_topic_once_in_order_and_the_clock_in_every_partition(
    house, file, tmp_path
):
    report = run(file, "--sent", tmp_path / "sent.csv")
    lines = file.read_bytes().splitlines()
    by_topic = {topic: read(house, topic) for topic in TOPICS}
    clock = {
        (topic, partition): [
            json.loads(value)["time"] for number, key, value in records if number == partition
            and b'"clock.v1"' in value and key is None
        ]
        for topic, records in by_topic.items()
        for partition in range(house.partitions)
    }  # fmt: skip
    events = [value for records in by_topic.values() for _, key, value in records if key]

    assert Counter(events) == Counter(line for line in lines if b'"clock.v1"' not in line)
    assert report["records"] == len(events)
    assert report["sent"] == {
        topic: sum(key is not None for _, key, _ in records) for topic, records in by_topic.items()
    }
    hours = [json.loads(line)["time"] for line in lines if b'"clock.v1"' in line]
    for (topic, _), told in clock.items():
        assert told == ([] if topic == "references" else [*hours, "2026-01-07T17:00:00.000Z"])
    assert report["clock_records"] == len(hours) + 1

    with (tmp_path / "sent.csv").open(newline="") as sent:
        listed = [(row["topic"], row["event_id"]) for row in csv.DictReader(sent)]
    assert Counter(listed) == Counter(
        (topic, json.loads(value)["id"])
        for topic, records in by_topic.items()
        for _, key, value in records
        if key
    )


def test_records_of_one_key_are_in_one_partition_in_the_order_of_the_file(house, file):
    run(file, "--no-clock")
    order = {line: number for number, line in enumerate(file.read_bytes().splitlines())}
    places = defaultdict(list)
    for topic in TOPICS:
        for partition, key, value in read(house, topic):
            places[topic, key].append((partition, order[value]))

    assert len({partition for spots in places.values() for partition, _ in spots}) > 1
    for spots in places.values():
        assert len({partition for partition, _ in spots}) == 1
        assert [number for _, number in spots] == sorted(number for _, number in spots)


def test_the_same_key_is_where_the_other_clients_put_it(house, file):
    """aiokafka's default partitioner is Java's; the journal's writers use it too."""
    from aiokafka.partitioner import murmur2  # noqa: PLC0415 - only here

    run(file, "--no-clock")

    for partition, key, _ in read(house, "pos-clearing"):
        assert partition == (murmur2(key) & 0x7FFFFFFF) % house.partitions


def test_ctrl_c_ends_it_with_everything_acknowledged_and_counted(house, file, tmp_path):
    """At 5,000 times real time the three days take 52 s; it is told to stop within the first."""
    command = [sys.executable, "-m", "stream.cli", "produce", file, "--speed", "5000", "--json"]
    sent = tmp_path / "sent.csv"
    with subprocess.Popen([*command, "--sent", sent], stdout=subprocess.PIPE) as process:
        while len(read(house, "pos-clearing")) < 10:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        report = orjson.loads(process.stdout.read())

    assert process.returncode == 130
    assert report["stopped"]
    assert 0 < report["records"] < len(file.read_bytes().splitlines())
    assert report["records"] == len(sent.read_text("utf-8").splitlines()) - 1
    for topic, count in report["sent"].items():
        assert count == sum(key is not None for _, key, _ in read(house, topic))


def test_a_line_that_is_no_envelope_is_sent_and_said(house, tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_bytes(b'pardon?\n{"type":"settlement.v1","id":"s1"}\n')
    report = run(file, "--sent", tmp_path / "sent.csv")

    assert report["unreadable"] == report["records"] == 2
    assert report["first_problem"].startswith("line 1, $: expected JSON")
    assert [value for _, _, value in read(house, "repayments")] == [b"pardon?"]
    assert [value for _, _, value in read(house, "settlements")] == [
        b'{"type":"settlement.v1","id":"s1"}'
    ]
    listed = (tmp_path / "sent.csv").read_text("utf-8").splitlines()
    assert sorted(listed)[:2] == [
        f"repayments,sha256:{sha256(b'pardon?').hexdigest()}",
        "settlements,s1",
    ]


def test_without_topics_nothing_is_sent_and_the_way_out_is_named(settings, file, monkeypatch):
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)

    result = CliRunner().invoke(app, [str(file)])

    assert "does not exist: `loanwatch topics create` makes it" in str(result.exception)


def test_a_record_that_the_cluster_does_not_take_is_an_error(house):
    heard = []
    sink = KafkaSink(house, lambda *told: heard.append(told))
    sink.send("repayments", b"x" * (2 << 20), key="ln_1", record_id="too-large")

    with pytest.raises(DeliveryError, match="1 or more records were not delivered, first too-la"):
        sink.flush()
    assert heard == []
