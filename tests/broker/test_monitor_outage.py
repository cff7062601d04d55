"""Exactly once when the broker dies, and when two processes have one name."""

import signal
from dataclasses import replace

import pytest

from stream.journal.app import EX_TEMPFAIL
from tests.broker.flow import STOPPED, Flow, until
from tests.broker.mortal import Mortal

pytestmark = pytest.mark.broker


@pytest.fixture
def mortal(tmp_path):
    broker = Mortal(tmp_path / "mortal")
    yield broker
    broker.stop()


def test_a_killed_broker_that_comes_back_costs_nothing_and_ends_no_worker(
    mortal, settings, tmp_path
):
    with Flow(replace(settings, kafka_bootstrap=mortal.bootstrap), tmp_path) as flow:
        workers = [flow.worker(name) for name in "ab"]
        for worker in workers:
            worker.wait_ready()
        with flow.feeding(per_s=1_000):
            until(lambda: sum(flow.saved()[0]) > 1_000)
            mortal.die()
            mortal.rise()
        flow.drain()

        assert [worker.process.poll() for worker in workers] == [None, None]
        assert flow.findings() == {}


def test_a_stop_while_the_broker_hangs_is_cut_short(mortal, settings, tmp_path):
    with Flow(replace(settings, kafka_bootstrap=mortal.bootstrap), tmp_path) as flow:
        flow.feed(5_000)
        worker = flow.worker("a", "hurried", "stop-in-commit")
        until(lambda: worker.state == STOPPED)
        mortal.hang()
        worker.process.send_signal(signal.SIGCONT)

        assert worker.stop() == EX_TEMPFAIL
        assert "stop took too long" in flow.log("a")


def test_two_processes_of_one_name_spoil_nothing_and_find_out(settings, tmp_path):
    with Flow(settings, tmp_path) as flow:
        with flow.feeding(per_s=1_000):
            twins = [flow.worker("a"), flow.worker("a")]
            until(lambda: any(twin.process.poll() == 1 for twin in twins), within_s=150)
            for twin in twins:
                twin.kill()
            flow.worker("a")
        flow.drain()

        assert "found another of this one's" in flow.log("a")
        assert flow.findings() == {}
