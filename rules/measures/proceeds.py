"""What the money of a loan was spent on: traced from its disbursement, first in, first out (F04).

    proceeds += disbursed        each transfer out is of the proceeds until they are used up

What was on the account before, and what comes later, is spent after them: once as much has left as
was disbursed, the balance is what it was, and the trace ends. Within a day nobody knows the order
here (series are by day), so what is permitted is taken to be spent first: the answer is a lower
bound. Only payees count whose class is known with a confidence of at least 0.8.
"""

from fractions import Fraction
from typing import Final

from rules.measures.flow import Flow
from rules.measures.inflow import STREAM
from rules.measures.reading import Daily, Reading, Series
from rules.measures.sweep import OUTGOING

TRACED_DAYS: Final = 30
"""From the disbursement on, its day included (domain.md F04)."""

CONFIDENCE: Final = Fraction(8, 10)
"""Below it the class of a payee may be an error (domain.md F04)."""

_OUT: Final = (("event_type", ("TRANSFER",)), ("direction", ("DEBIT",)))
_SURE: Final = (("counterparty_class_conf", CONFIDENCE),)

DISBURSED: Final = Series(
    "disbursed", STREAM, (("event_type", ("DISBURSEMENT",)), ("direction", ("CREDIT",))), "amount"
)
PROHIBITED: Final = Series(
    "transfers_prohibited",
    STREAM,
    (
        *_OUT,
        (
            "counterparty_class",
            (
                "SECURITIES", "WEALTH_MGMT", "REAL_ESTATE", "FUTURES_CRYPTO",
                "P2P_PRIVATE_LENDING", "EQUITY_INVESTMENT", "GAMBLING",
            ),
        ),
    ),
    "amount",
    at_least=_SURE,
)  # fmt: skip
"""Without FIXED_ASSET: what a contract permits to buy is not known here."""

GAMBLED: Final = Series(
    "transfers_gambled",
    STREAM,
    (*_OUT, ("counterparty_class", ("GAMBLING", "FUTURES_CRYPTO"))),
    "amount",
    at_least=_SURE,
)


def proceeds_misused(reading: Reading) -> Fraction | None:
    """Return which share of what was disbursed in the last 30 days went where it must not.

    0 if nothing was disbursed in these days; missing if nothing ever was, as far as is known.
    """
    return _traced(reading, reading.days(PROHIBITED))


def proceeds_gambled(reading: Reading) -> Fraction | None:
    """Return the same of gambling, futures and crypto alone."""
    return _traced(reading, reading.days(GAMBLED))


def _traced(reading: Reading, spent: Daily) -> Fraction | None:
    closed = reading.closed(STREAM)
    granted = Flow([reading.days(DISBURSED)]).amounts
    if closed is None or not any(day <= closed and amount > 0 for day, amount in granted.items()):
        return None
    days = range(closed - TRACED_DAYS + 1, closed + 1)
    disbursed = sum(granted.get(day, 0) for day in days)
    if disbursed <= 0:
        return Fraction(0)
    outgoing = reading.days(OUTGOING)
    proceeds = traced = 0
    for day in days:
        proceeds += granted.get(day, 0)
        out = _amount(outgoing, day)
        used = max(0, min(proceeds, out))
        traced += max(0, used - (out - min(out, _amount(spent, day))))
        proceeds -= used
    return Fraction(traced, disbursed)


def _amount(series: Daily, day: int) -> int:
    return max(0, series.get(day, (0, 0))[1])
