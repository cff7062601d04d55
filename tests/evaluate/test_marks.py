"""Marks, worked by hand; recall at a share of the good; warned of before the first day past due."""

import math

import numpy as np
import pytest

from stream.evaluate.marks import Marker, estimated
from stream.evaluate.numbers import Borrowers, Said

BAD = np.array([True, True, False, False, False, False])
SCORE = np.array([0.9, 0.4, 0.5, 0.3, 0.2, 0.1])
NOBODY = np.full(6, np.nan)


def marker(score=SCORE, early=(1, 0, 0, 0, 0, 0), false_share=0.25):
    alarms = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    said = Said(alarms, np.array(score, float), NOBODY)
    return Marker(Borrowers(BAD, np.ones(6)), said, np.array(early, bool), false_share=false_share)


def test_the_marks_of_six_borrowers_by_hand():
    found = marker().marks(np.ones(6))

    assert (found.auc, found.recall_at, found.recall) == (7 / 8, 1.0, 1.0)
    assert (found.false_share, found.precision, found.early) == (0.25, 2 / 3, 0.5)
    assert found.rate == 25


@pytest.mark.parametrize(
    ("score", "share", "recall"),
    [
        pytest.param(SCORE, 0.2, 0.5, id="below the first good one's share"),
        pytest.param(SCORE, 0.0, 0.5, id="above all good ones"),
        pytest.param(np.ones(6), 0.2, 0.2, id="a tie says nothing"),
        pytest.param(-SCORE, 0.7, 0.0, id="the wrong way round"),
    ],
)
def test_the_recall_at_a_share_of_the_good(score, share, recall):
    found = marker(score, false_share=share).marks(np.ones(6))

    assert found.recall_at == pytest.approx(recall)


def test_a_weight_is_as_many_borrowers_and_none_of_a_kind_is_no_number():
    assert marker().marks(np.array([0, 1, 1, 1, 1, 1.0])).early == 0
    assert math.isnan(marker().marks((~BAD).astype(float)).early)
    assert math.isnan(marker().marks((~BAD).astype(float)).recall_at)


def test_the_curve_begins_with_nobody_and_ends_with_everybody():
    good, bad = marker().curve(np.ones(6))

    assert (good[0], bad[0], good[-1], bad[-1]) == (0, 0, 1, 1)
    assert (np.diff(good) >= 0).all()
    assert (np.diff(bad) >= 0).all()


def test_intervals_are_seeded_and_around_the_value():
    one, again = (
        estimated({"voice": marker()}, 6, seed=seed, draws=60)["voice"] for seed in (3, 3)
    )

    assert repr(one) == repr(again)
    assert one["recall_at"].low <= one["recall_at"].value <= one["recall_at"].high
