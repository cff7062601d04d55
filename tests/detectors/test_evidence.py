"""Evidence: a plain weighted mean as oracle, contributions, the two ways to be noticed."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import combine_pvalues

from detectors import RecordError
from detectors.evidence import (
    APART,
    DAY_MS,
    KEPT_A_DAY,
    NOTHING,
    VOICES,
    cauchy,
    clears_in_days,
    combined,
    evidence,
    instant,
    learn,
)

p_values = st.floats(1e-12, 1.0)
said = st.lists(
    st.tuples(st.integers(0, 60 * DAY_MS), st.sampled_from(VOICES), p_values), max_size=60
)


def learned(events):
    row = NOTHING
    for at_ms, voice, p in events:
        row = learn(row, at_ms, {voice: p})
    return row


@given(said)
def test_it_is_the_mean_of_all_that_was_said_faded_by_age_in_whatever_order(events):
    now_ms, found = 61 * DAY_MS, evidence(learned(events), 61 * DAY_MS)
    for voice in VOICES:
        heard = [(KEPT_A_DAY ** ((now_ms - t) / DAY_MS), p) for t, v, p in events if v == voice]
        # the start is not faded: it stands for what is known of everybody
        above = math.fsum(w * min(-math.log(p), 30.0) for w, p in heard) + 1
        expected = above / (math.fsum(w for w, _ in heard) + 1)

        assert found[voice] == pytest.approx(expected, rel=1e-9)


@given(said)
def test_contributions_add_up_and_shares_are_a_whole(events):
    of = combined(learned(events), 60 * DAY_MS)

    assert math.fsum(each for _, each in of.contributions) == pytest.approx(of.total, rel=1e-12)
    assert math.fsum(share for _, share in of.shares) == pytest.approx(1.0, rel=1e-12)
    assert APART not in dict(of.contributions)
    assert [each for _, each in of.contributions] == sorted(dict(of.contributions).values())[::-1]


def test_of_a_healthy_borrower_each_voice_has_one():
    rng, found = random.Random(1), []
    for _ in range(200):
        events = [(i * DAY_MS, v, 1 - rng.random()) for i in range(30) for v in VOICES]
        found.append(combined(learned(events), 30 * DAY_MS).total)

    assert sum(found) / len(found) == pytest.approx(len(VOICES) - 1, rel=0.03)


def test_a_payer_shift_stands_apart_and_does_not_drown():
    row = learned([(i * DAY_MS, voice, 0.5) for i in range(20) for voice in VOICES])
    shifted = learn(row, 20 * DAY_MS, {APART: 1e-6})
    before, after = combined(row, 20 * DAY_MS), combined(shifted, 20 * DAY_MS)

    assert after.apart > 2 * before.apart
    assert after.total == pytest.approx(before.total)


def test_what_would_clear_it_is_when_it_does():
    loud = learned([(i * DAY_MS, "silence", 1e-6) for i in range(5)])
    now_ms, threshold = 5 * DAY_MS, 9.0
    days = clears_in_days(loud, now_ms, threshold)

    assert days > 0
    assert combined(loud, now_ms + days * DAY_MS).total < threshold
    assert combined(loud, now_ms + (days - 1) * DAY_MS).total >= threshold
    assert clears_in_days(NOTHING, 0, 8.0) == 0
    assert clears_in_days(NOTHING, 0, 5.0) is None


def test_one_loud_voice_is_noticed_at_once_and_many_voices_cost():
    assert instant([1e-6, 0.5, 0.9]) == pytest.approx(3e-6)
    assert instant([0.5, 0.9]) == 1.0


@given(st.lists(st.floats(1e-5, 0.98), min_size=1, max_size=8))
def test_the_cauchy_combination_is_that_of_its_definition(ps):
    statistic = sum(math.tan((0.5 - p) * math.pi) for p in ps) / len(ps)

    assert cauchy(ps) == pytest.approx(0.5 - math.atan(statistic) / math.pi, abs=1e-9)


def test_the_cauchy_combination_of_the_tiniest_is_tiny_and_of_ones_is_not():
    assert 0 < cauchy([1e-300, 0.5]) < 1e-13
    assert cauchy([1.0, 1.0]) > 0.9
    assert cauchy([]) == 1.0
    assert (
        combine_pvalues([0.01, 0.02]).pvalue < 0.01 < cauchy([0.01, 0.02])
    )  # Fisher's wants independence


@pytest.mark.parametrize("row", [b"", NOTHING[:-1], NOTHING[:4] + b"\xff" * 120])
def test_a_row_that_cannot_be_trusted_is_refused(row):
    with pytest.raises(RecordError):
        learn(row, 0, {"amount": 0.5})
