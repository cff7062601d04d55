"""D3: a plain sum as oracle, peers, late events, what is not known yet."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.flow import _LAYOUT as LAYOUT
from detectors.flow import DAY_MS, FAST_MS, FLOW, SLOW_MS
from detectors.prior import PriorError, read_priors
from detectors.protocol import Observation


def paid(at_ms, amount=100_000):
    return Observation("settlement", at_ms, amount, 2)


def learned(xs):
    row = FLOW.init(None)
    for x in xs:
        row = FLOW.learn_one(row, x, FLOW.score_one(row, x))
    return row


def daily(days, amount=100_000):
    return [paid(day * DAY_MS, amount) for day in range(days)]


@given(st.lists(st.tuples(st.integers(0, 90 * DAY_MS), st.integers(0, 10**9)), min_size=1))
def test_the_sums_are_what_all_events_at_once_add_up_to(events):
    """Whatever the order in which they came: a late one is as much faded as if in time."""
    row = learned([paid(*event) for event in events])
    _, first_ms, last_ms, fast, slow = LAYOUT.read(row, "settlement")
    assert (first_ms, last_ms) == (min(events)[0], max(events)[0])
    for found, memory_ms in ((fast, FAST_MS), (slow, SLOW_MS)):
        plain = math.fsum(a / 100 * math.exp(-(last_ms - t) / memory_ms) for t, a in events)
        assert found == pytest.approx(plain, rel=1e-9, abs=1e-9)


def test_a_steady_flow_is_neither_up_nor_down_however_young_the_borrower():
    for days in (21, 40, 200):
        r = FLOW.statistic(learned(daily(days)), "settlement", (days - 1) * DAY_MS + DAY_MS // 2)

        assert abs(r) < 0.06


@pytest.mark.parametrize(
    ("share", "days", "p_least", "p_most"),
    [
        pytest.param(1.0, 30, 0.5, 1.0, id="as before"),
        pytest.param(0.5, 30, 0.05, 0.3, id="half for a month"),
        pytest.param(0.1, 14, 1e-4, 0.05, id="a tenth for two weeks"),
        pytest.param(2.0, 14, 1.0, 1.0, id="twice as much is no worry"),
    ],
)
def test_how_far_it_has_fallen(share, days, p_least, p_most):
    fallen = [paid((90 + day) * DAY_MS, round(100_000 * share)) for day in range(days)]
    row = learned([*daily(90), *fallen])
    score = FLOW.tick(row, "settlement", (89 + days) * DAY_MS + DAY_MS // 2)

    assert p_least <= score.p_value <= p_most


def test_what_has_hit_all_is_nothing_and_what_has_hit_one_alone_is_all_the_more():
    row = learned(daily(90))
    now_ms = 100 * DAY_MS
    r = FLOW.statistic(row, "settlement", now_ms)

    assert FLOW.tick(row, "settlement", now_ms, peers=r).p_value == 1.0
    alone = FLOW.tick(row, "settlement", now_ms, peers=0.5).p_value
    assert alone < FLOW.tick(row, "settlement", now_ms).p_value / 5


def test_until_twenty_days_nothing_is_said():
    row = learned(daily(15))

    assert FLOW.tick(row, "settlement", 19 * DAY_MS) is None
    assert FLOW.tick(row, "settlement", 20 * DAY_MS) is not None
    assert FLOW.tick(row, "pos_clearing", 20 * DAY_MS) is None


def test_after_a_century_of_silence_it_still_says_a_number():
    score = FLOW.tick(learned(daily(30)), "settlement", 36_500 * DAY_MS)

    assert 0 < score.p_value < 1e-30
    assert FLOW.explain(paid(0), score).observed < 1e-6


def test_events_themselves_are_never_unusual():
    rng, row = random.Random(1), FLOW.init(None)
    for day in range(50):
        x = paid(day * DAY_MS, rng.randrange(10**9))
        score = FLOW.score_one(row, x)
        row = FLOW.learn_one(row, x, score)
        assert score.p_value == 1.0


def test_it_has_no_parameters():
    assert read_priors(FLOW, {"bakers": {}}).of("bakers") is None
    with pytest.raises(PriorError, match="unknown field `settlement`"):
        read_priors(FLOW, {"bakers": {"settlement": {}}})


def test_it_explains_in_per_cent_of_the_usual_flow():
    score = FLOW.tick(learned(daily(90)), "settlement", 99 * DAY_MS, peers=0.0)
    why = FLOW.explain(paid(0), score)

    assert why.unit == "percent"
    assert 40 < why.observed < 60
    assert why.low < why.expected == 100.0 < why.high
