"""D4: Page's definition and river's level as oracles, slow falls, what it must not tell of."""

import math
import random

import pytest
from river import stats

from detectors.amount import AMOUNT
from detectors.cusum import _LAYOUT as LAYOUT
from detectors.cusum import CUSUM, DRIFT, Cusum
from detectors.prior import NormalPrior
from detectors.protocol import STREAMS, Observation

PRIOR = dict.fromkeys(STREAMS, NormalPrior(7.0, 0.64, 0.17))


def at_level(y, i=0):
    return Observation("settlement", i, round(math.expm1(y) * 100), 2)


def walk(detector, row, ys):
    """The scores along the levels and the last row."""
    scores = []
    for i, y in enumerate(ys):
        x = at_level(y, i)
        scores.append(detector.score_one(row, x))
        row = detector.learn_one(row, x, scores[-1])
    return scores, row


def levels(seed, n=300, spread=0.4):
    rng = random.Random(seed)
    return [math.log1p(round(math.expm1(rng.gauss(7, spread)) * 100) / 100) for _ in range(n)]


def test_its_level_is_rivers_without_prior_and_clipping():
    ys, forgetting, first_variance = levels(1), 0.3, 1e-2
    detector = Cusum(forgetting=forgetting, clip_scales=math.inf)
    sure = dict.fromkeys(STREAMS, NormalPrior(ys[0], 1e-4, first_variance))
    _, row = walk(detector, detector.init(sure), ys)
    mean, variance = stats.EWMean(forgetting), stats.EWVar(forgetting)
    for y in ys:
        mean.update(y)
        variance.update(y)

    assert LAYOUT.read(row, "settlement")[2:4] == pytest.approx(
        (mean.get(), variance.get()), rel=1e-9
    )


def test_the_sum_is_the_worst_run_up_to_now():
    """Page's definition: the largest sum of the latest j falls, over all j."""
    ys = levels(2, 120)
    row, falls, scores = CUSUM.init(PRIOR), [], []
    for i, y in enumerate(ys):
        _, kappa, mean, variance, _ = LAYOUT.read(row, "settlement")
        z = (y - mean) / math.sqrt(max(variance, 1e-4) * (1 + 1 / kappa))
        falls.append(-max(-4.0, min(4.0, z)) - DRIFT)
        x = at_level(y, i)
        scores.append(CUSUM.score_one(row, x))
        row = CUSUM.learn_one(row, x, scores[-1])
        worst = max(0.0, *(sum(falls[j:]) for j in range(len(falls))))

        assert -scores[-1].z == pytest.approx(worst, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_fall_of_two_per_cent_an_event_is_told_here_and_not_by_d2(seed):
    ys = levels(seed, 140, spread=0.25)
    falling = [y - 0.02 * max(0, i - 80) for i, y in enumerate(ys)]
    here, _ = walk(CUSUM, CUSUM.init(PRIOR), falling)
    d2, _ = walk(AMOUNT, AMOUNT.init(PRIOR), falling)

    assert min(score.p_value for score in here[80:]) < 2e-3
    assert sum(score.p_value < 2e-3 for score in d2[80:]) <= 1


def test_a_rise_and_a_single_outlier_are_not_told():
    _, row = walk(CUSUM, CUSUM.init(PRIOR), levels(3, 60))
    rise, _ = walk(CUSUM, row, [9.0] * 20)
    outlier, _ = walk(CUSUM, row, [0.01])

    assert {score.p_value for score in rise} == {1.0}
    assert outlier[0].p_value > 0.005


@pytest.mark.parametrize(("alpha", "most"), [(1e-2, 1.5e-2), (1e-3, 2e-3)])
def test_healthy_borrowers_are_not_told_of_more_often_than_stated(alpha, most):
    scores = []
    for seed in range(100):
        scores += walk(CUSUM, CUSUM.init(PRIOR), levels(seed))[0][50:]

    assert sum(score.p_value < alpha for score in scores) / len(scores) < most


def test_it_explains_in_scales():
    scores, _ = walk(CUSUM, CUSUM.init(PRIOR), [7.0] * 30 + [6.0] * 4)
    why = CUSUM.explain(at_level(6.0), scores[-1])

    assert why.unit == "scales"
    assert why.observed < why.low < why.expected == why.high == 0.0
