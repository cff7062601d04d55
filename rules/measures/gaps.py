"""Days without a credit from outside: the present run, and how long such runs usually are (F16).

A credit of the borrower's own money, of the owner's or of related parties is none from outside. All
days count, weekends too, but not those of the Spring Festival (L-10 … L+15): they neither end
a run nor make it longer.
"""

from itertools import pairwise
from typing import Final

from rules.measures.flow import Flow
from rules.measures.inflow import CREDITS, STREAM
from rules.measures.phases import Phases
from rules.measures.reading import Reading, Series
from rules.measures.sales import phases

OWN_CREDITS: Final = Series(
    "credits_of_own_money",
    STREAM,
    (
        ("direction", ("CREDIT",)),
        ("event_type", ("TRANSFER", "MERCHANT_SETTLEMENT")),
        ("counterparty_class", ("SELF", "OWNER", "RELATED")),
    ),
    "amount",
)

RANK: Final = 95
"""The percentile of the account's own runs that is usual, by nearest rank (domain.md F16)."""

LEAST_RUNS: Final = 8
"""With fewer runs of its own nobody knows what is usual for an account [D]."""


def credit_gap_days(reading: Reading) -> int | None:
    """Return the days since the last credit from outside, up to the last closed day.

    Missing for an account that never had one, and while the last closed day lies in L-10 … L+15.
    """
    closed, calendar = reading.closed(STREAM), reading.shared(phases)
    if closed is None or calendar.is_unknown(closed):
        return None
    last = max((day for day in reading.shared(credit_days) if day <= closed), default=None)
    return None if last is None else _length(calendar, last, closed)


def usual_credit_gap_days(reading: Reading) -> int | None:
    """Return the 95th percentile of the days from one credit from outside to the next.

    Of days with a credit that follow each other it is 1. Missing where `credit_gap_days` is, and
    with fewer than 8 runs. With an open episode, runs that ended before its day alone.
    """
    closed, calendar = reading.closed(STREAM), reading.shared(phases)
    if closed is None or calendar.is_unknown(closed):
        return None
    until = closed if reading.opened is None else min(closed, reading.opened - 1)
    days = [day for day in reading.shared(credit_days) if day <= until]
    runs = sorted(_length(calendar, before, day) for before, day in pairwise(days))
    return runs[-(-len(runs) * RANK // 100) - 1] if len(runs) >= LEAST_RUNS else None


def credit_days(reading: Reading) -> list[int]:
    """Return the days on which a credit came from outside, in order."""
    flow = Flow([reading.days(CREDITS)], [reading.days(OWN_CREDITS)])
    return sorted(day for day, count in flow.counts.items() if count > 0)


def _length(calendar: Phases, last: int, day: int) -> int:
    """Return how many days lie after `last`, up to `day`, of which something can be expected."""
    return sum(not calendar.is_unknown(each) for each in range(last + 1, day + 1))
