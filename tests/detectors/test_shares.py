"""Right and wrong by trait: the same whoever counts, in whatever order, and never of too many."""

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.shares import KEPT, SHOWN, added, shown, summed
from schemas.fitness import REST, UNKNOWN, Judged, Trait

MANY = 3 * KEPT

verdicts = st.lists(st.tuples(st.integers(0, MANY), st.booleans(), st.integers(0, 7)), max_size=400)


def one(number, right):
    value = f"r{number}" if number else UNKNOWN
    return {value: Judged(right=int(right), wrong=int(not right))}


def folded(said):
    """Count one verdict after the other, as a partition does."""
    found = {}
    for number, right, _ in said:
        found = added((found, one(number, right)))
    return found


def plenty(seed):
    """Verdicts about more values than are kept, each in its turn."""
    return [(n * seed % MANY + 1, n % 3 == 0, n % 8) for n in range(2 * MANY)]


@given(verdicts)
@settings(max_examples=40, deadline=None)
def test_who_counts_and_in_which_order_changes_nothing(said):
    check(said)


def test_nor_does_it_beyond_as_many_as_are_kept():
    check(plenty(7))
    assert len(folded(plenty(7))) == KEPT + 1


def check(said):
    whole = folded(said)
    for partitions in (2, 4, 8):
        parts = [folded([each for each in said if each[2] % partitions == n])
                 for n in range(partitions)]  # fmt: skip
        assert added(parts) == whole
    assert folded(said[::-1]) == whole
    assert list(whole) == sorted(whole)


def test_nothing_is_lost_of_what_is_not_named():
    said = plenty(11)
    for counts in (folded(said), shown(folded(said))):
        assert sum(each.n for each in counts.values()) == len(said)
        assert sum(each.right for each in counts.values()) == sum(right for _, right, _ in said)


def test_people_see_those_that_were_judged_most_often():
    counts = {f"r{n}": Judged(wrong=n + 1) for n in range(KEPT)} | {UNKNOWN: Judged(right=1)}
    seen = shown(added([counts]))

    assert seen.keys() == {f"r{n}" for n in range(KEPT - SHOWN, KEPT)} | {UNKNOWN, REST}
    assert seen[UNKNOWN] == Judged(right=1)


def test_a_value_is_named_by_nobody_as_the_rest():
    """Codes of sources have no asterisk, and none is empty."""
    assert added([{REST: Judged(right=2)}, {"a": Judged(wrong=1)}]) == {
        REST: Judged(right=2),
        "a": Judged(wrong=1),
    }


def test_traits_are_summed_each_for_itself():
    one, other = {Trait.SIZE: {"s": Judged(right=1)}}, {Trait.REGION: {"s": Judged(wrong=1)}}

    assert summed([one, other, one]) == {
        Trait.REGION: {"s": Judged(wrong=1)},
        Trait.SIZE: {"s": Judged(right=2)},
    }
