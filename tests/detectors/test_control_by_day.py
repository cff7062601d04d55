"""A threshold that hears of a day's alerts on the next day: a simulated year, and a wave."""

import random

import pytest

from detectors.control import Control, Strain


def year(share, looks, *, scale=1.0, days=365, seed=1, wave=None):
    """Yield the control after each day, and the alerts of the day; `wave` has days and a shift."""
    rng, control = random.Random(seed), Control(share)
    for day in range(days):
        shift = wave[1] if wave and day in wave[0] else 0.0
        found = sum(control.is_alert(scale * rng.expovariate(1.0) + shift) for _ in range(looks))
        control.learn_day(found, looks)
        yield control, found


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.5], ids=["cautious", "right", "bold"])
@pytest.mark.parametrize(
    ("share", "looks"),
    [
        pytest.param(1e-2, 200, id="1 in 100 of 200"),
        pytest.param(1e-2, 3_000, id="1 in 100 of 3,000"),
        pytest.param(1e-3, 2_000, id="1 in 1,000 of 2,000"),
        pytest.param(4.9e-4, 1_000, id="M's, of 1,000"),
        pytest.param(4.9e-4, 4_000, id="M's, of 4,000"),
    ],
)
def test_over_a_year_the_share_of_alerts_is_the_stated_one(share, looks, scale):
    found = [alerts for _, alerts in year(share, looks, scale=scale)][30:]

    assert sum(found) / (len(found) * looks) == pytest.approx(share, rel=0.1)


def test_of_a_very_large_segment_the_threshold_stands_still():
    """A day's 20,000 looks in single steps would overshoot for ever."""
    steps = [control.threshold for control, _ in year(1e-2, 20_000, days=60)][30:]

    assert max(steps) - min(steps) < 0.3


def test_a_wave_is_stress_and_over_when_it_is():
    """For two weeks all scores are higher by six."""
    wave = (range(100, 114), 6.0)
    strains, alerts = {}, []
    for day, (control, found) in enumerate(year(1e-2, 1_000, days=200, wave=wave)):
        strains[day] = control.strain
        alerts.append(found)

    assert {strains[day] for day in range(100)} == {Strain.NONE}
    assert Strain.STRESS in {strains[day] for day in range(101, 114)}
    assert strains[199] is Strain.NONE
    assert sum(alerts[107:114]) < 0.2 * sum(alerts[100:103])
    assert sum(alerts[130:]) > 0.5 * 0.01 * 1_000 * 70, "a flood is not paid back by silence"


@pytest.mark.parametrize(("alerts", "scores"), [(0, 0), (3, -5), (-2, -1)])
def test_a_day_without_looks_changes_nothing(alerts, scores):
    control = Control(0.01)
    before = control.row
    control.learn_day(alerts, scores)

    assert control.row == before


def test_looks_at_which_another_threshold_stood_are_counted_alone():
    control = Control(0.01)
    control.learn_day(30, 500, counts_alone=True)

    assert (control.alerts, control.scores) == (30, 500)
    assert control.threshold == Control(0.01).threshold


def test_of_few_looks_a_day_is_what_single_looks_come_to():
    daily, single = Control(0.01), Control(0.01)
    for alerts in (0, 0, 1, 0, 0, 0, 0, 0):
        daily.learn_day(alerts, 5)
        for n in range(5):
            single.learn_one(39.0 if n < alerts else 0.0)

    assert daily.threshold == pytest.approx(single.threshold, abs=1e-9)
    assert daily.row == single.row or daily.alerts == single.alerts
