"""Debt-service cover: what comes in, what must go out, what falls due."""

from datetime import date
from fractions import Fraction

import pytest

from rules.measures.cover import debt_service_cover
from rules.scene import Loan

STREAMS = ("pos_clearing", "settlement")


def borrower(given, *, due=28_000, currency="CNY", days=40, **per_day):
    """A borrower of whom each series has this much a day."""
    series = {name: given.daily([(1, amount)] * days) for name, amount in per_day.items()}
    loan = Loan(loan_id="ln_1", currency=currency, due_28d=due)
    return given.reading(given.day_0 + days - 1, series, streams=STREAMS, loans={"ln_1": loan})


@pytest.mark.parametrize(
    ("per_day", "cover"),
    [
        pytest.param({"cleared": 1_500}, Fraction(3, 2), id="sales alone"),
        pytest.param({"credits": 1_500}, Fraction(3, 2), id="inflow alone"),
        pytest.param(
            {"cleared": 1_500, "credits": 1_400, "settled_takings": 1_400},
            Fraction(3, 2),
            id="what is settled of the sales counts once",
        ),
        pytest.param(
            {"cleared": 1_500, "credits": 2_400, "settled_takings": 1_400, "essential_outflow": 1_900},
            Fraction(6, 10),
            id="other inflow in, essential outflow out",
        ),
        pytest.param(
            {"credits": 3_000, "credits_not_operating": 2_000}, Fraction(1), id="own money is none"
        ),
        pytest.param(
            {"cleared": 1_000, "clearing_fees": 50, "cleared_back": 150}, Fraction(8, 10), id="net"
        ),
        pytest.param({"credits": 100, "essential_outflow": 200}, Fraction(-1, 10), id="negative"),
    ],
)  # fmt: skip
def test_what_comes_in_over_what_falls_due(given, per_day, cover):
    assert debt_service_cover(borrower(given, **per_day)) == cover


@pytest.mark.parametrize(
    "made",
    [
        pytest.param({"due": 0, "credits": 100}, id="nothing falls due"),
        pytest.param({"currency": "USD", "credits": 100}, id="due in another currency"),
        pytest.param({"days": 27, "credits": 100}, id="27 days of history"),
        pytest.param({}, id="nothing was ever seen"),
    ],
)
def test_it_is_missing_where_it_cannot_be_said(given, made):
    assert debt_service_cover(borrower(given, **made)) is None


def test_all_loans_count(given):
    loans = {name: Loan(loan_id=name, currency="CNY", due_28d=14_000) for name in ("a", "b")}
    series = {"credits": given.daily([(1, 2_000)] * 28)}
    reading = given.reading(given.day_0 + 27, series, streams=STREAMS, loans=loans)

    assert debt_service_cover(reading) == 2


def test_the_days_of_the_festival_say_nothing(given):
    days = given.calendar(given.festival(date.fromordinal(given.day_0 + 60)))
    loans = {"a": Loan(loan_id="a", currency="CNY", due_28d=14_000)}
    series = {"credits": given.daily([(1, 2_000)] * 60)}
    covers = [
        debt_service_cover(
            given.reading(given.day_0 + at, series, streams=STREAMS, loans=loans, days=days)
        )
        for at in (49, 50)
    ]

    assert covers == [4, None]
