"""The second anchor: what the borrower brought in the 90 days before its loan was paid out.

    E_uw(d) = mean of the eligible values of the same weekday in the 90 days before disbursement

It is kept for the life of the loan, as far as the daily series reach: a loan of more than about
300 days has none left. With several open loans it is that of the earliest that has one. The same
holds for sales and for inflow.
"""

from collections import defaultdict
from fractions import Fraction
from math import lcm
from typing import Final

from rules.measures.expected import LEAST_VALUES, WEEK
from rules.measures.flow import Flow
from rules.measures.phases import Phases
from rules.measures.reading import Reading
from rules.measures.sales import (
    LEAST_ACTIVE_DAYS,
    LEAST_SALES,
    STREAM,
    peers_ratio,
    phases,
    shop,
)

ANCHOR_DAYS: Final = 90
ANCHOR_SCALE: Final = lcm(*range(1, -(-ANCHOR_DAYS // WEEK) + 1))
"""Means of as many values as 90 days have of a weekday are whole numbers when multiplied by it."""


class Anchor:
    """What one loan was granted on.

    Args:
        flow: Of which it is an average.
        calendar: Which days are eligible.
        disbursed: The day on which the loan was paid out.
    """

    def __init__(self, flow: Flow, calendar: Phases, disbursed: int) -> None:
        self.disbursed = disbursed
        self.first = disbursed - ANCHOR_DAYS
        days = calendar.eligible(range(self.first, disbursed))
        counts = [flow.counts.get(day, 0) for day in days]
        self.active = sum([count > 0 for count in counts])
        self.events = sum(counts)
        by_weekday = defaultdict(list)
        for day in days:
            by_weekday[day % WEEK].append(flow.amounts.get(day, 0))
        self._means = {
            weekday: sum(values) * (ANCHOR_SCALE // len(values))
            for weekday, values in by_weekday.items()
            if len(values) >= LEAST_VALUES
        }

    def total(self, first: int, last: int, calendar: Phases) -> int | None:
        """Return E_uw of these days x `ANCHOR_SCALE`; `None` if of any it is unknown."""
        total = 0
        for day in range(first, last + 1):
            mean = self._means.get(day % WEEK)
            if mean is None or calendar.is_unknown(day):
                return None
            total += mean
        return total


def sales_anchor(reading: Reading) -> Anchor | None:
    """Return the anchor of the sales: 20 active days and 100 sales within the 90 days."""
    for anchor in anchors(reading, reading.shared(shop)):
        if anchor.active >= LEAST_ACTIVE_DAYS and anchor.events >= LEAST_SALES:
            return anchor
    return None


def anchors(reading: Reading, flow: Flow) -> list[Anchor]:
    """Return the anchors of the open loans of which all 90 days are kept, the earliest first."""
    disbursed = {loan.disbursed for loan in reading.scene.loans.values() if loan.disbursed}
    days = [day.toordinal() for day in sorted(disbursed)]
    began = flow.began
    kept = [day for day in days if began is not None and began <= day - ANCHOR_DAYS]
    return [Anchor(flow, reading.shared(phases), day) for day in kept]


def sales_vs_underwriting(reading: Reading, window: int) -> Fraction | None:
    """Return the sales of the last `window` closed days over E_uw of the same, peers excused.

    Missing without an anchor, until the window has passed since disbursement, and where a day's
    expectation is unknown. What the segment excuses is measured against moving baselines, so a
    lasting fall of the whole segment is excused only while it is fresh.
    """
    closed, anchor = reading.closed(STREAM), reading.shared(sales_anchor)
    if closed is None or anchor is None or closed - window + 1 < anchor.disbursed:
        return None
    return ratio(reading, reading.shared(shop), anchor, closed, window)


def ratio(
    reading: Reading, flow: Flow, anchor: Anchor, closed: int, window: int
) -> Fraction | None:
    """Return what the last `window` closed days brought, over the anchor and the peers."""
    first = closed - window + 1
    usual = anchor.total(first, closed, reading.shared(phases))
    if not usual or usual < 0:
        return None
    came = Fraction(flow.total(first, closed) * ANCHOR_SCALE, usual)
    return came / peers_ratio(reading, window)
