"""D6: river's entropy as oracle, ties, habits that fade, the prior's mix."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import stats

from detectors.mix import _LAYOUT as LAYOUT
from detectors.mix import BUCKETS, DEFAULT_PRIOR, HALVED_AT, MIX, UNIT, bucket
from detectors.prior import PriorError, read_priors
from detectors.protocol import MARK_MOST, STREAMS, Observation

MARKS = {}
for _mark in range(1_000):
    MARKS.setdefault(bucket(_mark, 0), _mark)
"""A mark for each bucket, in the first quarter of a day."""


def into(number):
    return Observation("settlement", 0, 100, 2, mark=MARKS[number])


def walk(row, numbers):
    """The scores along the buckets and the last row."""
    scores = []
    for number in numbers:
        x = into(number)
        scores.append(MIX.score_one(row, x))
        row = MIX.learn_one(row, x, scores[-1])
    return scores, row


def test_expected_surprise_is_rivers_entropy_of_all_that_was_counted():
    """The prior's parts of an event are given to river one by one, each event sixteen times."""
    rng, theirs = random.Random(1), stats.Entropy(fading_factor=1)
    numbers = [min(15, int(rng.expovariate(0.4))) for _ in range(150)]
    for number in range(BUCKETS):
        for _ in range(8):
            theirs.update(number)
    for number in numbers:
        for _ in range(UNIT):
            theirs.update(number)
    _, row = walk(MIX.init(DEFAULT_PRIOR), numbers)

    assert MIX.score_one(row, into(0)).expected == pytest.approx(theirs.get(), rel=1e-5)


def test_a_bucket_is_as_unusual_as_all_that_are_no_fuller():
    _, row = walk(MIX.init(DEFAULT_PRIOR), [0] * 30 + [1] * 10)
    often, seldom, never = (MIX.score_one(row, into(number)) for number in (0, 1, 2))
    total = 16 * 8 + 40 * UNIT

    assert often.p_value == 1.0
    assert seldom.p_value == (10 * UNIT + 8 + 14 * 8) / total
    assert never.p_value == 14 * 8 / total


def test_in_an_even_mix_nothing_is_unusual():
    """Counts are halved in the middle of a round, so not quite even."""
    scores, _ = walk(MIX.init(DEFAULT_PRIOR), list(range(BUCKETS)) * 20)

    assert min(score.p_value for score in scores[16:]) > 0.02


def test_a_new_habit_becomes_one():
    _, row = walk(MIX.init(DEFAULT_PRIOR), [0] * 300)
    scores, _ = walk(row, [3] * 100)

    assert scores[0].p_value < 0.05
    assert scores[-1].p_value > 0.2


def test_an_event_without_a_mark_says_nothing():
    assert MIX.score_one(MIX.init(DEFAULT_PRIOR), into(0)._replace(mark=None)) is None


@given(st.lists(st.integers(0, MARK_MOST), max_size=300), st.sampled_from(STREAMS))
def test_counts_stay_in_the_records_ranges(marks, stream):
    row = MIX.init(DEFAULT_PRIOR)
    for i, mark in enumerate(marks):
        x = Observation(stream, i * 3_600_000, 100, 2, mark=mark)
        score = MIX.score_one(row, x)
        assert 0.0 < score.p_value <= 1.0
        row = MIX.learn_one(row, x, score)
    n, *counts = LAYOUT.read(row, stream)

    assert n == len(marks)
    assert min(counts) >= 1
    assert sum(counts) < HALVED_AT


@pytest.mark.parametrize("prior_shares", [(0.0,) * 16, (1e6, *(0.0,) * 15)], ids=["none", "one"])
def test_any_prior_makes_rows_that_are_read(prior_shares):
    row = MIX.init(dict.fromkeys(STREAMS, prior_shares))

    assert 0.0 < MIX.score_one(row, into(4)).p_value <= 1.0


def test_parameters_are_read_and_refused_by_name():
    shares = {f"b{i}": i for i in range(BUCKETS)}
    priors = read_priors(MIX, {"bakers": {"settlement": shares}})

    assert priors.of("bakers")["settlement"] == tuple(map(float, range(BUCKETS)))
    assert priors.of("bakers")["repayment"] == DEFAULT_PRIOR["repayment"]
    with pytest.raises(PriorError, match="expected `b15`"):
        read_priors(MIX, {"bakers": {"settlement": dict(list(shares.items())[:-1])}})


def test_hashes_fall_evenly_into_the_buckets():
    counts = [0] * BUCKETS
    for mark in range(16_000):
        counts[bucket(mark * 2_654_435_761 % 2**32, 0)] += 1

    assert 800 < min(counts) <= max(counts) < 1_200


def test_it_explains_in_per_cent():
    _, row = walk(MIX.init(DEFAULT_PRIOR), [0] * 40)
    why = MIX.explain(into(2), MIX.score_one(row, into(2)))

    assert why.unit == "percent"
    assert why.observed == pytest.approx(100 * 8 / (16 * 8 + 40 * UNIT))
    assert why.low < why.expected < why.high <= 100
