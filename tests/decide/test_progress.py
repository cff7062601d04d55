"""What dispatch is told of time: the ticks of a live journal on the wall's clock, now and then."""

import pytest

from schemas.control import Clock
from schemas.trigger_progress import PROGRESS_KEY

SECOND = 1 / 86_400


def told(outputs):
    return [o for o in outputs if o.topic == "collection-triggers"]


def test_a_live_journal_tells_of_a_tick_every_five_seconds(trial):
    log = trial.Log().rules().go_live(Clock.WALL)
    for second in range(12):
        log.tick(1 + second * SECOND)
    outputs = told(trial.run(log.records))

    assert {each.key for each in outputs} == {PROGRESS_KEY}
    assert len(outputs) == 3


@pytest.mark.parametrize(
    "clock", [pytest.param(Clock.INPUT, id="a play"), pytest.param(None, id="bootstrap")]
)
def test_nobody_is_contacted_in_a_play(trial, clock):
    log = trial.Log().rules()
    log = log.go_live(clock) if clock else log
    assert told(trial.run(log.tick(1).tick(2).records)) == []


def test_an_older_tick_tells_nothing(trial):
    log = trial.Log().rules().go_live(Clock.WALL).tick(2).tick(1)

    assert len(told(trial.run(log.records))) == 1


def test_it_stands_behind_what_the_tick_brought_about(trial):
    log = trial.Log().rules().go_live(Clock.WALL).payee_changed(1).tick(9)
    outputs = trial.run(log.records)
    alerts = [place for place, each in enumerate(outputs) if each.topic == "alerts"]

    assert outputs[-1].key == PROGRESS_KEY
    assert alerts
