"""The internals of Faust and aiokafka that the transport overrides or sets are as they were.

A new release that changes one of these fails here, before it loses a record. Then: read the
change, adapt the override, run `tests/broker` and `make chaos`, and renew the digest with

    python -m tests.journal.test_overrides
"""

import hashlib
import inspect
import sys

import aiokafka
import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.app import base as app
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver

from stream.journal import transport

DIGESTS = {
    "faust.transport.drivers.aiokafka.AIOKafkaConsumerThread._create_worker_consumer": "c2701bfc3e6f6cad",
    "faust.transport.drivers.aiokafka.Consumer._new_consumer_thread": "0870ec53dea75083",
    "faust.transport.drivers.aiokafka.Consumer._to_message": "7c24f6511b2fcef7",
    "faust.transport.consumer.ThreadDelegateConsumer._getmany": "f9d47aa9010b5ff2",
    "faust.transport.consumer.Consumer._add_gap": "4df2573ded7c1c2c",
    "faust.transport.consumer.Consumer._new_offset": "1d2c7ea89a7ad4f1",
    "faust.transport.consumer.Consumer._filter_tps_with_pending_acks": "f6f9239774234e7e",
    "faust.transport.consumer.Consumer.on_partitions_revoked": "d04b7ae72c6fc206",
    "faust.transport.consumer.Consumer.on_partitions_assigned": "29ce96596f05a18c",
    "faust.transport.consumer.Consumer.perform_seek": "0e8c130ff4b0afd8",
    "faust.app.base.App._new_transport": "42db531312dd776f",
    "faust.app.base.App._create_directories": "a9f571c3b04abec3",
    "faust.app.base.App.on_stop": "bfe5a933defb2324",
    "faust.app.base.BootStrategy.web_server": "3caebb79a3b30a0e",
    "faust.app.base.BootStrategy.kafka_producer": "54a789df64f66255",
    "faust.tables.manager.TableManager.on_start": "365dd25fbc0e0684",
    "faust.transport.drivers.aiokafka.AIOKafkaConsumerThread._seek_wait": "9d221e816d940467",
    "faust.transport.drivers.aiokafka.AIOKafkaConsumerThread._fetch_records": "39a2c6c79fc1455a",
    "faust.transport.drivers.aiokafka.AIOKafkaConsumerThread._commit": "932852ce7a23f658",
    "faust.transport.consumer.Consumer.getmany": "4b168d84882a70d6",
    "faust.transport.consumer.Consumer._drain_messages": "44a2500309e83c63",
    "faust.transport.consumer.Consumer.wait_empty": "e4662fe24f094819",
    "faust.transport.consumer.Consumer.force_commit": "cc094614d22c70fb",
    "faust.transport.consumer.Consumer._commit_tps": "a20e230b05ae8b15",
    "faust.transport.consumer.Consumer._filter_committable_offsets": "dc5e9baf5d994485",
    "faust.transport.consumer.Consumer._should_commit": "5ce941793947ad42",
    "faust.transport.consumer.Consumer.ack": "5fcf41cf45153475",
    "faust.app.base.App._on_partitions_revoked": "d5c895bbe57dc73a",
    "faust.app.base.App._on_partitions_assigned": "de932b7927db85b3",
    "faust.app.base.App._stop_consumer": "55854a5de12c3f52",
    "faust.tables.recovery.Recovery._resume_streams": "d986a6710c1aca98",
    "faust.tables.recovery.Recovery._wait": "ec7429b70176f8c6",
    "aiokafka.consumer.consumer.AIOKafkaConsumer.seek_to_committed": "f6cd85c8b70a4ccf",
    "aiokafka.consumer.consumer.AIOKafkaConsumer.committed": "d8706147ab1573ad",
    "aiokafka.consumer.group_coordinator.GroupCoordinator._on_join_prepare": "4d9524afc0ee2c2f",
    "aiokafka.consumer.group_coordinator.GroupCoordinator._on_join_complete": "0b0b3d204b408f3c",
}

WATCHED = [
    # overridden
    driver.AIOKafkaConsumerThread._create_worker_consumer,
    driver.Consumer._new_consumer_thread,
    driver.Consumer._to_message,
    consumer.ThreadDelegateConsumer._getmany,
    consumer.Consumer._add_gap,
    consumer.Consumer._new_offset,
    consumer.Consumer._filter_tps_with_pending_acks,
    consumer.Consumer.on_partitions_revoked,
    consumer.Consumer.on_partitions_assigned,
    consumer.Consumer.perform_seek,
    app.App._new_transport,
    app.App._create_directories,
    app.App.on_stop,
    app.BootStrategy.web_server,
    app.BootStrategy.kafka_producer,
    TableManager.on_start,
    # called by what is overridden, or calling it
    driver.AIOKafkaConsumerThread._seek_wait,
    driver.AIOKafkaConsumerThread._fetch_records,
    driver.AIOKafkaConsumerThread._commit,
    consumer.Consumer.getmany,
    consumer.Consumer._drain_messages,
    consumer.Consumer.wait_empty,
    consumer.Consumer.force_commit,
    consumer.Consumer._commit_tps,
    consumer.Consumer._filter_committable_offsets,
    consumer.Consumer._should_commit,
    consumer.Consumer.ack,
    app.App._on_partitions_revoked,
    app.App._on_partitions_assigned,
    app.App._stop_consumer,
    Recovery._resume_streams,
    Recovery._wait,
    aiokafka.AIOKafkaConsumer.seek_to_committed,
    aiokafka.AIOKafkaConsumer.committed,
    GroupCoordinator._on_join_prepare,
    GroupCoordinator._on_join_complete,
]


def named(function):
    return f"{function.__module__}.{function.__qualname__}"


def digest(function):
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


@pytest.mark.parametrize("function", [pytest.param(f, id=named(f)) for f in WATCHED])
def test_an_internal_that_we_rest_on_has_not_changed(function):
    assert digest(function) == DIGESTS[named(function)], (
        f"{named(function)} is not what was read and tested: see this file's docstring"
    )


@pytest.mark.parametrize(
    "name",
    [
        "_isolation_level",
        "_partition_assignment_strategy",
        "_fetch_min_bytes",
        "_fetch_max_wait_ms",
    ],
)
def test_what_is_set_on_aiokafkas_consumer_is_read_when_it_starts(name):
    kept = f"self.{name} ="
    assert kept in inspect.getsource(aiokafka.AIOKafkaConsumer.__init__)
    assert f"self.{name}" in inspect.getsource(aiokafka.AIOKafkaConsumer.start)


def test_every_override_still_overrides_something():
    ours, theirs = vars(transport.Consumer), driver.Consumer
    own = {"current", "lacks", "save", "_chunks", "_seek_to_applied", "_group_positions"}
    overridden = {name for name, what in ours.items() if inspect.isfunction(what)} - own

    assert [name for name in overridden if not hasattr(theirs, name)] == []


if __name__ == "__main__":
    lines = [f'    "{named(function)}": "{digest(function)}",' for function in WATCHED]
    sys.stdout.write("\n".join(["DIGESTS = {", *lines, "}", ""]))
