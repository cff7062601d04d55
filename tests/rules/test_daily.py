"""Long daily tallies against a plain dictionary, whatever the order, and put and taken at will."""

from hypothesis import given
from hypothesis import strategies as st

from rules import daily
from rules.windows import MOST_TOTAL, Past

events = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 10**12)), max_size=60)


def naive(held, floor=0):
    found = {}
    for day, value in held:
        if day >= floor:
            n, total = found.get(day, (0, 0))
            found[day] = (n + 1, total + value)
    return found


def put_all(held):
    series = []
    for day, value in held:
        daily.put(series, day, 0, value, 0)
    return series


@given(held=events, floor=st.integers(0, 45))
def test_it_answers_what_a_recount_answers(held, floor):
    series = put_all(held)

    assert daily.days(series, floor) == naive(held, floor)
    assert list(daily.days(series, 0)) == sorted(naive(held))


@given(held=events, data=st.data())
def test_what_was_put_in_and_taken_out_leaves_no_trace_in_what_it_answers(held, data):
    gone = data.draw(st.lists(st.sampled_from(range(len(held))), unique=True)) if held else []
    series = put_all(held)

    for number in gone:
        daily.take(series, Past(held[number][0], 0, held[number][1]), list)

    rest = [each for number, each in enumerate(held) if number not in gone]
    assert daily.days(series, 0) == naive(rest)
    assert (series == []) is (not rest)


@given(held=events, floor=st.integers(0, 45))
def test_what_is_old_is_dropped(held, floor):
    series = put_all(held)

    daily.evict(series, floor)

    assert daily.days(series, 0) == naive(held, floor)


@given(held=events.filter(bool))
def test_days_of_the_past_are_packed_once(held):
    series = put_all(sorted(held))
    before = series[daily.PACKED]

    daily.put(series, max(held)[0], 0, 5, 0)

    assert series[daily.PACKED] == before
    assert len(series[daily.RECENT]) <= daily.RECENT_DAYS


def test_a_sum_beyond_what_can_be_stored_is_told():
    series = []

    assert daily.put(series, 3, 0, MOST_TOTAL, 0) == -1
    assert daily.put(series, 3, 0, 1, 0) == 3
    assert daily.days(series, 0) == {3: (2, MOST_TOTAL)}


def test_a_year_of_a_busy_shop_is_small():
    series = put_all([(740_000 + day, 5_000_00 + 977 * day) for day in range(365)])

    assert len(series[daily.PACKED]) < 365 * 8
