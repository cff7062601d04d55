"""At least once on a real Kafka: nothing is committed that was not handed on."""

from collections import Counter

import pytest

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
