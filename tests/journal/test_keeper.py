"""The keeper: what is lacking is taken over again, and the lag is told while it is ours."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.types import TP

from stream import metrics
from stream.journal import keeper

HERE, THERE = TP("journal", 7), TP("journal", 8)


class App:
    """Lacks what it is told, look by look, and then stops."""

    rebalancing = False
    conf = SimpleNamespace(broker_heartbeat_interval=0.001)

    def __init__(self, lacking):
        self.looks, self.lacking, self.seeks = len(lacking), iter(lacking), 0
        self.reader = self

    @property
    def should_stop(self):
        self.looks -= 1
        return self.looks < 0

    def lacks(self):
        return next(self.lacking)

    async def perform_seek(self):
        self.seeks += 1


@pytest.mark.parametrize(
    ("lacking", "seeks"),
    [
        pytest.param([False] * 4, 0, id="nothing lacks"),
        pytest.param([True, False, True, False], 0, id="a takeover is on its way"),
        pytest.param([True, True], 1, id="for two heartbeats"),
        pytest.param([True] * 5, 2, id="and it did not help"),
    ],
)
def test_what_lacks_for_two_heartbeats_is_sought_again(monkeypatch, lacking, seeks):
    monkeypatch.setattr(keeper, "LOOK_EVERY_S", 0.001)  # as often as a heartbeat
    app = App(lacking)

    asyncio.run(keeper.retake(app))

    assert app.seeks == seeks


def test_during_a_rebalance_nothing_is_sought(monkeypatch):
    monkeypatch.setattr(keeper, "LOOK_EVERY_S", 0.001)
    app = App([True] * 4)
    app.rebalancing = True

    asyncio.run(keeper.retake(app))

    assert app.seeks == 0


def test_the_lag_is_what_is_not_done_and_is_forgotten_with_the_partition():
    reported = set()
    keeper._report({HERE: 30, THERE: None}, {HERE: 42, THERE: 5}, reported)
    assert (lag(HERE), lag(THERE)) == (12, 5)

    keeper._report({HERE: 42}, {HERE: 42}, reported)

    assert (lag(HERE), lag(THERE)) == (0, None)


def test_while_the_broker_does_not_answer_the_lag_stays_as_it_was():
    reported = set()
    keeper._report({HERE: 30}, {HERE: 42}, reported)
    keeper._report({HERE: 30}, {}, reported)

    assert lag(HERE) == 12


def lag(tp):
    labels = {"topic": tp.topic, "partition": str(tp.partition)}
    return metrics.REGISTRY.get_sample_value("loanwatch_lag_records", labels)
