"""At least once on a real Kafka: nothing is committed that was not handed on."""

from collections import Counter

import pytest
from confluent_kafka import Producer

from stream.journal.clients import named, producer_config
from stream.journal.log_reading import read_partition
from tests.broker.flow import TOYS, Flow, until
from tests.journal.toy import events

pytestmark = pytest.mark.broker


class Forwarding(Flow):
    """A role that copies `repayments` to `unresolved`."""

    command = (str(TOYS / "toy_forwarder.py"),)
    group, source = "ingest", "repayments"

    def until_more_is_done(self):
        """Wait until the group's offsets are higher than now."""
        now = sum(self.saved()[0])
        until(lambda: sum(self.saved()[0]) > now)

    def transactions(self, count, of):
        """Write transactions to partition 0, every third aborted; return offsets committed."""
        options = {"transactional.id": named(self.settings, "source")}
        producer = Producer(producer_config(self.settings) | options)
        producer.init_transactions(30)
        kept = []
        for number in range(count):
            aborted, offsets = number % 3 == 1, []
            producer.begin_transaction()
            for _ in range(of):
                producer.produce(
                    named(self.settings, self.source),
                    value=b"dropped" if aborted else b"kept",
                    partition=0,
                    on_delivery=lambda _, message, to=offsets: to.append(message.offset()),
                )
            producer.flush()
            if aborted:
                producer.abort_transaction()
            else:
                producer.commit_transaction()
                kept += offsets
        return kept

    def copies(self):
        """Return how often each record of the source is in the copy."""
        numbers = range(self.settings.partitions)
        copied = Counter(
            record.value
            for number in numbers
            for record in read_partition(self.settings, "unresolved", number)
        )
        return [copied[value] for _, value in events(self.fed, 200)]


@pytest.fixture
def flow(settings, tmp_path):
    with Forwarding(settings, tmp_path) as flow:
        yield flow


def test_what_a_transaction_aborted_is_not_read_and_its_markers_hold_nothing_up(flow):
    """Faust alone would read the aborted ones, and commit one transaction every three seconds."""
    kept = flow.transactions(30, of=100)
    flow.worker()
    until(lambda: sum(flow.saved()[0]) > max(kept))

    assert flow.saved()[0][0] == max(kept) + 1
    copied = [record.value for record in read_partition(flow.settings, "unresolved", 0)]
    assert copied == [b"kept"] * len(kept)


def test_a_clean_stop_doubles_nothing(flow):
    with flow.feeding():
        for _ in range(2):
            worker = flow.worker()
            worker.wait_ready()
            flow.until_more_is_done()
            assert worker.stop() == 0
        flow.worker()
    flow.drain()

    assert Counter(flow.copies()) == {1: flow.fed}


def test_a_killed_worker_loses_nothing(flow):
    with flow.feeding():
        for _ in range(2):
            worker = flow.worker()
            worker.wait_ready()
            flow.until_more_is_done()
            worker.kill()
        flow.worker()
    flow.drain()

    assert min(flow.copies()) >= 1


def test_a_rebalance_among_the_living_doubles_nothing(flow):
    with flow.feeding():
        first = flow.worker("a")
        first.wait_ready()
        second = flow.worker("b")
        second.wait_ready()
        until(lambda: second.metric("loanwatch_chunk_records_sum") > 500)
    flow.drain()

    assert Counter(flow.copies()) == {1: flow.fed}
