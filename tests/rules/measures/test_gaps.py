"""Days without a credit from outside."""

from datetime import date
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.measures.gaps import credit_gap_days, usual_credit_gap_days


def account(given, told, **more):
    """A string of days: `x` has a credit from outside, `o` one of own money, `.` none."""
    series = {
        "credits": given.daily([(1, 9) if day in "xo" else None for day in told]),
        "credits_of_own_money": given.daily([(1, 9) if day == "o" else None for day in told]),
    }
    return given.reading(given.day_0 + len(told) - 1, series, streams=("settlement",), **more)


@pytest.mark.parametrize(
    ("days", "gap", "usual"),
    [
        pytest.param("x" * 20, 0, 1, id="every day"),
        pytest.param("xxxxx.." * 8, 2, 3, id="business days: a weekend is usual"),
        pytest.param("x" * 20 + "." * 11, 11, 1, id="eleven days of nothing"),
        pytest.param("x" * 20 + "o" * 11, 11, 1, id="own money is none from outside"),
        pytest.param("x" * 5 + "." * 11, 11, None, id="no habit yet"),
        pytest.param("." * 11, None, None, id="never any"),
    ],
)
def test_the_gap_and_what_is_usual(given, days, gap, usual):
    reading = account(given, days)

    assert (credit_gap_days(reading), usual_credit_gap_days(reading)) == (gap, usual)


def test_days_of_the_festival_neither_end_a_gap_nor_make_it_longer(given):
    festival = given.festival(date.fromordinal(given.day_0 + 40))
    days = given.calendar(festival)

    assert credit_gap_days(account(given, "x" * 28 + "." * 40, days=days)) < 40 - 20
    assert credit_gap_days(account(given, "x" * 28 + "." * 10, days=days)) is None


def test_while_a_warning_is_open_a_long_gap_does_not_become_the_habit(given):
    days = ("x" * 9 + ("." * 20 + "x") * 9) + "." * 20

    assert usual_credit_gap_days(account(given, days)) == 21
    assert usual_credit_gap_days(account(given, days, opened=given.day_0 + 10)) == 1


@ask(days=st.text("x.", max_size=90))
def test_the_usual_gap_is_the_nearest_rank(given, days):
    at = [day for day, word in enumerate(days) if word == "x"]
    gaps = sorted(later - earlier for earlier, later in pairwise(at))

    usual = usual_credit_gap_days(account(given, days)) if days else None
    assert usual == (gaps[ceil(0.95 * len(gaps)) - 1] if len(gaps) >= 8 else None)
