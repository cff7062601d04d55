"""Counts of chances and outcomes: they add up, and say what lists of them say."""

import random

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from detectors.drift import Verdict, calibration
from detectors.judgement import ONE
from detectors.outcomes import BINS, added, area, bin_of, count, fit


def drawn(n, seed=1, factor=1.0):
    rng = random.Random(seed)
    chances = [min(rng.betavariate(1, 12), 0.99) for _ in range(n)]
    return [(round(p * ONE), rng.random() < min(p * factor, 1)) for p in chances]


def counted(pairs):
    bins = {}
    for chance, is_bad in pairs:
        count(bins, chance, is_bad=is_bad)
    return bins


def test_the_area_is_that_of_the_list_but_for_ties_within_a_bin():
    pairs = drawn(4_000)
    expected = roc_auc_score([bad for _, bad in pairs], [chance for chance, _ in pairs])

    assert area(counted(pairs)) == pytest.approx(expected, abs=0.002)


def test_of_chances_in_bins_the_area_is_exact():
    pairs = drawn(500)
    places = [bin_of(chance) for chance, _ in pairs]

    assert area(counted(pairs)) == pytest.approx(roc_auc_score([b for _, b in pairs], places))


def test_whoever_counts_and_in_whatever_order_it_is_the_same():
    pairs = drawn(300)
    split = [counted(pairs[n::4]) for n in range(4)]

    assert added(split) == counted(pairs[::-1])


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.0])
def test_the_check_says_what_that_of_the_list_says(factor):
    pairs = drawn(5_000, factor=factor)
    of_list = calibration([chance / ONE for chance, _ in pairs], [bad for _, bad in pairs])
    of_counts = fit(counted(pairs))

    assert of_counts.verdict is of_list.verdict
    assert of_counts.verdict is (Verdict.FINE if factor == 1 else Verdict.ACT)
    assert of_counts.n == of_list.n == 5_000


@pytest.mark.parametrize(("n", "base"), [(100, 0.03), (300, 0.01), (1_000, 0.03), (3_000, 0.01)])
def test_a_right_model_seldom_fails_whatever_the_number_of_bad_ones(n, base):
    """The normal law says 1 %; with ten parts of any size it was up to 18 %."""
    rng = np.random.default_rng(5)
    failed, draws = 0, 300
    for _ in range(draws):
        odds = np.log(base / (1 - base)) + rng.standard_normal(n)
        chances = 1 / (1 + np.exp(-odds))
        pairs = zip((chances * ONE).astype(int), rng.random(n) < chances, strict=True)
        counts = counted((int(chance), bool(bad)) for chance, bad in pairs)
        failed += fit(counts).verdict is Verdict.ACT

    assert failed <= 0.035 * draws


def test_bad_ones_of_a_model_that_foretold_none_are_seen():
    counts = counted([(100, n % 10 == 0) for n in range(200)])

    assert fit(counts).verdict is Verdict.ACT


def test_few_say_nothing():
    assert fit(counted(drawn(12, factor=2.0))).verdict is Verdict.FINE
    assert fit({}).n == 0


def test_bins_are_in_order_and_of_equal_width_in_log_odds():
    chances = (1 / (1 + np.exp(-np.linspace(-8, 8, 500))) * ONE).round().astype(int)
    places = [bin_of(int(each)) for each in chances]

    assert places == sorted(places)
    assert set(places) == set(range(BINS))
    assert [bin_of(each) for each in (0, ONE)] == [0, BINS - 1]
