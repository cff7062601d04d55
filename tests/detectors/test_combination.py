"""M: three lanes with budgets of their own, calibrated in their segment, and why."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.combination import QUIET, Combination, Lane, Look, Meter
from detectors.control import Strain
from detectors.evidence import APART, DAY_MS, NOTHING, VOICES, Combined, combined, learn
from detectors.forest import Shape
from detectors.novelty import Novelty
from detectors.reasons import LANES, say_clearing, say_ews, say_notice, say_novelty

SHARES = {Lane.PERSISTENT: 0.01, Lane.APART: 0.005, Lane.INSTANT: 0.001}


def look(total=0.0, apart=1.0, instant=1.0):
    return Look(Combined(QUIET + total, apart, (("amount", QUIET + total),)), instant)


def healthy(rng):
    return look(rng.expovariate(1.0) * 3, 1 + rng.expovariate(2.0), rng.random())


def trained(looks=60_000, seed=1):
    rng, combination = random.Random(seed), Combination(SHARES)
    told = dict.fromkeys(Lane, 0)
    for number in range(looks):
        each = healthy(rng)
        if number >= looks // 2:
            for lane in combination.ask(each).lanes:
                told[lane] += 1
        combination.learn_one(each)
    return combination, {lane: of / (looks - looks // 2) for lane, of in told.items()}


@pytest.fixture(scope="module")
def steady():
    return trained()


def test_each_lane_keeps_its_own_budget(steady):
    for lane, share in steady[1].items():
        assert share == pytest.approx(SHARES[lane], rel=0.35), lane
    assert set(steady[0].strains.values()) == {Strain.NONE}


@pytest.mark.parametrize(
    ("said", "lane"),
    [
        pytest.param(look(total=60.0), Lane.PERSISTENT, id="much of everything"),
        pytest.param(look(apart=15.0), Lane.APART, id="a payer shift that drowns in the sum"),
        pytest.param(look(instant=1e-9), Lane.INSTANT, id="one thing that never happens"),
    ],
)
def test_a_borrower_is_noticed_in_the_lane_that_it_is_odd_in(steady, said, lane):
    assert steady[0].ask(said).lanes == (lane,)


def test_asking_changes_nothing_and_a_quiet_borrower_is_no_alert(steady):
    combination = steady[0]
    before = combination.rows

    assert combination.ask(look()).lanes == ()
    assert combination.rows == before


def test_it_goes_on_from_its_rows_to_the_last_bit():
    rng, whole = random.Random(3), Combination(SHARES)
    looks = [healthy(rng) for _ in range(900)]
    for each in looks[:500]:
        whole.learn_one(each)
    half = Combination(SHARES, whole.rows)
    for each in looks[500:]:
        assert whole.ask(each) == half.ask(each)
        whole.learn_one(each)
        half.learn_one(each)

    assert whole.rows == half.rows


def test_looks_at_which_nobody_would_be_told_leave_the_threshold_alone():
    combination = Combination(SHARES)
    before = combination.rows[Lane.PERSISTENT]
    combination.learn_one(look(total=50.0), is_muted=True)
    calibrator, control = combination.rows[Lane.PERSISTENT]

    assert control == before[1]
    assert calibrator != before[0]


@given(st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_more_is_never_less_of_an_alert(one, other):
    meter = Meter(0.01)
    low, high = sorted((one, other))

    assert meter.v(low) <= meter.v(high)
    assert not (meter.is_alert(low) and not meter.is_alert(high))


def test_its_level_is_where_alerts_begin(steady):
    meter = Meter(0.01, steady[0].rows[Lane.PERSISTENT])
    level = meter.level()

    assert meter.is_alert(level)
    assert not meter.is_alert(level - 0.01)


def test_it_says_when_it_would_be_over(steady):
    loud = learn(NOTHING, 0, {voice: 1e-12 for voice in VOICES if voice != APART})
    days = steady[0].clears_in_days(loud, 0)
    said = Look(combined(loud, 0))

    assert Lane.PERSISTENT in steady[0].ask(said).lanes
    assert Lane.PERSISTENT not in steady[0].ask(Look(combined(loud, days * DAY_MS))).lanes
    assert Lane.PERSISTENT in steady[0].ask(Look(combined(loud, (days - 1) * DAY_MS))).lanes
    assert str(days) in say_clearing(days).en
    assert str(days) in say_clearing(days).zh
    assert steady[0].clears_in_days(NOTHING, 0) == 0


@pytest.mark.parametrize("days", [None, 0, 3])
def test_what_would_clear_it_is_said_in_both_languages(days):
    said = say_clearing(days)

    assert said.en
    assert not set(said.zh) & set(string.ascii_letters)


def test_every_lane_has_words_and_its_own_number(steady):
    odd = look(total=60.0, apart=15.0, instant=1e-9)
    notice = steady[0].ask(odd)
    said = say_notice(odd, notice)

    assert notice.lanes == tuple(Lane)
    assert [each.en.split(":")[0] for each in said[:3]] == [LANES[lane].en for lane in Lane]
    assert [each.zh.split("：")[0] for each in said[:3]] == [LANES[lane].zh for lane in Lane]  # noqa: RUF001
    assert said[3].en.startswith("evidence ")


def test_a_new_combination_is_explained_by_what_makes_it_new():
    novelty = Novelty(Shape(features=3, trees=25, height=6, window=200))
    rng = random.Random(2)
    for _ in range(400):
        novelty.learn_one(tuple(0.3 + 0.1 * rng.random() for _ in range(3)))
    parts = novelty.parts((0.35, 0.95, 0.35), 0.35)

    assert max(range(3), key=parts.__getitem__) == 1
    named = sorted(zip(("silence", "mix", "flow"), parts, strict=True), key=lambda each: -each[1])
    assert "unusual counterparties" in say_novelty(named).en.split("most by ")[1].split(",")[0]
    assert "交易对手异常" in say_novelty(named).zh


def test_a_chance_that_nothing_adds_to_has_no_parts():
    assert say_ews(0.05, [("limit", -0.4)]).en.endswith("most by -")
