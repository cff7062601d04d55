"""What is kept answers like a list of all events, in whatever order they came."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.answers import ANSWERS, EMPTY, answer, answer_of_some
from rules.windows import (
    LIFELONG_SHAPES,
    NOTHING_LOST,
    SHAPES,
    Past,
    put_distinct,
    put_entries,
    put_tally,
)

TODAY = 100
REACH = 10

slots = st.integers(TODAY - 15, TODAY + 1)
values = st.integers(0, 5)
happenings = st.lists(st.tuples(slots, st.integers(0, 3), values), max_size=25)
floors = st.integers(TODAY - REACH + 1, TODAY)


NAIVE = {
    "count": len,
    "sum": sum,
    "distinct": lambda only: len(set(only)),
    "avg": lambda only: sum(only) / len(only),
    "min": min,
    "max": max,
    "first": lambda only: only[0],
    "last": lambda only: only[-1],
}


ASKED = [pytest.param(*key, id=" ".join(key)) for key in ANSWERS if key[0] != "daily"]
"""What is asked of each family; long daily tallies have tests of their own."""


def naive(function, events, floor):
    """Answer from the plain list; an event is (slot, at, value)."""
    found = sorted((at, value) for slot, at, value in events if slot >= floor)
    if function == "streak":
        return run_of(found)
    if not found:
        return EMPTY.get(function)
    if function == "oldest":
        return min(slot for slot, _, _ in events if slot >= floor)
    if function == "latest":
        return by_value([event for event in events if event[0] >= floor])
    return NAIVE[function]([value for _, value in found])


def by_value(events):
    values = {value for _, _, value in events}
    return {str(each): max(slot for slot, _, value in events if value == each) for each in values}


def run_of(found):
    length = 0
    for _, hit in sorted((at, value >= 2) for at, value in found):
        length = length + 1 if hit else 0
    return length


def stored(family, function, value):
    """The value that a feature keeps of an event."""
    if family == "distinct":
        return str(value)
    return {"streak": value >= 2, "tally": None if function == "count" else value}.get(
        family, value
    )


def kept(family, function, events, *, floor, gone=()):
    """Put events in one by one, as a store does, with what is too old dropped on write.

    Those of `gone` are put in among the others, and taken out again.
    """
    shape = SHAPES[family]
    series = shape.new()
    pasts = [
        Past(slot, at, stored(family, function, value))
        for slot, at, value in events
        if slot >= TODAY - REACH
    ]
    bound = shape.kept(by_key=False)
    for past in pasts:
        assert shape.put(series, *past, bound) == NOTHING_LOST
        shape.evict(series, TODAY - REACH)
        series = msgspec.msgpack.decode(msgspec.msgpack.encode(series))
    for past in [pasts[n] for n in gone if n < len(pasts)]:
        pasts.remove(past)
        shape.take(series, past, lambda: pasts)
    return ANSWERS[family, function](series, floor) if series else EMPTY.get(function)


def placed(family, events):
    """Give each event its time: entries are kept by time alone, a streak has no slots."""
    if family == "entries":
        return [(slot, slot, value) for slot, _, value in events]
    if family == "streak":
        return [(0 if slot < 0 else TODAY, 10 * slot + at, value) for slot, at, value in events]
    return [(slot, 10 * slot + at, value) for slot, at, value in events]


@pytest.mark.parametrize(("family", "function"), ASKED)
def test_answers_are_those_of_the_plain_list(family, function):
    @given(events=happenings, floor=floors)
    def check(events, floor):
        events = placed(family, events)
        want = naive(function, events, floor if family != "streak" else 0)

        assert kept(family, function, events, floor=floor) == want

    check()


@pytest.mark.parametrize(("family", "function"), ASKED)
def test_answers_do_not_depend_on_the_order_of_arrival(family, function):
    @given(data=st.data(), events=happenings, floor=floors)
    def check(data, events, floor):
        events = placed(family, events)
        shuffled = data.draw(st.permutations(events))

        one = kept(family, function, events, floor=floor)
        assert kept(family, function, shuffled, floor=floor) == one

    check()


@pytest.mark.parametrize(("family", "function"), ASKED)
def test_what_is_taken_out_leaves_no_trace(family, function):
    @given(events=happenings, gone=st.sets(st.integers(0, 24)), floor=floors)
    def check(events, gone, floor):
        events = [e for e in placed(family, events) if e[0] >= TODAY - REACH]
        others = [event for n, event in enumerate(events) if n not in gone]
        took = sorted(gone, reverse=True)

        assert kept(family, function, events, floor=floor, gone=took) == kept(
            family, function, others, floor=floor
        )

    check()


@pytest.mark.parametrize("family", ["extremes", "ends"])
@given(events=happenings, gone=st.sets(st.integers(0, 24)), floor=st.integers(TODAY - 15, TODAY))
def test_days_of_a_lifetime_are_merged_once_they_are_settled(family, events, gone, floor):
    """Those before `floor`; their events can still be taken out as long as all are remembered."""
    shape, series = LIFELONG_SHAPES[family], []
    pasts = [Past(slot, at, value) for slot, at, value in placed(family, events)]
    for past in pasts:
        shape.put(series, *past, 0)
        shape.evict(series, floor)
    for past in [pasts[n] for n in sorted(gone, reverse=True) if n < len(pasts)]:
        pasts.remove(past)
        shape.take(series, past, lambda: pasts)

    assert len([bucket for bucket in series if bucket[0] < floor]) <= 1
    for function in {"extremes": ("min", "max"), "ends": ("first", "last")}[family]:
        assert ANSWERS[family, function](series, 0) == naive(function, pasts, 0)


@pytest.mark.parametrize("family", ["tally", "extremes", "ends", "distinct", "entries"])
@given(events=happenings)
def test_nothing_older_than_the_floor_is_kept(family, events):
    shape = SHAPES[family]
    series = shape.new()
    for slot, at, value in placed(family, events):
        shape.put(series, slot, at, stored(family, "sum", value), shape.kept(by_key=False))
    shape.evict(series, TODAY - 3)

    days = [d for of in series.values() for d in of] if family == "distinct" else series
    assert all(day[0] >= TODAY - 3 for day in days)


@pytest.mark.parametrize("family", ["tally", "extremes", "ends"])
@given(events=happenings)
def test_there_is_one_bucket_a_slot_however_late_its_events(family, events):
    shape = SHAPES[family]
    series = shape.new()
    for slot, at, value in events:
        shape.put(series, slot, at, value, 0)

    assert [bucket[0] for bucket in series] == sorted({slot for slot, _, _ in events})


# --- bounds


def test_over_the_bound_the_oldest_entry_is_lost():
    series = []
    lost = [put_entries(series, at, at, at, 3) for at in (5, 3, 9, 1, 7)]

    assert (series, lost) == ([[5, 5], [7, 7], [9, 9]], [-1, -1, -1, 1, 3])


def test_over_the_bound_the_value_longest_unseen_is_lost():
    series = {}
    seen = [(3, "a"), (1, "b"), (2, "c")]
    lost = [put_distinct(series, slot, 0, value, 2) for slot, value in seen]

    assert (series, lost) == ({"a": [[3, 1]], "c": [[2, 1]]}, [-1, -1, 1])


def test_a_sum_stays_storable_and_what_is_lost_is_told():
    series = []
    lost = [put_tally(series, 7, 0, 2**62, 0) for _ in range(3)]

    assert (series, lost) == ([[7, 3, 2**63 - 1]], [-1, 7, 7])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(series)) == series


@pytest.mark.parametrize(
    ("outcomes", "whole", "of_some"),
    [
        pytest.param("MHHH", 3, 3, id="a miss is kept"),
        pytest.param("HHH", 3, None, id="longer than what is kept, nobody knows by how much"),
        pytest.param("HHHHH", 4, 4, id="as far as it is counted"),
        pytest.param("HHHM", 0, 0, id="ended"),
    ],
)
def test_a_streak_counts_to_its_bound(outcomes, whole, of_some):
    series = [2 * at + (outcome == "H") for at, outcome in enumerate(outcomes)]

    assert answer("streak", "streak", 4)(series, 0) == whole
    assert answer_of_some("streak", "streak", 4)(series, 0) == of_some


@pytest.mark.parametrize(
    ("family", "function", "entries", "found"),
    [
        pytest.param("entries", "count", 5, 4, id="counts to its bound"),
        pytest.param("entries", "count", 3, None, id="fewer may be more"),
        pytest.param("entries", "distinct", 5, 4, id="different values, too"),
        pytest.param("entries", "sum", 5, None, id="a sum would be wrong"),
        pytest.param("entries", "max", 5, None, id="so would the most"),
    ],
)
def test_where_something_was_lost_a_count_is_a_lower_bound_and_all_else_is_missing(
    family, function, entries, found
):
    series = [[at, at] for at in range(entries)]

    assert answer_of_some(family, function, 4)(series, 0) == found
