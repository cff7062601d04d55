"""Whether what comes in covers what falls due (X07).

    (28-day POS net + other operating inflow - essential outflow) / due in the next 28 days

POS net is what the acquirers owe for these days, or what they have settled on them, whichever is
more: a borrower may have a terminal that we do not see, or an account.
"""

from fractions import Fraction
from typing import Final

from rules.measures.clearing import CLEARED, POS, net_sales
from rules.measures.inflow import STREAM, inflow
from rules.measures.reading import Reading, Series
from rules.measures.sales import phases

DAYS: Final = 28

TAKINGS: Final = Series(
    "settled_takings",
    STREAM,
    (("event_type", ("MERCHANT_SETTLEMENT",)), ("direction", ("CREDIT",))),
    "amount",
)
ESSENTIAL: Final = Series(
    "essential_outflow",
    STREAM,
    (
        ("event_type", ("TRANSFER",)),
        ("direction", ("DEBIT",)),
        (
            "counterparty_class",
            ("PAYROLL", "TAX", "SOCIAL_SECURITY", "RENT", "UTILITY", "SUPPLIER"),
        ),
    ),
    "amount",
)


def debt_service_cover(reading: Reading) -> Fraction | None:
    """Return by how often the last 28 closed days would pay what falls due in the next 28.

    Below 0 if the essential outflow is more than what came in. Missing if nothing falls due, if
    some of it is in another currency, with less than 28 days of history, and if the days touch
    L-10 … L+15 (few shops sell then, and many buy before).
    """
    due, last = _due(reading), _last_day(reading)
    if not due or last is None:
        return None
    first = last - DAYS + 1
    money, calendar = reading.shared(inflow), reading.shared(phases)
    sold_first = min(reading.days(CLEARED), default=None)
    began = min([each for each in (money.began, sold_first) if each is not None], default=last)
    if began > first or any(calendar.is_unknown(day) for day in range(first, last + 1)):
        return None
    takings = _total(reading, TAKINGS, first, last)
    other = money.total(first, last) - takings
    essential = _total(reading, ESSENTIAL, first, last)
    sold = sum(map(net_sales(reading), range(first, last + 1)))
    return Fraction(max(sold, takings) + other - essential, due)


def _due(reading: Reading) -> int | None:
    """Return what falls due; `None` if some of it cannot be added."""
    owing = [loan for loan in reading.scene.loans.values() if loan.due_28d]
    if any(loan.currency != reading.currency for loan in owing):
        return None
    return sum(loan.due_28d for loan in owing)


def _last_day(reading: Reading) -> int | None:
    """Return the last day of which everything is here; sales count only for who has some."""
    settled, sold = reading.closed(STREAM), reading.closed(POS)
    if not reading.days(CLEARED):
        return settled
    return None if settled is None or sold is None else min(settled, sold)


def _total(reading: Reading, series: Series, first: int, last: int) -> int:
    return sum(total for day, (_, total) in reading.days(series).items() if first <= day <= last)
