"""Not reopened after the Spring Festival: golden scenario 24 of domain.md 7, and its neighbours."""

from datetime import date
from fractions import Fraction

import pytest

from rules.measures.festival import days_since_festival, has_reopened, peers_reopened
from rules.scene import Segment

L = 100
"""Of the tests: the first day of the lunar year, in days from day 0."""


def shop(given, closed, sold, **more):
    """A merchant that sells on the days of `sold`, in days from day 0."""
    days = given.calendar(given.festival(date.fromordinal(given.day_0 + L)))
    series = {"sales_taken": {given.day_0 + at: (3, 900) for at in sold}}
    return given.reading(given.day_0 + closed, series, days=days, **more)


BEFORE = range(10, L - 5)


@pytest.mark.parametrize(
    ("closed", "since"),
    [
        pytest.param(L - 1, None, id="the eve"),
        pytest.param(L, 0, id="L"),
        pytest.param(L + 16, 16, id="L+16"),
        pytest.param(L + 90, 90, id="L+90"),
        pytest.param(L + 91, None, id="too long ago"),
    ],
)
def test_days_are_counted_from_the_first_of_the_lunar_year(given, closed, since):
    assert days_since_festival(shop(given, closed, BEFORE)) == since


@pytest.mark.parametrize(
    ("closed", "sold", "reopened"),
    [
        pytest.param(L + 7, BEFORE, None, id="nobody is asked before L+8"),
        pytest.param(L + 16, BEFORE, False, id="nothing since"),
        pytest.param(L + 16, [*BEFORE, L + 3], False, id="a sale in the festival is no reopening"),
        pytest.param(L + 16, [*BEFORE, L + 8], True, id="from L+8 on"),
        pytest.param(L + 16, [*BEFORE, L + 20], False, id="not yet closed"),
        pytest.param(L + 16, range(10, 29), None, id="had not sold for months before"),
        pytest.param(L + 16, [L + 9], None, id="a new merchant"),
        pytest.param(L + 91, BEFORE, None, id="a festival of long ago"),
    ],
)
def test_reopening_is_a_sale_from_the_eighth_day_on(given, closed, sold, reopened):
    assert has_reopened(shop(given, closed, sold)) is reopened


@pytest.mark.parametrize(
    ("peers", "share"),
    [
        pytest.param(None, None, id="no segment"),
        pytest.param(Segment(members=30), None, id="nobody has counted"),
        pytest.param(Segment(members=29, reopened=850_000), None, id="too few"),
        pytest.param(Segment(members=30, reopened=850_000), Fraction(85, 100), id="85 %"),
    ],
)
def test_the_peers_are_asked_if_there_are_enough(given, peers, share):
    assert peers_reopened(shop(given, L + 16, BEFORE, peers=peers)) == share


def test_a_calendar_that_ends_says_nothing(given):
    year = frozenset(date.fromordinal(given.day_0 + at) for at in range(200))
    reading = given.reading(given.day_0 + 116, {}, days=given.calendar(unknown=year))

    assert days_since_festival(reading) is None
    assert has_reopened(reading) is None
