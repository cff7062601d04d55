"""Expected sales: hand-worked weeks, the frozen baseline, and the same by a plain loop."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.measures.expected import SCALE, Expected
from rules.measures.flow import Flow
from rules.measures.phases import Phases


@pytest.fixture(scope="session")
def expecting(given):
    """Make what is expected of a shop that sells (count, total) a day, from day 0."""

    def make(series, *, closed, opened=None, days=None):
        phases = Phases(days or given.calendar())
        return Expected(Flow([series]), phases, given.day_0 + closed, opened)

    return make


def amount(found):
    return None if found is None else Fraction(found, SCALE)


def test_the_least_and_the_most_of_eight_same_weekdays_are_left_out(expecting, given):
    mondays = {given.day_0 + 7 * week: (1, 100 * (week + 1)) for week in range(8)}
    sales = expecting(mondays, closed=56)

    assert amount(sales.amount(given.day_0 + 56)) == Fraction(200 + 300 + 400 + 500 + 600 + 700, 6)
    assert amount(sales.amount(given.day_0 + 55)) == 0


@pytest.mark.parametrize(
    ("weeks", "usual"),
    [
        pytest.param(3, None, id="three values are no baseline"),
        pytest.param(4, 100, id="four are"),
        pytest.param(9, 100, id="more than eight count no more"),
    ],
)
def test_a_baseline_needs_four_values(expecting, given, weeks, usual):
    sales = expecting({given.day_0 + day: (1, 100) for day in range(7 * weeks)}, closed=7 * weeks)

    assert amount(sales.amount(given.day_0 + 7 * weeks)) == usual


def test_special_days_are_left_out_and_older_ones_stand_in_for_them(expecting, given):
    holiday = date.fromordinal(given.day_0 + 49)
    days = given.calendar({holiday: ("HOLIDAY", "NATIONAL_DAY")})
    mondays = {given.day_0 + 7 * week: (1, 100 + week) for week in range(9)}
    sales = expecting(mondays, closed=63, days=days)

    assert sales.days(given.day_0 + 63) == [
        given.day_0 + 7 * week for week in (0, 1, 2, 3, 4, 5, 6, 8)
    ]


@pytest.mark.parametrize(
    ("offset", "known"),
    [
        pytest.param(-11, True, id="L-11"),
        pytest.param(-10, False, id="L-10"),
        pytest.param(0, False, id="L"),
        pytest.param(15, False, id="L+15"),
        pytest.param(16, True, id="L+16"),
    ],
)
def test_nothing_is_expected_around_the_spring_festival(expecting, given, offset, known):
    first = date.fromordinal(given.day_0 + 100)
    days = given.calendar(given.festival(first))
    series = {given.day_0 + day: (1, 100) for day in range(85)}
    sales = expecting(series, closed=130, days=days)

    assert (sales.amount(given.day_0 + 100 + offset) is not None) == known


@pytest.mark.parametrize(
    ("day", "known"),
    [
        pytest.param(date(2027, 1, 10), True, id="before any Spring Festival"),
        pytest.param(date(2027, 1, 11), False, id="perhaps L-10"),
        pytest.param(date(2027, 3, 7), False, id="perhaps L+15"),
        pytest.param(date(2027, 3, 8), True, id="after any"),
    ],
)
def test_days_of_which_nobody_has_said_what_they_are_may_be_a_festival(given, day, known):
    phases = Phases(given.calendar(unknown=frozenset({day})))

    assert phases.is_eligible(day.toordinal()) == known
    assert phases.is_unknown(day.toordinal()) != known


def test_a_frozen_baseline_does_not_move_with_what_came_after(expecting, given):
    opened = given.day_0 + 70
    series = {given.day_0 + day: (1, 100 if day < 70 else 10) for day in range(200)}
    frozen = expecting(series, closed=199, opened=opened)
    moving = expecting(series, closed=199)

    assert {amount(frozen.amount(opened + day)) for day in range(130)} == {100}
    assert amount(moving.amount(given.day_0 + 199)) == 10
    assert frozen.amount(opened - 1) == moving.amount(opened - 1)


series_of_days = st.dictionaries(
    st.integers(0, 120), st.tuples(st.integers(1, 9), st.integers(-50, 5_000)), min_size=1
)


@ask(
    series=series_of_days,
    day=st.integers(60, 120),
    opened=st.none() | st.integers(40, 120),
    special=st.sets(st.integers(0, 120), max_size=40),
)
def test_it_is_what_a_plain_loop_finds(  # noqa: PLR0917 - Hypothesis gives them by name
    expecting, given, series, day, opened, special
):
    series = {given.day_0 + at: value for at, value in series.items()}
    words = {date.fromordinal(given.day_0 + at): ("PROMO",) for at in special}
    frozen = None if opened is None else given.day_0 + opened
    sales = expecting(series, closed=120, opened=frozen, days=given.calendar(words))

    assert amount(sales.amount(given.day_0 + day)) == plain(
        series, given.day_0 + day, given.day_0 + 121 if frozen is None else frozen, words
    )


def plain(series, day, frozen, special):
    """Expected sales as domain.md 3.1 says it, with dates."""
    values, at = [], date.fromordinal(day)
    while len(values) < 8 and at >= date.fromordinal(min(series)):
        at -= timedelta(days=1)
        if at.weekday() != date.fromordinal(day).weekday() or at in special:
            continue
        if date.fromordinal(min(series)) <= at < date.fromordinal(frozen):
            values.append(series.get(at.toordinal(), (0, 0))[1])
    if len(values) < 4:
        return None
    trimmed = sorted(values)[1:-1]
    return Fraction(sum(trimmed), len(trimmed))
