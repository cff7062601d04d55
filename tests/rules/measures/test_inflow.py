"""Operating inflow: what counts as it, and what is expected of it."""

from datetime import date
from fractions import Fraction

import pytest

from rules.measures.inflow import inflow_basis, inflow_ratio, inflow_vs_underwriting
from rules.scene import Loan, Segment

SETTLEMENT = ("settlement",)


def account(given, came, *, own=(), **more):
    """An account that gets these amounts a day; `own` of it is no business."""
    series = {
        "credits": given.daily([(1, each) if each else None for each in came]),
        "credits_not_operating": given.daily([(1, each) if each else None for each in own]),
    }
    closed = given.day_0 + len(came) - 1
    return given.reading(closed, series, streams=SETTLEMENT, **more)


WEEK = [3_000, 1_000, 1_000, 1_000, 1_000, 0, 0]
"""Monday brings the weekend's sales."""


@pytest.mark.parametrize(
    ("last", "own", "ratio"),
    [
        pytest.param(WEEK * 4, (), Fraction(1), id="as usual"),
        pytest.param(WEEK * 2 + [0] * 14, (), Fraction(1, 2), id="nothing for two weeks"),
        pytest.param(WEEK * 4, [0] * 84 + WEEK * 4, Fraction(0), id="all of it from the owner"),
        pytest.param(
            [9 * each for each in WEEK * 4],
            [0] * 84 + [8 * each for each in WEEK * 4],
            Fraction(1),
            id="a loan beside it",
        ),
    ],
)
def test_inflow_against_what_is_expected(given, last, own, ratio):
    assert inflow_ratio(account(given, WEEK * 12 + last, own=own), 28) == ratio


@pytest.mark.parametrize(
    "came",
    [
        pytest.param(WEEK * 7, id="7 weeks"),
        pytest.param([5_000, *[0] * 13] * 10, id="10 days with inflow"),
    ],
)
def test_a_thin_history_has_no_ratio(given, came):
    assert inflow_ratio(account(given, came), 28) is None


def test_nothing_is_said_while_the_feed_is_unknown(given):
    assert inflow_ratio(given.reading(None, {}, streams=SETTLEMENT), 28) is None
    assert inflow_vs_underwriting(given.reading(given.day_0, {}), 28) is None


def test_money_that_comes_after_a_holiday_is_no_fall(given):
    """The seven days before Thursday are a holiday, and are paid for on Thursday."""
    start = 84 + 21
    holiday = [date.fromordinal(given.day_0 + at) for at in range(start - 4, start + 3)]
    days = given.calendar(dict.fromkeys(holiday, ("HOLIDAY",)))
    came = WEEK * 14 + [3_000, 1_000, 1_000, *[0] * 7, 8_000, 1_000]
    ratios = [
        inflow_ratio(account(given, came[: at + 1], days=days), 28)
        for at in (start - 5, start, start + 2, start + 3)
    ]

    assert ratios == [1, 1, 1, 1]


def test_a_segment_excuses_what_all_have(given):
    came = WEEK * 12 + WEEK * 2 + [0] * 14
    peers = Segment(members=30, ratios={28: 500_000})

    assert inflow_ratio(account(given, came, peers=peers), 28) == 1


def test_a_frozen_baseline_keeps_the_inflow_low(given):
    came = WEEK * 12 + [each // 2 for each in WEEK] * 12
    opened = given.day_0 + 84 + 14

    assert inflow_ratio(account(given, came), 28) == 1
    assert inflow_ratio(account(given, came, opened=opened), 28) < Fraction(6, 10)


def test_inflow_against_that_before_disbursement(given):
    came = WEEK * 14 + [each // 2 for each in WEEK] * 20
    loan = Loan(loan_id="ln_1", disbursed=date.fromordinal(given.day_0 + 98))

    assert inflow_vs_underwriting(account(given, came, loans={"ln_1": loan}), 28) == Fraction(1, 2)


def test_the_basis_says_what_came_and_what_was_expected(given):
    basis = inflow_basis(account(given, WEEK * 12 + [each // 2 for each in WEEK]), 7)

    assert basis[2:] == (5, 3_500, 7_000)
