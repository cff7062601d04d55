"""D5: river's Beta and Wald's ratio as oracles, the prior's share."""

import math
import random

import pytest
from river import proba

from detectors.prior import PriorError, read_priors
from detectors.protocol import Observation
from detectors.shortfall import _LAYOUT as LAYOUT
from detectors.shortfall import DEFAULT_PRIOR, SHORTFALL, SharePrior, Shortfall


def paid(i, *, is_short):
    return Observation("repayment", i, 86_250, 2, is_short=is_short)


def walk(detector, row, flags):
    """The scores along the flags and the last row."""
    scores = []
    for i, flag in enumerate(flags):
        x = paid(i, is_short=flag)
        scores.append(detector.score_one(row, x))
        row = detector.learn_one(row, x, scores[-1])
    return scores, row


def test_without_forgetting_it_is_rivers_beta():
    rng = random.Random(1)
    flags = [rng.random() < 0.2 for _ in range(200)]
    detector = Shortfall(forgetting=0.0)
    _, row = walk(detector, detector.init(DEFAULT_PRIOR), flags)
    theirs = proba.Beta(0.4, 7.6)
    for flag in flags:
        theirs.update(flag)

    assert LAYOUT.read(row, "repayment")[2:4] == pytest.approx((theirs.alpha, theirs.beta))


def test_the_ratio_is_the_worst_run_of_walds_steps():
    rng = random.Random(2)
    flags = [rng.random() < 0.15 for _ in range(60)]
    scores, _ = walk(SHORTFALL, SHORTFALL.init(DEFAULT_PRIOR), flags)
    steps = [math.log(0.25 / 0.05) if flag else math.log(0.75 / 0.95) for flag in flags]
    for i, score in enumerate(scores):
        worst = max(0.0, *(sum(steps[j : i + 1]) for j in range(i + 1)))

        assert -math.log(score.p_value) == pytest.approx(worst, abs=1e-9)


@pytest.mark.parametrize(
    ("flags", "least", "most"),
    [
        pytest.param([True], 0.19, 0.21, id="one is nothing"),
        pytest.param([True, True, True], 0.007, 0.009, id="three in a row"),
        pytest.param([True, *[False] * 7], 0.99, 1.0, id="made good by seven"),
        pytest.param([False] * 24, 1.0, 1.0, id="never"),
    ],
)
def test_how_much_some_instalments_say(flags, least, most):
    scores, _ = walk(SHORTFALL, SHORTFALL.init(DEFAULT_PRIOR), flags)

    assert least <= scores[-1].p_value <= most


def test_where_half_are_late_a_late_one_is_nothing():
    scores, _ = walk(SHORTFALL, SHORTFALL.init(SharePrior(0.5, 8.0)), [True] * 3)

    assert scores[-1].p_value > 0.25


def test_where_nothing_was_due_there_is_nothing_to_say():
    row = SHORTFALL.init(DEFAULT_PRIOR)

    assert SHORTFALL.score_one(row, paid(0, is_short=None)) is None


def test_parameters_are_read_and_refused_by_name():
    good = {"bakers": {"repayment": {"share": 0.2, "worth": 4}}}
    wrong = {"bakers": {"repayment": {"share": 0.9, "worth": 4}}}

    assert read_priors(SHORTFALL, good).of("bakers") == SharePrior(0.2, 4.0)
    assert read_priors(SHORTFALL, good).of("smiths") == DEFAULT_PRIOR
    with pytest.raises(PriorError, match=r"got `0.9` in `segments.bakers.repayment.share`"):
        read_priors(SHORTFALL, wrong)
    with pytest.raises(PriorError, match="unknown field `settlement`"):
        read_priors(SHORTFALL, {"bakers": {"settlement": {}}})


def test_it_explains_in_per_cent():
    scores, _ = walk(SHORTFALL, SHORTFALL.init(DEFAULT_PRIOR), [True] * 3)
    why = SHORTFALL.explain(paid(3, is_short=True), scores[-1])

    assert why.unit == "percent"
    assert 25 < why.observed < 40
    assert (why.expected, why.low) == (5.0, 0.0)


@pytest.mark.parametrize("forgetting", [-0.1, 1.0, math.nan])
def test_settings_out_of_range_are_refused(forgetting):
    with pytest.raises(ValueError, match="expected forgetting in"):
        Shortfall(forgetting=forgetting)


def test_between_instalments_it_says_what_the_last_one_said():
    scores, row = walk(SHORTFALL, SHORTFALL.init(DEFAULT_PRIOR), [False] * 3 + [True] * 2)
    standing = SHORTFALL.standing(row)

    assert standing.p_value == scores[-1].p_value
    assert standing.observed == pytest.approx(scores[-1].observed)
    assert (standing.n, standing.ready) == (5, True)
    assert SHORTFALL.standing(SHORTFALL.init(DEFAULT_PRIOR)) is None
