"""Drift and health: chance alone passes as seldom as it is said, and what has changed is found."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.drift import (
    ALPHA,
    Finding,
    Part,
    Standing,
    Verdict,
    calibration,
    calibration_of,
    chi_squared,
    drift,
    missingness,
    precision,
    psi,
)

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12)


@pytest.mark.parametrize("degrees", [2, 4, 9, 19, 63])
@pytest.mark.parametrize("share", [0.95, 0.99])
def test_the_quantile_is_scipys(degrees, share):
    assert chi_squared(degrees, share) == pytest.approx(stats.chi2.ppf(share, degrees), rel=0.02)


def sample(rng, n, *, shift=0.0, bins=10):
    found = [0] * bins
    for _ in range(n):
        found[min(bins - 1, int(bins * min(rng.random() ** (1 - shift), 0.999)))] += 1
    return found


@pytest.mark.parametrize(("then", "now"), [(2_000, 100), (2_000, 40), (300, 300)])
def test_of_small_samples_the_convention_alone_would_cry_wolf(then, now):
    """One distribution, twice: the index passes 0.10 often, the check about as ALPHA says."""
    rng = random.Random(1)
    pairs = [(sample(rng, then), sample(rng, now)) for _ in range(400)]
    by_convention = sum(psi(*each) >= 0.10 for each in pairs) / len(pairs)
    by_check = sum(drift(*each).verdict is not Verdict.FINE for each in pairs) / len(pairs)

    assert by_check <= 3 * ALPHA
    assert now >= 300 or by_convention > 0.25


@pytest.mark.parametrize(("n", "verdict"), [(2_000, Verdict.ACT), (15, Verdict.FINE)])
def test_a_change_is_found_where_there_are_enough(n, verdict):
    rng = random.Random(2)

    assert drift(sample(rng, 5_000), sample(rng, n, shift=0.5)).verdict is verdict


@given(counts, st.integers(1, 50))
def test_the_same_shares_are_no_drift(reference, times):
    found = drift(reference, [times * each for each in reference])

    assert found.verdict is Verdict.FINE
    assert found.value == pytest.approx(0.0, abs=1e-9)


@given(counts.flatmap(lambda a: st.tuples(st.just(a), st.permutations(a))))
def test_the_index_is_never_below_nothing_and_looks_both_ways(pair):
    one, other = pair
    if sum(one):
        assert psi(one, other) >= -1e-12
        assert psi(one, other) == pytest.approx(psi(other, one))


@pytest.mark.parametrize("latest", [[1, 2], [1, 2, -1], [1, 2, float("nan")]])
def test_what_are_no_counts_of_the_same_bins_is_refused(latest):
    with pytest.raises(ValueError, match="expected counts"):
        drift([1, 2, 3], latest)


def test_missing_values_that_rise_by_chance_are_nothing():
    rng, raised = random.Random(3), 0
    for _ in range(500):
        then, now = (sum(rng.random() < 0.1 for _ in range(n)) for n in (1_000, 40))
        raised += missingness((then, 1_000), (now, 40)).verdict is Verdict.ACT

    assert raised / 500 <= 4 * ALPHA


@pytest.mark.parametrize(
    ("right", "judged", "verdict"),
    [
        pytest.param(0, 29, Verdict.FINE, id="too few"),
        pytest.param(9, 30, Verdict.FINE, id="at the floor"),
        pytest.param(7, 30, Verdict.WATCH, id="below, as chance has it"),
        pytest.param(2, 30, Verdict.ACT, id="below, as it has it one time in a hundred"),
    ],
)
def test_a_fall_of_precision(right, judged, verdict):
    assert precision(right, judged, floor=0.3).verdict is verdict


def outcomes(rng, chances, times=1.0):
    return [rng.random() < min(1.0, times * p) for p in chances]


def test_right_chances_are_seldom_called_wrong_and_wrong_ones_are_found():
    rng, wrong = random.Random(4), 0
    for _ in range(200):
        chances = [0.4 * rng.random() for _ in range(1_000)]
        wrong += calibration(chances, outcomes(rng, chances)).verdict is Verdict.ACT
    chances = [0.4 * rng.random() for _ in range(4_000)]

    assert wrong / 200 <= 4 * ALPHA
    assert calibration(chances, outcomes(rng, chances, 1.8)).verdict is Verdict.ACT
    assert calibration(chances[:30], outcomes(rng, chances[:30], 1.8)).verdict is Verdict.FINE
    assert calibration([], []).verdict is Verdict.FINE


def of(*signals):
    return [Finding(each, Verdict.ACT, 1.0, 0.1, 100) for each in signals]


@pytest.mark.parametrize(
    ("rounds", "is_demoted"),
    [
        pytest.param([of("H06"), of("H08")], True, id="two in a row, whichever"),
        pytest.param([of("H06"), [], of("H06")], False, id="not in a row"),
        pytest.param([of("H07")] * 5, False, id="missing input is the feed's fault"),
        pytest.param([of("H09"), of("H09"), [], []], True, id="it does not come back by itself"),
    ],
)
def test_a_model_is_demoted_by_rule(rounds, is_demoted):
    standing = Standing()
    for findings in rounds:
        standing = standing.after(findings)

    assert standing.is_demoted is is_demoted


# --- H09 of counts


def chances(n, seed, *, off=1.0):
    draw = random.Random(seed)
    of = [draw.random() ** 3 for _ in range(n)]
    return of, [draw.random() < min(1.0, p * off) for p in of]


def tenths(predicted, is_bad):
    found = [Part(0, 0, 0.0, 0.0)] * 10
    for p, bad in zip(predicted, is_bad, strict=True):
        at = min(int(p * 10), 9)
        of = found[at]
        found[at] = Part(of.n + 1, of.bad + bad, of.predicted + p, of.spread + p * (1 - p))
    return found


@pytest.mark.parametrize(("off", "verdict"), [(1.0, Verdict.FINE), (0.5, Verdict.ACT)])
def test_counted_chances_are_judged_as_those_that_are_listed(off, verdict):
    said = [chances(4_000, seed, off=off) for seed in range(20)]

    assert {calibration_of(tenths(*each)).verdict for each in said} == {verdict}
    assert {calibration(*each).verdict for each in said} == {verdict}


def test_no_chances_and_chances_of_nought_say_nothing():
    assert calibration_of([]).verdict is Verdict.FINE
    assert calibration_of([Part(0, 0, 0.0, 0.0), Part(90, 0, 0.0, 0.0)]).verdict is Verdict.FINE
