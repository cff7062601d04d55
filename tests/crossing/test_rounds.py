"""A round is complete when all partitions have told of it, and is given once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.crossing.rounds import MOST_KEPT, Rounds


@pytest.mark.parametrize(
    ("told", "complete"),
    [
        pytest.param([(1, 0)], [], id="one partition is missing"),
        pytest.param([(1, 0), (1, 1)], [["1/0", "1/1"]], id="both have told"),
        pytest.param([(1, 1), (1, 0)], [["1/0", "1/1"]], id="in the order of partitions"),
        pytest.param([(1, 0), (2, 1)], [], id="of two rounds"),
        pytest.param([(1, 0), (1, 0)], [], id="one twice"),
        pytest.param([(1, 0), (1, 1), (1, 0), (1, 1)], [["1/0", "1/1"]], id="again"),
        pytest.param(
            [(1, 0), (2, 0), (2, 1), (1, 1)],
            [["2/0", "2/1"], ["1/0", "1/1"]],
            id="an older one that was late",
        ),
    ],
)
def test_a_round_is_given_when_it_is_complete(told, complete):
    rounds = Rounds(partitions=2)
    given = [rounds.take(number, n, f"{number}/{n}") for number, n in told]

    assert [each for each in given if each is not None] == complete


def test_a_round_that_not_all_had_is_given_up_and_blocks_nothing():
    rounds = Rounds(partitions=2)
    rounds.take(0, 0, "lost")
    for number in range(1, MOST_KEPT + 1):
        rounds.take(number, 0, "a")
        assert rounds.take(number, 1, "b") == ["a", "b"]

    assert rounds.take(0, 1, "too late") is None
    assert rounds.take(1, 1, "again") is None


@given(st.lists(st.tuples(st.integers(0, 3 * MOST_KEPT), st.integers(0, 2)), max_size=400))
def test_what_is_remembered_is_bounded(told):
    rounds = Rounds(partitions=3)
    for number, partition in told:
        rounds.take(number, partition, None)

    assert len(rounds._open) + len(rounds._done) <= MOST_KEPT
