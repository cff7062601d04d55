"""Exactly once on a real Kafka, whatever happens to the worker."""

import signal

import pytest

from stream.journal.log_reading import READ_UNCOMMITTED
from tests.broker.flow import STOPPED, Flow, until

pytestmark = pytest.mark.broker


@pytest.fixture
def flow(settings, tmp_path):
    with Flow(settings, tmp_path) as flow:
        yield flow


def test_one_worker_publishes_what_the_journal_folds_to(flow):
    flow.feed(20_000)
    worker = flow.worker()
    flow.drain()

    assert worker.stop() == 0
    assert flow.findings() == {}


def test_a_worker_that_joins_takes_some_partitions_and_a_stop_gives_them_back(flow):
    with flow.feeding():
        first = flow.worker("a")
        first.wait_ready()
        second = flow.worker("b")
        second.wait_ready()
        until(lambda: second.metric("loanwatch_applied_total"))
        assert first.stop() == 0
        until(lambda: second.metric("loanwatch_take_over_seconds_count") == 4)
    flow.drain()

    assert flow.findings() == {}


def test_a_killed_worker_that_comes_back_goes_on_at_its_checkpoint(flow):
    with flow.feeding():
        for _ in range(3):
            worker = flow.worker()
            worker.wait_ready()
            until(lambda worker=worker: worker.metric("loanwatch_checkpoint_seconds_count") > 4)
            worker.kill()
        worker = flow.worker()
    flow.drain()

    assert flow.findings() == {}


def test_a_kill_between_begin_and_commit_leaves_only_what_uncommitted_readers_see(flow):
    with flow.feeding():
        worker = flow.worker("a", "stop-in-commit")
        until(lambda: worker.state == STOPPED)
        worker.kill()
        flow.worker("a").wait_ready()
    flow.drain()

    ghosts = flow.outsider(READ_UNCOMMITTED)
    assert ghosts["alerts"] > ghosts["unique"]
    assert flow.findings() == {}


def test_a_zombie_in_its_commit_is_fenced_and_may_go_on(flow):
    with flow.feeding():
        zombie = flow.worker("a", "stop-in-commit")
        zombie.wait_ready()
        heir = flow.worker("b")
        until(lambda: zombie.state == STOPPED)
        heir.wait_ready()
        until(lambda: heir.metric("loanwatch_take_over_seconds_count") == 4)
        zombie.process.send_signal(signal.SIGCONT)
        until(lambda: zombie.metric("loanwatch_fences_total"))
        until(lambda: zombie.metric("loanwatch_take_over_seconds_count") > 4)
    flow.drain()

    assert zombie.process.poll() is None
    assert flow.findings() == {}


def test_a_journal_that_was_cut_before_its_checkpoint_is_refused(flow):
    flow.feed(2_000)
    worker = flow.worker()
    flow.drain()
    assert worker.stop() == 0
    flow.feed(2_000)
    flow.cut()
    worker = flow.worker()

    assert worker.process.wait(120) == 1
    assert "it was cut, or made anew under an old checkpoint" in flow.log("a")


def test_without_fencing_a_zombie_publishes_what_its_heir_has_published(flow):
    """A planted bug: the comparison above would see it."""
    with flow.feeding():
        zombie = flow.worker("a", "without-fencing", "stop-in-commit")
        until(lambda: zombie.state == STOPPED)
        heir = flow.worker("b", "without-fencing")
        heir.wait_ready()
        until(lambda: heir.metric("loanwatch_checkpoint_seconds_count") > 4)
        zombie.process.send_signal(signal.SIGCONT)
    flow.drain()

    assert "doubled or wrong" in flow.findings()


def test_a_seek_that_is_off_by_one_loses_records(flow):
    """A planted bug: the comparison above would see it."""
    flow.feed(5_000)
    flow.worker("a", "seek-off-by-one")
    flow.drain()

    assert "lost" in flow.findings()
