"""Settled money that leaves on the day on which it comes, where it used to stay (F03).

The catalogue says within two hours; series are by day, so here it is the same day [D]. A transfer
to the borrower's own other account is none that leaves.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from rules.measures.cover import TAKINGS
from rules.measures.flow import Flow
from rules.measures.inflow import STREAM
from rules.measures.reading import Reading, Series

_OUT: Final = (("event_type", ("TRANSFER",)), ("direction", ("DEBIT",)))

OUTGOING: Final = Series("transfers_out", STREAM, _OUT, "amount")
OUTGOING_TO_SELF: Final = Series(
    "transfers_out_to_self", STREAM, (*_OUT, ("counterparty_class", ("SELF",))), "amount"
)

SWEPT: Final = Fraction(95, 100)
"""Of what came on a day, as much must leave (domain.md F03)."""

BASELINE_DAYS: Final = 56
LEAST_BASELINE_DAYS: Final = 20
"""So many settlement days before are looked at, and must be there [D]."""


def swept_days(reading: Reading, days: int) -> int | None:
    """Return on how many of the last `days` settlement days at least 95 % left again.

    A settlement day is one on which an acquirer paid. Missing until there are so many.
    """
    judged, _ = _settlement_days(reading, days)
    if len(judged) < days:
        return None
    came, left = reading.shared(takings), reading.shared(leaving)
    return sum(left.amount(day) >= SWEPT * came.amount(day) for day in judged)


def swept_before(reading: Reading, days: int) -> Fraction | None:
    """Return which share of what was settled left on its day, on the 56 settlement days before.

    Before the last `days`, and before the day on which the episode opened. Missing with less
    than 20.
    """
    _, before = _settlement_days(reading, days)
    if len(before) < LEAST_BASELINE_DAYS:
        return None
    came, left = reading.shared(takings), reading.shared(leaving)
    stayed_not = sum(min(came.amount(day), left.amount(day)) for day in before)
    return Fraction(stayed_not, sum(came.amount(day) for day in before))


def takings(reading: Reading) -> Flow:
    """Return what acquirers paid, by the day on which it came."""
    return Flow([reading.days(TAKINGS)])


def leaving(reading: Reading) -> Flow:
    """Return what was transferred to others."""
    return Flow([reading.days(OUTGOING)], [reading.days(OUTGOING_TO_SELF)])


def _settlement_days(reading: Reading, days: int) -> tuple[Sequence[int], Sequence[int]]:
    """Return the last settlement days, and those before them that are the baseline."""
    closed = reading.closed(STREAM)
    if closed is None:
        return (), ()
    amounts = reading.shared(takings).amounts
    known = sorted((day for day, came in amounts.items() if day <= closed and came > 0))
    judged, earlier = known[-days:], known[:-days]
    if reading.opened is not None:
        earlier = [day for day in earlier if day < reading.opened]
    return judged, earlier[-BASELINE_DAYS:]
