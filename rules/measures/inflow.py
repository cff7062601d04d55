"""Operating inflow against what is expected of it (F01), and what an account shows of costs.

    OpIn = credits, without SELF, OWNER, RELATED, LENDER, disbursements, refunds and investments

A credit of which nobody has said from whom it is counts as operating. The expectation is that of
sales (`rules.measures.expected`), by the day on which the money came. What is sold on a holiday
comes after it: so windows end with a business day, and a holiday of eight days is no fall.
"""

from fractions import Fraction
from typing import Final

from rules.measures.expected import SCALE, Expected
from rules.measures.flow import Flow
from rules.measures.reading import Basis, Reading, Series
from rules.measures.sales import (
    LEAST_ACTIVE_DAYS,
    baseline_counts,
    basis,
    has_history,
    peers_ratio,
    phases,
)
from rules.measures.underwriting import Anchor, anchors, ratio

STREAM: Final = "settlement"

LONGEST_HOLIDAY_DAYS: Final = 31
"""A calendar that knows no business day for longer is not believed."""

_CREDITS: Final = (
    ("direction", ("CREDIT",)),
    ("event_type", ("TRANSFER", "MERCHANT_SETTLEMENT")),
)

CREDITS: Final = Series("credits", STREAM, _CREDITS, "amount")

NOT_OPERATING: Final = Series(
    "credits_not_operating",
    STREAM,
    (
        *_CREDITS,
        (
            "counterparty_class",
            (
                "SELF", "OWNER", "RELATED",
                "LENDER", "P2P_PRIVATE_LENDING",
                "SECURITIES", "WEALTH_MGMT", "FUTURES_CRYPTO", "EQUITY_INVESTMENT", "GAMBLING",
                "SUPPLIER", "PAYROLL", "TAX", "SOCIAL_SECURITY", "RENT", "UTILITY",
            ),
        ),
    ),
    "amount",
)  # fmt: skip
"""Own money, borrowed money, investments, and refunds of what was paid out."""


def inflow(reading: Reading) -> Flow:
    """Return the operating inflow."""
    return Flow([reading.days(CREDITS)], [reading.days(NOT_OPERATING)])


def last_business_day(reading: Reading) -> int | None:
    """Return the last business day of which everything is here."""
    closed = reading.closed(STREAM)
    if closed is None:
        return None
    calendar = reading.shared(phases)
    days = range(closed, closed - LONGEST_HOLIDAY_DAYS, -1)
    return next((day for day in days if calendar.is_business_day(day)), closed)


def expected_inflow(reading: Reading) -> Expected | None:
    """Return what inflow is expected, `None` while it is not known which days are closed."""
    closed = reading.shared(last_business_day)
    if closed is None:
        return None
    return Expected(reading.shared(inflow), reading.shared(phases), closed, reading.opened)


def inflow_ratio(reading: Reading, window: int) -> Fraction | None:
    """Return the operating inflow of the last `window` closed days over what was expected.

    Adjusted by the peers' sales. Missing with less than 8 weeks of history or 20 days with inflow
    in the baseline, on days of unknown expectation, and while the feed's day is unknown.
    """
    money = reading.shared(expected_inflow)
    if money is None or not has_history(money, baseline_counts(money)):
        return None
    first = money.closed - window + 1
    usual = money.total(first, money.closed)
    if not usual or usual < 0:
        return None
    came = Fraction(money.flow.total(first, money.closed) * SCALE, usual)
    return came / peers_ratio(reading, window)


def inflow_vs_underwriting(reading: Reading, window: int) -> Fraction | None:
    """Return the same over what came in the 90 days before disbursement (E_uw)."""
    closed, anchor = reading.shared(last_business_day), reading.shared(inflow_anchor)
    if closed is None or anchor is None or closed - window + 1 < anchor.disbursed:
        return None
    return ratio(reading, reading.shared(inflow), anchor, closed, window)


def inflow_anchor(reading: Reading) -> Anchor | None:
    """Return the anchor of the inflow: 20 days with inflow within the 90 days."""
    found = anchors(reading, reading.shared(inflow))
    return next((anchor for anchor in found if anchor.active >= LEAST_ACTIVE_DAYS), None)


def inflow_basis(reading: Reading, window: int) -> Basis | None:
    """Return the days, the number of credits, what they brought and what was expected."""
    money = reading.shared(expected_inflow)
    return None if money is None else basis(money, window)
