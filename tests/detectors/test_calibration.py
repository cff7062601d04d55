"""Calibration: as rare as stated, against river's quantiles, and exact wherever a row is cut."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import stats
from scipy.stats import genpareto
from scipy.stats import t as scipy_t

from detectors import AMOUNT, Observation, RecordError
from detectors.calibration import (
    BINS,
    HALVED_AT,
    RENEWED_EVERY,
    WIDTH,
    Calibration,
    Calibrator,
)
from detectors.student import two_sided

BANDS = {1e-2: (0.7, 1.5), 1e-3: (0.5, 2.0)}
"""Realised by nominal rate: what issue 7 asks for."""


def realised(vs, alpha, *, skipped=5_000, learns=lambda _p: True):
    """How often a p-value is below alpha, each score judged before it is learned."""
    calibrator, low = Calibrator(), 0
    for i, v in enumerate(vs):
        p = calibrator.p_value(v)
        low += i >= skipped and p < alpha
        if learns(p):
            calibrator.learn_one(v)
    return low / (len(vs) - skipped)


def said(kind, n=60_000):
    """-ln p of scores whose model is wrong: true t(4) taken for t(12), and others."""
    rng = np.random.default_rng(4)
    if kind == "too small":
        return [float(v) for v in -scipy_t.logsf(rng.standard_t(4, size=n), 12)]
    if kind == "too large":
        return [float(v) for v in 0.4 * rng.exponential(size=n)]
    if kind == "right":
        return [float(v) for v in rng.exponential(size=n)]
    raise ValueError(kind)


@pytest.mark.parametrize("alpha", BANDS)
@pytest.mark.parametrize("kind", ["right", "too small", "too large"])
def test_p_values_are_as_rare_as_they_say(kind, alpha):
    low, high = BANDS[alpha]

    assert low <= realised(said(kind), alpha) / alpha <= high


def test_without_it_the_same_scores_are_not():
    vs = said("too small")

    assert sum(math.exp(-v) < 1e-3 for v in vs) / len(vs) > 5e-3


def test_one_that_learns_only_what_is_usual_realises_many_times_its_rate():
    """detectors.md 4.5: 10 times; the reason why unusual scores are learned, too."""
    masked = realised(said("right"), 1e-2, learns=lambda p: p >= 1e-2)

    assert masked > 3e-2


@pytest.mark.parametrize("alpha", BANDS)
def test_d2_of_a_segment_of_real_shapes_is_as_rare_as_it_says(alpha):
    """Heavy-tailed amounts, a weekly pattern, borrowers of all scatters, behind D2 as shipped.

    Borrowers come one after the other. Where all come on one day their p-values are cautious first
    and bolder later, and 1.5 times the rate is realised at 1e-2.
    """
    rng, vs = random.Random(5), []
    for _ in range(160):
        first = rng.randrange(250)
        level, spread, row = (
            rng.gauss(6, 1),
            rng.uniform(0.2, 0.8),
            AMOUNT.init(AMOUNT.default_prior),
        )
        for day in range(250):
            tail = rng.gauss(0, 1) / math.sqrt(rng.gammavariate(2, 0.5))
            y = max(0.1, level + spread * tail + 0.3 * (day % 7 == 6))
            from_d2 = observe(y, day)
            score = AMOUNT.score_one(row, from_d2)
            row = AMOUNT.learn_one(row, from_d2, score)
            if score.ready:
                vs.append((first + day, -math.log(score.p_low)))
    vs = [v for _, v in sorted(vs, key=lambda each: each[0])]
    low, high = BANDS[alpha]

    assert low <= realised(vs, alpha, skipped=4_000) / alpha <= high


def observe(y, day):
    return Observation("settlement", day * 86_400_000, round(math.expm1(y) * 100), 2)


@pytest.mark.parametrize("q", [0.5, 0.9, 0.97])
def test_the_body_is_rivers_rolling_quantile(q):
    """Where it says 1 - q lies the same quantile of the same scores, to a bin."""
    vs, theirs, calibrator = (
        said("too large", 18_000),
        stats.RollingQuantile(q, 18_000),
        Calibrator(),
    )
    for v in vs:
        theirs.update(v)
        calibrator.learn_one(v)
    at = next(v / 1_000 for v in range(10_000) if calibrator.p_value(v / 1_000) <= 1 - q)

    assert at == pytest.approx(theirs.get(), abs=WIDTH / 2)


def test_the_tail_is_a_generalised_pareto_of_its_moments():
    """Against scipy's survival function with the shape and scale that the moments give."""
    calibrator = Calibrator()
    for v in said("too small", 20_000):
        calibrator.learn_one(v)
    threshold, share = calibrator._threshold, calibrator._share
    for excess in (0.5, 2.0, 6.0):
        expected = share * genpareto.sf(excess, calibrator._shape, scale=calibrator._scale)

        assert calibrator.p_value(threshold + excess) == pytest.approx(expected, rel=1e-9)


def test_before_anything_is_learned_a_p_value_is_what_the_detector_says():
    calibrator = Calibrator()
    for v in (0.0, 0.7, 2.0, 4.6, 7.0):
        assert calibrator.p_value(v) == pytest.approx(math.exp(-v), rel=0.06)


@given(st.lists(st.floats(0, 700), max_size=40), st.integers(0, 3_000))
def test_p_values_are_probabilities_and_fall(vs, n):
    rng, calibrator = random.Random(n), Calibrator()
    for v in [*vs, *(rng.expovariate(0.5) for _ in range(n))]:
        calibrator.learn_one(v)
    p_values = [calibrator.p_value(v / 10) for v in range(-10, 400)]

    assert all(0 < p <= 1 for p in p_values)
    assert all(b <= a + 1e-9 for a, b in pairwise(p_values))


@pytest.mark.parametrize("cut", [0, 1, 255, 256, 257, 5_000])
def test_wherever_its_row_is_cut_it_goes_on_to_the_last_bit(cut):
    vs, straight = said("too small", 8_000), Calibrator()
    for v in vs:
        straight.learn_one(v)
    halted = Calibrator()
    for v in vs[:cut]:
        halted.learn_one(v)
    halted = Calibrator(halted.row)
    for v in vs[cut:]:
        halted.learn_one(v)

    assert halted.row == straight.row
    assert [halted.p_value(v) for v in vs[:50]] == [straight.p_value(v) for v in vs[:50]]


def test_old_scores_fade():
    calibrator = Calibrator()
    for _ in range(30_000):
        calibrator.learn_one(0.5)
    for _ in range(30_000):
        calibrator.learn_one(3.0)

    assert calibrator.p_value(2.0) > 0.6
    assert sum(calibrator._version[:BINS]) <= HALVED_AT + RENEWED_EVERY


@pytest.mark.parametrize("v", [math.nan, math.inf, -1.0, 1e9])
def test_what_is_no_score_is_not_learned(v):
    calibrator = Calibrator()
    calibrator.learn_one(v)

    assert calibrator.row == Calibrator().row


@pytest.mark.parametrize(
    "row", [b"", bytes(1_084), Calibrator().row[:-1]], ids=["empty", "zeros", "a byte too few"]
)
def test_a_row_that_cannot_be_trusted_is_refused(row):
    with pytest.raises(RecordError):
        Calibrator(row)


def test_a_score_far_out_still_has_a_p_value():
    calibrator = Calibrator()
    for v in said("right", 3_000):
        calibrator.learn_one(v)

    assert 0 < calibrator.p_value(-math.log(two_sided(1e6, 32) or 1e-300)) <= 1e-9


def test_detectors_segments_and_ages_are_calibrated_apart_and_go_on_from_their_rows():
    calibration = Calibration()
    for _ in range(1_000):
        calibration.learn_one("amount", "bakers", 40, 0.001)
    again = Calibration(calibration.rows)
    for of in (calibration, again):
        assert of.p_value("amount", "bakers", 40, 0.001) > 0.3
        assert of.p_value("amount", "bakers", 8, 0.001) < 0.002
        assert of.p_value("amount", "smiths", 40, 0.001) < 0.002
        assert of.p_value("cusum", "bakers", 40, 0.001) < 0.002


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_what_is_said_often_is_not_rare_however_far_out_it_is(share):
    """A model that says p = e-40 of every third: D3 of firms that have stopped (CUMCM 2020 C)."""
    rng, calibrator = random.Random(8), Calibrator()
    low = 0
    for i in range(20_000):
        v = rng.uniform(20.0, 80.0) if rng.random() < share else rng.expovariate(1.0)
        low += i >= 5_000 and calibrator.p_value(v) < 1e-2
        calibrator.learn_one(v)

    assert low / 15_000 / 1e-2 <= 1.5
    assert calibrator.p_value(30.0) > share / 2


@given(st.floats(0.0, 600.0), st.floats(0.0, 600.0))
def test_more_is_never_less_rare(one, other):
    calibrator, (low, high) = Calibrator(), sorted((one, other))

    assert calibrator.p_value(high) <= calibrator.p_value(low)
