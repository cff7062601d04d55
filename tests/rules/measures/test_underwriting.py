"""The second anchor, and the slide away from it."""

from datetime import date
from fractions import Fraction
from math import log
from statistics import stdev

import pytest
from hypothesis import given as ask
from hypothesis import settings
from hypothesis import strategies as st

from rules.measures.slide import slide
from rules.measures.underwriting import sales_vs_underwriting
from rules.scene import Loan, Segment

PAID_OUT = 98
"""Day of disbursement, from day 0: a Monday."""


def loans(given, *days):
    made = [Loan(loan_id=f"ln_{at}", disbursed=date.fromordinal(given.day_0 + at)) for at in days]
    return {loan.loan_id: loan for loan in made}


def shop(given, totals, *, disbursed=(PAID_OUT,), **more):
    """A shop that sells 5 times a day for these totals."""
    series = {"sales_taken": given.daily([(5, total) for total in totals])}
    closed = given.day_0 + len(totals) - 1
    return given.reading(closed, series, loans=loans(given, *disbursed), **more)


@pytest.mark.parametrize(
    ("after", "ratio"),
    [
        pytest.param([1_000] * 28, Fraction(1), id="as before"),
        pytest.param([600] * 28, Fraction(3, 5), id="60 % of it"),
        pytest.param([1_000] * 200 + [600] * 28, Fraction(3, 5), id="after half a year"),
        pytest.param([600] * 300, Fraction(3, 5), id="however long it has been so"),
        pytest.param([1_000] * 27, None, id="before the window has passed"),
    ],
)
def test_sales_against_those_before_disbursement(given, after, ratio):
    assert sales_vs_underwriting(shop(given, [1_000] * PAID_OUT + after), 28) == ratio


def test_only_the_90_days_before_count(given):
    totals = [9_000] * 8 + [1_000] * 90 + [1_000] * 28

    assert sales_vs_underwriting(shop(given, totals), 28) == 1


@pytest.mark.parametrize(
    ("disbursed", "ratio"),
    [
        pytest.param((), None, id="no loan"),
        pytest.param((89,), None, id="the first of its 90 days is not kept"),
        pytest.param((90,), Fraction(1), id="all are kept"),
        pytest.param((89, 190), Fraction(1, 2), id="the earliest that has them"),
        pytest.param((98, 190), Fraction(1), id="the earlier of two"),
    ],
)
def test_the_earliest_loan_with_an_anchor_counts(given, disbursed, ratio):
    totals = [1_000] * 98 + [2_000] * 92 + [1_000] * 28

    assert sales_vs_underwriting(shop(given, totals, disbursed=disbursed), 28) == ratio


def test_a_segment_excuses_what_all_have(given):
    peers = Segment(members=40, ratios={28: 600_000})
    totals = [1_000] * PAID_OUT + [600] * 28

    assert sales_vs_underwriting(shop(given, totals, peers=peers), 28) == 1


def test_special_days_before_disbursement_are_no_anchor(given):
    promotion = {date.fromordinal(given.day_0 + at): ("PROMO",) for at in range(20, 30)}
    totals = [9_000 if 20 <= at < 30 else 1_000 for at in range(PAID_OUT)] + [1_000] * 28

    days = given.calendar(promotion)
    assert sales_vs_underwriting(shop(given, totals, days=days), 28) == 1


def weekly(weeks):
    """Totals by day of weeks of these totals, with a weekly pattern."""
    return [week * share // 10 for week in weeks for share in (1, 1, 1, 1, 2, 3, 1)]


BEFORE = [10_000, 11_000, 9_000, 10_500, 9_500, 10_000, 11_000, 9_000, 10_500, 9_500, 10_000,
          11_000, 9_000, 10_000]  # fmt: skip


@pytest.mark.parametrize(
    ("after", "alarms"),
    [
        pytest.param([10_000] * 20, False, id="as before"),
        pytest.param([12_000] * 20, False, id="better"),
        pytest.param([10_000 - 625 * week for week in range(1, 9)], True, id="8 weeks to a half"),
        pytest.param([9_800] * 20, False, id="2 % less are no slide"),
        pytest.param([10_000] * 12 + [0] + [10_000] * 3, False, id="closed for one week"),
        pytest.param([10_000] * 12 + [0] * 2, True, id="closed for two"),
    ],
)
def test_a_slide_adds_up_over_the_weeks(given, after, alarms):
    assert (slide(shop(given, weekly(BEFORE + after))) >= 5) is alarms


def test_a_slide_ends_when_sales_are_back(given):
    down = BEFORE + [6_000] * 8

    assert slide(shop(given, weekly(down))) == 8
    assert slide(shop(given, weekly(down + [10_000] * 13))) < 5


@pytest.mark.parametrize(
    "weeks",
    [
        pytest.param(BEFORE + [5_000] * 7, id="7 weeks after"),
        pytest.param([0, *BEFORE[1:3], 0, *BEFORE[4:]] + [5_000] * 9, id="a week without sales before"),
    ],
)  # fmt: skip
def test_a_slide_needs_8_weeks_and_a_shop_that_sold_in_all_before(given, weeks):
    assert slide(shop(given, weekly(weeks))) is None


def test_days_of_the_festival_are_no_slide(given):
    """Three weeks around it bring nothing, and are left out."""
    days = given.calendar(given.festival(date.fromordinal(given.day_0 + PAID_OUT + 7 * 10 + 10)))
    after = [10_000] * 10 + [0] * 3 + [10_000] * 6

    assert slide(shop(given, weekly(BEFORE + after))) > 5
    assert slide(shop(given, weekly(BEFORE + after), days=days)) < 5


week_totals = st.integers(4_000, 20_000)


@ask(
    before=st.lists(week_totals, min_size=14, max_size=14),
    after=st.lists(week_totals | st.just(0), min_size=8, max_size=30),
)
@settings(max_examples=60)
def test_it_is_the_textbook_cusum(given, before, after):
    """In floats, with the C library's logarithm: equal as far as six decimals go."""
    totals = weekly(before + after)
    sums = [sum(totals[at : at + 7]) for at in range(0, len(totals), 7)]
    # the anchor is 90 days: 12 whole weeks, which end with the day before disbursement
    usual = [log(total) for total in sums[2:14]]
    mean, sigma = sum(usual) / 12, max(stdev(usual), 0.1)
    fallen = 0.0
    for total in sums[14:]:
        short = mean - log(total) if total else 3 * sigma
        fallen = max(0.0, fallen + min(max(short, -3 * sigma), 3 * sigma) - sigma / 4)
        fallen = min(fallen, 8 * sigma)

    assert float(slide(shop(given, totals))) == pytest.approx(fallen / sigma, abs=1e-3)
