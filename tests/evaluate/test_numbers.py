"""The numbers of a voice, worked by hand, and against an oracle that compares all pairs."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.evaluate.numbers import Borrowers, Said, Scorer

NAN = float("nan")


def scorer(rows):
    """Rows of bad, months, alarms, score, lead in days."""
    bad, months, alarms, score, lead = (
        np.array(column, dtype=float) for column in zip(*rows, strict=True)
    )
    return Scorer(Borrowers(bad > 0, months), Said(alarms, score, lead))


# bad, months, alarms, score, lead
FIVE = [
    (1, 2, 1, 3, 10),
    (1, 2, 2, 1, 40),
    (1, 2, 0, 0, NAN),
    (0, 4, 3, 1, NAN),
    (0, 6, 0, 0, NAN),
]


def numbers(rows, weights=None):
    return scorer(rows).numbers(np.ones(len(rows)) if weights is None else np.array(weights, float))


def test_the_numbers_of_five_borrowers_by_hand():
    found = numbers(FIVE)

    assert found.recall == pytest.approx(2 / 3)
    assert found.false_share == pytest.approx(1 / 2)
    assert found.precision == pytest.approx(2 / 3)
    # pairs of a bad and a good one: 3>1, 3>0, 1=1, 1>0, 0<1, 0=0
    assert found.auc == pytest.approx((1 + 1 + 0.5 + 1 + 0 + 0.5) / 6)
    assert found.rate == pytest.approx(100 * 3 / 10)
    assert (found.lead_median, found.lead_p10) == (10, 10)


def test_a_weight_is_as_many_borrowers():
    twice = [FIVE[0], FIVE[0], FIVE[0], *FIVE[1:]]

    assert numbers(FIVE, [3, 1, 1, 1, 1]) == numbers(twice)


def test_a_weight_of_nothing_is_nobody():
    assert numbers(FIVE, [1, 0, 1, 1, 1]) == numbers([FIVE[0], *FIVE[2:]])


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        pytest.param(FIVE[3:], {"recall", "auc", "lead_median", "lead_p10"}, id="nobody is bad"),
        pytest.param(FIVE[:3], {"false_share", "auc", "rate"}, id="nobody is good"),
        pytest.param(
            [FIVE[2], FIVE[4]], {"precision", "lead_median", "lead_p10"}, id="nobody was warned of"
        ),
    ],
)
def test_what_has_nothing_to_be_made_of_is_no_number(rows, missing):
    found = numbers(rows)._asdict()

    assert {name for name, value in found.items() if math.isnan(value)} == missing


def test_a_hit_without_an_outcome_is_a_hit_without_a_lead():
    found = numbers([*FIVE, (1, 2, 1, 3, NAN)])

    assert found.recall == pytest.approx(3 / 4)
    assert found.lead_median == 10


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=12
    ).filter(lambda rows: len({bad for bad, _, _ in rows}) == 2)
)
def test_the_auc_is_the_share_of_pairs_in_order(rows):
    pairs = [
        (bad_score, good_score)
        for (bad, times, bad_score), (good, others, good_score) in product(rows, rows)
        if bad and not good
        for _ in range(times * others)
    ]
    found = numbers(
        [(bad, 1, 0, score, NAN) for bad, _, score in rows], [times for _, times, _ in rows]
    )

    if pairs:
        wins = sum(1.0 if b > g else 0.5 if b == g else 0.0 for b, g in pairs)
        assert found.auc == pytest.approx(wins / len(pairs))
    else:
        assert math.isnan(found.auc)
