"""Three fences of one partition without a rebalance: somebody has our name."""

import pytest

from stream.journal.errors import UsurpedError
from stream.journal.fences import WITHIN_S, Fences


def test_all_partitions_fenced_at_once_is_a_worker_that_was_away():
    fences = Fences()

    for partition in range(32):
        fences.note(partition, now_s=0.0)


def test_one_partition_fenced_again_and_again_is_a_stolen_name():
    fences = Fences()
    fences.note(1, 0.0)
    fences.note(1, WITHIN_S / 2)

    with pytest.raises(UsurpedError, match="partition 1 fenced 3 times in 30 s"):
        fences.note(1, WITHIN_S)


def test_fences_far_apart_are_bad_luck():
    fences = Fences()

    for times in range(10):
        fences.note(1, times * (WITHIN_S / 2 + 1))


def test_a_rebalance_explains_the_fences_before_it():
    fences = Fences()
    fences.note(1, 0.0)
    fences.note(1, 1.0)
    fences.rebalanced()

    fences.note(1, 2.0)
