"""Intervals: seeded, around the value, and as wide as theory says."""

import math

import numpy as np
import pytest

from stream.evaluate.bootstrap import estimates
from stream.evaluate.numbers import Borrowers, Said


def share_of_hits(count, hits):
    """Borrowers of which half are bad, and a voice that warned of so many of these."""
    bad = np.arange(2 * count) < count
    alarms = (np.arange(2 * count) < hits).astype(float)
    nothing = np.full(2 * count, float("nan"))
    return Borrowers(bad, np.ones(2 * count)), {"voice": Said(alarms, alarms, nothing)}


def test_the_same_seed_gives_the_same_intervals():
    borrowers, said = share_of_hits(50, 20)

    first, again, other = (estimates(borrowers, said, seed=seed, draws=50) for seed in (1, 1, 2))

    assert repr(first) == repr(again) != repr(other)


def test_the_interval_of_a_share_is_that_of_the_binomial():
    borrowers, said = share_of_hits(400, 100)
    recall = estimates(borrowers, said, seed=3, draws=600)["voice"]["recall"]
    spread = 1.96 * math.sqrt(0.25 * 0.75 / 400)

    assert recall.value == 0.25
    assert recall.low == pytest.approx(0.25 - spread, abs=0.012)
    assert recall.high == pytest.approx(0.25 + spread, abs=0.012)


def test_voices_are_drawn_with_the_same_borrowers():
    borrowers, said = share_of_hits(30, 10)
    both = estimates(borrowers, said | {"same": said["voice"]}, seed=4, draws=40)

    assert repr(both["voice"]) == repr(both["same"])


def test_what_is_no_number_has_no_interval():
    borrowers, said = share_of_hits(10, 0)
    found = estimates(borrowers, said, seed=5, draws=10)["voice"]

    assert all(math.isnan(each) for each in found["precision"])
    assert found["recall"] == (0.0, 0.0, 0.0)
