"""What is kept answers like a list of all events, in whatever order they came."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import windows
from rules.windows import ANSWERS, EMPTY, SHAPES

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


def naive(function, events, floor):
    """Answer from the plain list; an event is (slot, at, value)."""
    found = sorted((at, value) for slot, at, value in events if slot >= floor)
    if function == "streak":
        return run_of(found)
    if not found:
        return EMPTY.get(function)
    if function == "oldest":
        return found[0][0]
    return NAIVE[function]([value for _, value in found])


def run_of(found):
    length = 0
    for _, hit in sorted((at, value >= 2) for at, value in found):
        length = length + 1 if hit else 0
    return length


def kept(family, function, events, *, floor):
    """Put events in one by one, as a store does, with what is too old dropped on write."""
    shape = SHAPES[family]
    series = shape.new()
    for slot, at, value in events:
        if slot < TODAY - REACH:
            continue
        given_ = {"streak": value >= 2, "tally": None if function == "count" else value}
        assert shape.put(series, slot, at, given_.get(family, value), shape.most) == 0
        shape.evict(series, TODAY - REACH)
        series = msgspec.msgpack.decode(msgspec.msgpack.encode(series))
    return ANSWERS[family, function](series, floor) if series else EMPTY.get(function)


def placed(family, events):
    """Give each event its time: entries are kept by time alone, a streak has no slots."""
    if family == "entries":
        return [(slot, slot, value) for slot, _, value in events]
    if family == "streak":
        return [(0 if slot < 0 else TODAY, 10 * slot + at, value) for slot, at, value in events]
    return [(slot, 10 * slot + at, value) for slot, at, value in events]


@pytest.mark.parametrize(
    ("family", "function"), [pytest.param(*k, id=" ".join(k)) for k in ANSWERS]
)
def test_answers_are_those_of_the_plain_list(family, function):
    @given(events=happenings, floor=floors)
    def check(events, floor):
        events = placed(family, events)
        want = naive(function, events, floor if family != "streak" else 0)

        assert kept(family, function, events, floor=floor) == want

    check()


@pytest.mark.parametrize(
    ("family", "function"), [pytest.param(*k, id=" ".join(k)) for k in ANSWERS]
)
def test_answers_do_not_depend_on_the_order_of_arrival(family, function):
    @given(data=st.data(), events=happenings, floor=floors)
    def check(data, events, floor):
        events = placed(family, events)
        shuffled = data.draw(st.permutations(events))

        one = kept(family, function, events, floor=floor)
        assert kept(family, function, shuffled, floor=floor) == one

    check()


@pytest.mark.parametrize("family", ["tally", "extremes", "ends", "distinct", "entries"])
@given(events=happenings)
def test_nothing_older_than_the_floor_is_kept(family, events):
    shape = SHAPES[family]
    series = shape.new()
    for slot, at, value in placed(family, events):
        shape.put(series, slot, at, value, shape.most)
    shape.evict(series, TODAY - 3)

    oldest = series.values() if family == "distinct" else [each[0] for each in series]
    assert all(slot >= TODAY - 3 for slot in oldest)


@pytest.mark.parametrize("family", ["tally", "extremes", "ends"])
@given(events=happenings)
def test_there_is_one_bucket_a_slot_however_late_its_events(family, events):
    shape = SHAPES[family]
    series = shape.new()
    for slot, at, value in events:
        shape.put(series, slot, at, value, shape.most)

    assert [bucket[0] for bucket in series] == sorted({slot for slot, _, _ in events})


# --- bounds


def test_over_the_bound_the_oldest_entry_is_lost_and_counted():
    series = []
    lost = [windows.put_entries(series, at, at, at, 3) for at in (5, 3, 9, 1, 7)]

    assert (series, lost) == ([[5, 5], [7, 7], [9, 9]], [0, 0, 0, 1, 1])


def test_over_the_bound_the_value_longest_unseen_is_lost_and_counted():
    series = {}
    seen = [(3, "a"), (1, "b"), (2, "c")]
    lost = [windows.put_distinct(series, slot, 0, value, 2) for slot, value in seen]

    assert (series, lost) == ({"a": 3, "c": 2}, [0, 0, 1])


def test_a_streak_longer_than_its_times_is_counted_on():
    series = []
    for at in range(10, 17):
        windows.put_streak(series, 0, at, 1, 3)
    assert windows.streak(series, 0) == 7

    windows.put_streak(series, 0, 15, 0, 3)
    assert windows.streak(series, 0) == 2, "the hits at 15 and 16 come after the miss"


def test_a_sum_stays_storable_and_what_is_lost_is_counted():
    series = []
    lost = [windows.put_tally(series, 0, 0, 2**62, 0) for _ in range(3)]

    assert (series, lost) == ([[0, 3, 2**63 - 1]], [0, 1, 1])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(series)) == series
