"""What counts come to: when there is a reference, and that chance alone demotes nobody."""

import random
from collections import deque
from datetime import date

import pytest

from detectors.drift import BAD_IN_A_ROW
from schemas.fitness import DECILES, FitnessCounts
from schemas.model import Check, Verdict
from stream.decide.fitness.counts import place_of
from stream.decide.fitness.judging import close_round, findings_of, learn
from stream.decide.fitness.state import Model
from stream.decide.fitness.words import said_of
from tests.decide.fitness.world import score

MONDAY = date(2026, 1, 5).toordinal()
DAYS, SEEDS, A_DAY = 365, 200, 25
PRECISION, JUDGED_A_DAY = 0.35, 2
"""A detector at 35 per cent, above its floor of 20."""


def year(seed):
    """A healthy year: how many rounds, and what is known after them."""
    draw, model = random.Random(seed), Model(version=1)
    days, numbers = deque(maxlen=28), [0] * DECILES
    judged = deque(maxlen=28)
    for day in range(MONDAY, MONDAY + DAYS):
        if len(days) == 28:
            for decile in days[0]:
                numbers[decile] -= 1
        days.append([draw.randrange(DECILES) for _ in range(A_DAY)])
        for decile in days[-1]:
            numbers[decile] += 1
        judged.append([draw.random() < PRECISION for _ in range(JUDGED_A_DAY)])
        right = sum(map(sum, judged))
        wrong = sum(map(len, judged)) - right
        counts = FitnessCounts(deciles=tuple(numbers), right=right, wrong=wrong)
        learn(model, counts, day, 0)
        if day % 7 == 0:
            close_round(model, findings_of(model), "amount", day)
    return model


def test_two_hundred_healthy_years_demote_nobody():
    years = [year(seed) for seed in range(SEEDS)]

    assert all(model.reference is not None for model in years)
    assert [model.demotion for model in years] == [None] * SEEDS


def test_the_reference_begins_four_weeks_after_the_first_score_is_proved_and_never_moves():
    model = Model(version=1)
    plenty = FitnessCounts(deciles=(100,) * DECILES)
    proved = 1_010 + 28 + 27 + 28
    for day in range(1_000, 1_200):
        learn(model, plenty if day >= 1_010 else FitnessCounts(), day, 0)
        assert (model.reference is not None) == (day >= proved)
    assert model.reference.day == proved - 28


def test_what_has_never_been_steady_is_compared_with_nothing():
    model = Model(version=1)
    for day in range(1_000, 1_400):
        unlike = [100] * DECILES
        unlike[day // 28 % DECILES] = 1_500
        learn(model, FitnessCounts(deciles=tuple(unlike)), day, 0)
    assert model.reference is None
    assert [each.signal for each in findings_of(model)] == []


@pytest.mark.parametrize(
    ("signals", "is_bad"),
    [
        pytest.param(("H06",), True, id="drift"),
        pytest.param(("H08",), True, id="precision"),
        pytest.param(("H07",), False, id="missing input"),
        pytest.param((), False, id="nothing"),
    ],
)
def test_rounds_that_say_act_demote_two_in_a_row(signals, is_bad):
    then = FitnessCounts(deciles=(100,) * DECILES, silent=0)
    latest = FitnessCounts(
        deciles=(400, *(0,) * 8, 400) if "H06" in signals else (100,) * DECILES,
        silent=500 if "H07" in signals else 0,
        wrong=40 if "H08" in signals else 0,
    )
    model = Model(version=1, first=1)
    learn(model, then, 672, 0)
    learn(model, then, 700, 0)
    assert model.reference is not None
    learn(model, latest, 707, 0)
    for round_ in range(1, BAD_IN_A_ROW + 1):
        found = findings_of(model)
        demotes = close_round(model, found, "amount", 700 + 7 * round_)
        assert bool(demotes) == (is_bad and round_ == BAD_IN_A_ROW)
        assert not close_round(model, found, "amount", 701 + 7 * round_), "the same week"
    acting = {each.signal for each in found if each.verdict.name == "ACT"}
    assert acting == set(signals)


def test_a_good_week_between_bad_ones_forgives():
    bad, good = FitnessCounts(wrong=40), FitnessCounts(right=40)
    model = Model(version=1)
    for week, latest in enumerate((bad, good, bad, good, bad), start=100):
        learn(model, latest, 7 * week, 0)
        assert not close_round(model, findings_of(model), "amount", 7 * week)


def test_tenths_are_those_of_right_p_values():
    places = [place_of(score((p + 0.5) / 1_000)) for p in range(1_000)]

    assert [places.count(decile) for decile in range(DECILES)] == [100] * DECILES
    assert place_of(score(1e-300)) == DECILES - 1


def test_it_is_said_in_numbers():
    check = Check(signal="H07", verdict=Verdict.ACT, value=0.12, critical=0.013, n=900)

    assert said_of(check) == (
        "H07 act: it has nothing to say more often, by 12.0% (chance alone 1.3%), of 900"
    )
