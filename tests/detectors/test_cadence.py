"""D1: river as oracle, silence and its deadline, late events."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import stats
from scipy.stats import t as scipy_t

from detectors.cadence import _LAYOUT as LAYOUT
from detectors.cadence import CADENCE, Cadence, quantile
from detectors.prior import NormalPrior
from detectors.protocol import STREAMS, Observation

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
gaps_ms = st.integers(0, 400 * DAY_MS)


def prior(mean, between_variance, within_variance):
    return dict.fromkeys(STREAMS, NormalPrior(mean, between_variance, within_variance))


def at(at_ms, stream="settlement"):
    return Observation(stream, at_ms, 100, 2)


def walk(detector, row, times_ms, stream="settlement"):
    """The scores along the times and the last row."""
    scores = []
    for at_ms in times_ms:
        x = at(at_ms, stream)
        scores.append(detector.score_one(row, x))
        row = detector.learn_one(row, x, scores[-1])
    return scores, row


def random_times(seed, n=300):
    rng, at_ms, times = random.Random(seed), 0, []
    for _ in range(n):
        times.append(at_ms)
        at_ms += round(math.expm1(rng.gauss(11, 0.5)) * 1_000)
    return times


def test_without_prior_and_clipping_it_is_rivers_mean_and_variance_of_log_gaps():
    """As D2's: a prior so sure that both rates start at `forgetting` is river's recursion."""
    times, forgetting, first_variance = random_times(1), 0.3, 1e-2
    gaps = [math.log1p((b - a) / 1_000) for a, b in pairwise(times)]
    detector = Cadence(forgetting=forgetting, clip_scales=math.inf)
    row = detector.init(prior(gaps[0], 1e-4, first_variance))
    _, row = walk(detector, row, times[:1])
    mean, variance = stats.EWMean(forgetting), stats.EWVar(forgetting)
    for n, (at_ms, gap) in enumerate(zip(times[1:], gaps, strict=True), start=1):
        _, row = walk(detector, row, [at_ms])
        mean.update(gap)
        variance.update(gap)
        _, _, our_mean, our_variance, _ = LAYOUT.read(row, "settlement")
        left = (1 - forgetting) ** n * first_variance

        assert our_mean == pytest.approx(mean.get(), rel=1e-12)
        assert our_variance - left == pytest.approx(variance.get(), rel=1e-9, abs=1e-13)


def test_the_first_event_has_no_gap_and_is_neither_unusual_nor_ready():
    (score,), row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), [5 * DAY_MS])

    assert (score.p_value, score.z, score.n, score.ready) == (1.0, 0.0, 0, False)
    assert LAYOUT.read(row, "settlement")[0] == 1


def test_a_late_event_says_nothing_and_is_not_learned():
    _, row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), random_times(2, 20))
    late = at(3 * HOUR_MS)
    score = CADENCE.score_one(row, late)

    assert (score.p_value, score.z) == (1.0, 0.0)
    assert CADENCE.learn_one(row, late, score) == row


def test_a_long_gap_and_a_short_one_are_told_apart():
    _, row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), [i * DAY_MS for i in range(40)])
    long, short = (CADENCE.score_one(row, at(39 * DAY_MS + gap)) for gap in (9 * DAY_MS, 60_000))

    assert long.z > 0 > short.z
    assert long.p_worse(CADENCE.worse) < 0.001
    assert short.p_worse(CADENCE.worse) > 0.999


@pytest.mark.parametrize(
    ("every_ms", "stream", "least_days", "most_days"),
    [
        pytest.param(HOUR_MS, "pos_clearing", 0.05, 1.5, id="sells hourly"),
        pytest.param(DAY_MS, "settlement", 1.2, 9, id="is settled daily"),
        pytest.param(30 * DAY_MS, "repayment", 35, 120, id="pays monthly"),
    ],
)
def test_each_borrower_has_its_own_silence(every_ms, stream, least_days, most_days):
    times = [i * every_ms for i in range(60)]
    _, row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), times, stream)
    waits = (CADENCE.deadline(row, stream, 1e-3) - times[-1]) / DAY_MS

    assert least_days < waits < most_days


def test_a_stream_that_was_never_heard_of_is_not_missed():
    row = CADENCE.init(CADENCE.default_prior)

    assert CADENCE.tick(row, "settlement", 400 * DAY_MS) is None
    assert CADENCE.deadline(row, "settlement", 0.01) is None


def test_a_deadline_a_century_away_is_none():
    wide = prior(20.0, 100.0, 100.0)
    _, row = walk(CADENCE, CADENCE.init(wide), [0])

    assert CADENCE.deadline(row, "settlement", 1e-4) is None


@pytest.mark.parametrize("dof", [4, 9, 32])
@pytest.mark.parametrize("alpha", [0.2, 0.01, 1e-6])
def test_the_quantile_is_scipys(dof, alpha):
    assert quantile(alpha, dof) == pytest.approx(scipy_t.isf(alpha, dof), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.5, math.nan])
def test_an_alpha_out_of_range_is_refused(alpha):
    with pytest.raises(ValueError, match="expected alpha in"):
        quantile(alpha, 4)


@given(st.lists(gaps_ms, min_size=1, max_size=40), st.sampled_from([0.05, 1e-3, 1e-6]))
def test_at_its_deadline_and_not_much_before_silence_is_unusual(gaps, alpha):
    times = [sum(gaps[:i]) for i in range(len(gaps))]
    _, row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), times)
    deadline_ms = CADENCE.deadline(row, "settlement", alpha)
    if deadline_ms is not None:
        assert CADENCE.tick(row, "settlement", deadline_ms).p_value <= alpha
        sooner = CADENCE.tick(row, "settlement", deadline_ms - 1_000)
        assert sooner is None or sooner.p_value > alpha


@pytest.mark.parametrize("alpha", [1e-2, 1e-3])
def test_in_the_long_run_gaps_are_as_rare_as_their_p_values_say(alpha):
    scores = []
    for seed in range(60):
        scores += walk(CADENCE, CADENCE.init(prior(11.0, 0.6, 0.25)), random_times(seed))[0][50:]
    rate = sum(score.p_value < alpha for score in scores) / len(scores)

    assert alpha / 2 <= rate <= alpha * 1.5


def test_it_explains_in_hours():
    _, row = walk(CADENCE, CADENCE.init(CADENCE.default_prior), [i * DAY_MS for i in range(40)])
    x = at(44 * DAY_MS)
    why = CADENCE.explain(x, CADENCE.score_one(row, x))

    assert why.observed == pytest.approx(120)
    assert why.expected == pytest.approx(24, rel=0.02)
    assert (why.unit, why.n, why.baseline_from) == ("hours", 40, "own")
