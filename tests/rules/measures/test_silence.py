"""Runs of open days without sales, and how long they usually are."""

from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import given as ask
from hypothesis import settings
from hypothesis import strategies as st

from rules.measures.silence import usual_gap_days, zero_run_days


def shop(given, sold, *, closed=None, **more):
    """`sold` is a string of days: `x` for one with a sale, `.` for one without."""
    series = {"sales_taken": given.daily([(3, 900) if day == "x" else None for day in sold])}
    return given.reading(
        given.day_0 + (len(sold) if closed is None else closed) - 1, series, **more
    )


OPEN = "xxxxxxx" * 8
SUNDAYS_OFF = "xxxxxx." * 8


@pytest.mark.parametrize(
    ("sold", "run"),
    [
        pytest.param(OPEN, 0, id="sold on the last day"),
        pytest.param(OPEN + "...", 3, id="three days"),
        pytest.param(SUNDAYS_OFF, 0, id="closed on Sundays"),
        pytest.param(SUNDAYS_OFF + ".......", 6, id="a Sunday counts for nothing"),
        pytest.param(OPEN + "." * 70, 70, id="a long silence does not become the habit"),
        pytest.param(OPEN + "..x..", 2, id="one sale ends it"),
        pytest.param("xxxxxx.", 0, id="a day on which it never sold is not an open one"),
    ],
)
def test_a_run_counts_open_days(given, sold, run):
    assert zero_run_days(shop(given, sold)) == run


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda given: shop(given, "......."), id="never sold"),
        pytest.param(lambda given: given.reading(None, {}), id="nothing known of the feed"),
    ],
)
def test_of_whom_nothing_is_known_nothing_is_said(given, make):
    assert zero_run_days(make(given)) is None
    assert usual_gap_days(make(given)) is None


def test_days_that_are_not_closed_are_no_silence(given):
    assert zero_run_days(shop(given, OPEN + ".....", closed=57)) == 1


def test_a_voided_sale_is_no_sale(given):
    series = {
        "sales_taken": given.daily([(3, 900)] * 56 + [(1, 300)]),
        "sales_undone": given.daily([None] * 56 + [(1, 300)]),
    }

    assert zero_run_days(given.reading(given.day_0 + 56, series)) == 1


def test_holidays_neither_end_a_run_nor_make_it_longer(given):
    first = date.fromordinal(given.day_0 + 58)
    days = given.calendar({first + timedelta(days=at): ("HOLIDAY",) for at in range(7)})

    assert zero_run_days(shop(given, OPEN + ".." + "......." + ".", days=days)) == 3


def test_the_festival_asks_nothing_and_counts_for_nothing(given):
    festival = date.fromordinal(given.day_0 + 70)
    days = given.calendar(given.festival(festival))
    silent = OPEN + "." * 60

    assert zero_run_days(shop(given, silent, closed=60, days=days)) == 4
    assert zero_run_days(shop(given, silent, closed=70, days=days)) is None
    assert zero_run_days(shop(given, silent, closed=70 + 17, days=days)) == 5


@pytest.mark.parametrize(
    ("sold", "usual"),
    [
        pytest.param(OPEN, 0, id="never a gap"),
        pytest.param("xxx.xx..x" * 10, 2, id="the longest of few"),
        pytest.param("xx" + "x.xx..x....x" + "x" * 30 + "." * 20, 4, id="the present one apart"),
        pytest.param("xxxxxx." * 8, 0, id="Sundays off are no gaps"),
        pytest.param("x." * 150 + "x....." + "x", 1, id="one in 151 is not usual"),
        pytest.param("x." * 90 + "x....." + "x", 5, id="of up to 100 the longest"),
    ],
)
def test_usual_is_the_99th_percentile_of_its_own_runs(given, sold, usual):
    assert usual_gap_days(shop(given, sold)) == usual


def test_with_an_open_episode_later_runs_do_not_become_usual(given):
    sold = OPEN + "...." + "x" + "........" + "x"

    assert usual_gap_days(shop(given, sold)) == 8
    assert usual_gap_days(shop(given, sold, opened=given.day_0 + 59)) == 0


@ask(sold=st.text("x.", min_size=60, max_size=150), holidays=st.sets(st.integers(0, 149)))
@settings(max_examples=60)
def test_it_is_what_a_walk_from_the_last_sale_finds(given, sold, holidays):
    days = given.calendar({date.fromordinal(given.day_0 + at): ("HOLIDAY",) for at in holidays})

    assert zero_run_days(shop(given, sold, days=days)) == walked(sold, holidays)


@ask(sold=st.text("xx.", min_size=60, max_size=300).filter(lambda sold: "x" in sold))
@settings(max_examples=60)
def test_the_usual_gap_is_a_percentile_of_what_splitting_finds(given, sold):
    """Of a shop that was open on every weekday at the end."""
    sold += "xxxxxxx"
    runs = sorted(len(run) for run in sold.lstrip(".").split("x") if run)
    usual = runs[ceil(len(runs) * 0.99) - 1] if runs else 0

    assert usual_gap_days(shop(given, sold)) == usual


def walked(sold, holidays):
    """The present run, day by day, by the words of the module."""
    if "x" not in sold:
        return None
    last, first = sold.rindex("x"), sold.index("x")
    run = 0
    for day in range(last + 1, len(sold)):
        before = [at for at in range(last, first - 1, -1) if at % 7 == day % 7]
        eligible = [at for at in before if at not in holidays][:8]
        run += any(sold[at] == "x" for at in eligible) and day not in holidays
    return run
