"""A slow slide of sales: a one-sided CUSUM over the weeks since the loan was paid out (P03).

Of every whole week since disbursement, x is the logarithm of its sales over those of a usual week
of the 90 days before. A week has every weekday once, so their pattern cancels. With sigma the
standard deviation of the weeks before:

    S = min(max(0, S - x - 0.25 sigma), 8 sigma), from 0     slide = S / sigma, alarming from 5 on

The upper bound is ours: after any fall, 12 usual weeks take the slide back to 5.

Weeks that touch L-10 … L+15 are left out. A week counts for 3 sigma at most, up or down: one week
of renovation is no slide, two are. Logarithms are our own, cut to six decimals, and the rest is
whole numbers: the same on every machine.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt
from typing import Final

from rules.measures.expected import WEEK
from rules.measures.logarithm import ln
from rules.measures.reading import Reading
from rules.measures.sales import MILLION, STREAM, phases, shop
from rules.measures.underwriting import sales_anchor

LEAST_WEEKS: Final = 8
"""Weeks since disbursement, and before it, without which nothing is said (P03)."""

DRIFTS: Final = 4
"""1 / k: a fourth of sigma a week is not yet a slide."""

MOST_WEEK: Final = 3
"""What one week may count for, in sigma [D]."""

MOST_FALLEN: Final = 8
"""What the sum may come to, in sigma [D]."""

LEAST_SIGMA: Final = MILLION // 10
"""No shop's weeks are taken for steadier than 10 % [D]."""


def slide(reading: Reading) -> Fraction | None:
    """Return how far sales have slid, in standard deviations of a week; 0 is not at all.

    Missing before 8 whole weeks have passed since disbursement, without an anchor, and for a shop
    that had a week without sales in the 90 days before.
    """
    closed, anchor = reading.closed(STREAM), reading.shared(sales_anchor)
    if closed is None or anchor is None:
        return None
    before = _weeks(reading, range(anchor.disbursed - WEEK, anchor.first - 1, -WEEK))
    since = _weeks(reading, range(anchor.disbursed, closed - WEEK + 2, WEEK))
    if len(before) < LEAST_WEEKS or len(since) < LEAST_WEEKS or min(before) <= 0:
        return None
    logarithms = [_logarithm(week) for week in before]
    return _cusum(since, sum(logarithms) // len(logarithms), _sigma(logarithms))


def _weeks(reading: Reading, starts: Iterable[int]) -> list[int]:
    """Return the sales of the weeks that begin then, but of those in the festival."""
    calendar, flow = reading.shared(phases), reading.shared(shop)
    return [
        flow.total(start, start + WEEK - 1)
        for start in starts
        if not (calendar.is_unknown(start) or calendar.is_unknown(start + WEEK - 1))
    ]


def _cusum(weeks: Iterable[int], usual: int, sigma: int) -> Fraction:
    """Return the sum of what is short, in sigma; counted in `1 / DRIFTS` of millionths."""
    most, fallen = MOST_WEEK * sigma, 0
    for week in weeks:
        short = usual - _logarithm(week) if week > 0 else most
        short = max(-most, min(short, most))
        fallen = min(max(0, fallen + short * DRIFTS - sigma), MOST_FALLEN * sigma * DRIFTS)
    return Fraction(fallen, sigma * DRIFTS)


def _sigma(logarithms: list[int]) -> int:
    """Return the standard deviation, whole; at least `LEAST_SIGMA`."""
    n, total = len(logarithms), sum(logarithms)
    square = n * sum([each**2 for each in logarithms]) - total**2
    return max(isqrt(square // (n * (n - 1))), LEAST_SIGMA)


def _logarithm(amount: int) -> int:
    """Return the logarithm of an amount, in millionths."""
    return round(ln(amount) * MILLION)
