"""Instalments without funds, and promises."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from rules.measures.repayments import nsf_instalments, promise_kept
from rules.scene import Loan


@pytest.mark.parametrize(
    ("last_due", "failed", "last", "found"),
    [
        pytest.param(5, {}, 3, 0, id="none"),
        pytest.param(5, {"5": 10, "3": 8}, 3, 2, id="two of three"),
        pytest.param(5, {"5": 10, "2": 7}, 3, 1, id="an older one is out"),
        pytest.param(5, {"6": 12, "5": 10}, 3, 1, id="one that is not due yet"),
        pytest.param(2, {"1": 4, "2": 8}, 4, 2, id="fewer due than asked for"),
        pytest.param(None, {"1": 4}, 3, None, id="nothing due yet"),
    ],
)
def test_instalments_without_funds_are_counted_once_each(given, last_due, failed, last, found):
    loan = Loan(loan_id="ln_1", last_due_no=last_due)
    latest = {"instalments_without_funds": failed}

    assert nsf_instalments(given.reading(None, {}, loan=loan, latest=latest), last) == found


def test_it_is_about_a_loan(given):
    assert nsf_instalments(given.reading(None, {}), 3) is None


def loan(given, closed, *, promises=(), paid=(), back=()):
    """`promises` are (made, for which day, amount); the others (day, amount); days from day 0."""

    def tally(entries):
        days = {}
        for day, amount in entries:
            count, total = days.get(given.day_0 + day, (0, 0))
            days[given.day_0 + day] = (count + 1, total + amount)
        return days

    series = {
        "promised": tally((on, amount) for _, on, amount in promises),
        "promises_made": tally((made, amount) for made, _, amount in promises),
        "paid": tally(paid),
        "taken_back": tally(back),
    }
    return given.reading(given.day_0 + closed, series, streams=("repayment",))


ONE = [(2, 8, 1_000)]
"""Made on a Wednesday for the Tuesday after next Monday."""


@pytest.mark.parametrize(
    ("closed", "paid", "kept"),
    [
        pytest.param(8, [], None, id="its day has closed, the bank's day has not"),
        pytest.param(9, [], Fraction(0), id="nothing came"),
        pytest.param(9, [(8, 900)], Fraction(9, 10), id="90 % on the day"),
        pytest.param(
            9, [(3, 500), (9, 500)], Fraction(1), id="in two parts, the second a day late"
        ),
        pytest.param(9, [(1, 1_000)], Fraction(0), id="before it was made"),
        pytest.param(20, [(15, 1_000)], Fraction(1), id="late, but kept in the end"),
    ],
)
def test_a_promise_is_judged_when_the_bank_had_its_day(given, closed, paid, kept):
    assert promise_kept(loan(given, closed, promises=ONE, paid=paid)) == kept


def test_a_promise_for_friday_waits_for_monday(given):
    friday = [(2, 4, 1_000)]

    assert promise_kept(loan(given, 6, promises=friday)) is None
    assert promise_kept(loan(given, 7, promises=friday)) == 0


def test_money_that_is_taken_back_was_not_paid(given):
    reading = loan(given, 20, promises=ONE, paid=[(8, 1_000)], back=[(15, 1_000)])

    assert promise_kept(reading) == 0


@pytest.mark.parametrize(
    ("closed", "kept"),
    [
        pytest.param(16, Fraction(1), id="the first, while the second is open"),
        pytest.param(17, Fraction(1, 2), id="then the second"),
    ],
)
def test_the_latest_promise_whose_day_has_passed_counts(given, closed, kept):
    promises = [*ONE, (10, 16, 2_000)]

    assert promise_kept(loan(given, closed, promises=promises, paid=[(7, 500), (12, 1_000)])) == (
        kept if closed == 17 else Fraction(3, 2)
    )


def test_without_a_promise_nothing_is_said(given):
    assert promise_kept(loan(given, 20, paid=[(3, 500)])) is None
    assert promise_kept(given.reading(None, {})) is None


def test_holidays_are_no_bank_days(given):
    tuesday = date.fromordinal(given.day_0 + 8)
    days = given.calendar({tuesday + timedelta(days=at): ("HOLIDAY",) for at in range(1, 5)})
    one = loan(given, 13, promises=ONE)
    scene = one.scene._replace(days=days)
    reading = given.reading(given.day_0 + 13, one.daily, streams=("repayment",), days=scene.days)

    assert promise_kept(one) == 0
    assert promise_kept(reading) is None
