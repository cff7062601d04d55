"""What the acquirers settle, by the day for which they settle it (F19, X01).

By `clearing_date`, because a payment after a holiday settles several days at once, and a sale
after the cut-over belongs to the next. A clearing date is looked at when the payment of it should
have come: so many business days after it, all of which have closed.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Final, NamedTuple

from rules.measures.expected import VALUES, WEEK
from rules.measures.phases import Phases
from rules.measures.reading import Daily, Reading, Series
from rules.measures.sales import phases

POS, SETTLEMENT, REPAYMENT = "pos_clearing", "settlement", "repayment"

SETTLED: Final = Series(
    "settled_by_clearing_date",
    SETTLEMENT,
    (("event_type", ("MERCHANT_SETTLEMENT",)), ("direction", ("CREDIT",))),
    "amount",
    day="clearing_date",
)
_SALES: Final = ("SALE", "PREAUTH_COMPLETE", "CHARGEBACK_REVERSAL", "REPRESENTMENT")
CLEARED: Final = Series(
    "cleared", POS, (("txn_type", _SALES),), "amount_gross", day="clearing_date"
)
CLEARED_BACK: Final = Series(
    "cleared_back",
    POS,
    (("txn_type", ("REFUND", "VOID", "REVERSAL", "CHARGEBACK", "FEE")),),
    "amount_gross",
    day="clearing_date",
)
CLEARING_FEES: Final = Series(
    "clearing_fees", POS, (("txn_type", _SALES),), "fee", day="clearing_date"
)
SPLIT: Final = Series(
    "split_to_lender", REPAYMENT, (("method", ("SPLIT_SETTLEMENT",)),), "amount_paid"
)

SETTLES_AFTER: Final = 1
"""Business days: T+1, as is usual."""

RECONCILED_AFTER: Final = 3
"""Business days: X01 waits for T+3."""

MAD_TO_SIGMA: Final = Fraction(14826, 10000)
LEAST_MAD: Final = Fraction(5, 100)
"""Of the median (robust z of domain.md 3.1)."""

MATCH: Final = Fraction(5, 100)
"""A day on which no more than this is missing is settled (X01)."""

LEAST_MATCHES: Final = 10
NOTHING: Final = (0, 0)
"""Of a day without events: their number, and their sum."""

LOOKED_BACK: Final = 90
"""So many days of so many must have been settled before one can say that it has stopped [D]."""


def clearing_shock(reading: Reading, days: int) -> Fraction | None:
    """Return the robust z of the settled amount that all of the last `days` clearing dates reach.

    z = (x - median) / (1.4826 MAD) over the last 8 eligible clearing dates of the same weekday,
    MAD at least 5 % of the median. Of the last dates the z nearest to 0; 0 if they point apart.
    Missing with less history, and in L-10 … L+15.
    """
    closed, calendar = reading.closed(SETTLEMENT), reading.shared(phases)
    if closed is None:
        return None
    settled = reading.days(SETTLED)
    last = _settled_until(calendar, SETTLES_AFTER, closed)
    judged = sorted((day for day in settled if day <= last), reverse=True)[:days]
    if len(judged) < days or any(calendar.is_unknown(day) for day in judged):
        return None
    scores = [_robust_z(settled, calendar, day, reading.opened) for day in judged]
    known = [score for score in scores if score is not None]
    if len(known) < days:
        return None
    if min(known) < 0 < max(known):
        return Fraction(0)
    return min(known, key=abs)


def pos_settlement_gap(reading: Reading, days: int) -> Fraction | None:
    """Return the share of the net sales that all of the last `days` clearing dates differ by.

    |net - settled| / net, of clearing dates that are 3 business days old; the least of them, so
    that it is above a threshold if all are. Net is sales less refunds, voids, charge-backs and
    fees. Dates that one later payment settles together are compared together.

    Missing until 10 dates have been settled in full, so that a shop whose money goes where we see
    nothing is not taken for one that has lost it; and where the acquirer pays a part to the
    lender (`SPLIT_SETTLEMENT`).
    """
    closed = _both_closed(reading)
    if closed is None:
        return None
    last = _settled_until(reading.shared(phases), RECONCILED_AFTER, closed)
    gaps = _gaps(reading, last)
    judged = list(islice(gaps, days))
    if len(judged) < days or any(judged[-1].day <= day for day in reading.days(SPLIT)):
        return None
    opened = reading.opened
    matches = (gap for gap in gaps if gap.is_match and (opened is None or gap.day < opened))
    if len(list(islice(matches, LEAST_MATCHES))) < LEAST_MATCHES:
        return None
    return min([Fraction(gap.lacking, gap.owed) for gap in judged])


def _both_closed(reading: Reading) -> int | None:
    sold, settled = reading.closed(POS), reading.closed(SETTLEMENT)
    return None if sold is None or settled is None else min(sold, settled)


def _settled_until(calendar: Phases, business_days: int, closed: int) -> int:
    """Return the last clearing date after which so many business days have closed."""
    while business_days:
        business_days -= calendar.is_business_day(closed)
        closed -= 1
    return closed


def _robust_z(settled: Daily, calendar: Phases, day: int, opened: int | None) -> Fraction | None:
    start = day if opened is None else min(day, opened)
    earlier = range(day - WEEK, min(settled) - 1, -WEEK)
    found = [each for each in earlier if each < start and each in settled]
    values = [settled[each][1] for each in found if calendar.is_eligible(each)][:VALUES]
    if len(values) < VALUES:
        return None
    middle = _median(values)
    spread = MAD_TO_SIGMA * _median([abs(value - middle) for value in values])
    spread = max(spread, LEAST_MAD * middle)
    return (settled[day][1] - middle) / spread if spread else None


def _median(values: Sequence[Fraction | int]) -> Fraction:
    """Return the median of an even number of values."""
    upper = len(values) // 2
    ranked = sorted(values)
    return Fraction(ranked[upper - 1] + ranked[upper]) / 2


class _Gap(NamedTuple):
    """What was owed for a clearing date and those settled with it, and what was lacking."""

    day: int
    lacking: int
    owed: int

    @property
    def is_match(self) -> bool:
        return self.lacking * MATCH.denominator <= self.owed * MATCH.numerator


def _gaps(reading: Reading, last: int) -> Iterator[_Gap]:
    """Yield by how much what was settled differs from the net, of dates up to `last`, latest first.

    Dates without a payment of their own are settled by the next one that has one.
    """
    settled, net = reading.days(SETTLED), net_sales(reading)
    first = (last if reading.opened is None else min(last, reading.opened)) - LOOKED_BACK
    dates = sorted({day for day in (*reading.days(CLEARED), *settled) if day >= first})
    together: list[int] = []
    while dates:
        together.append(dates.pop())
        if not dates or dates[-1] in settled:
            amounts = [net(day) for day in together]
            owed = sum(amounts)
            lacking = abs(owed - settled.get(together[0], NOTHING)[1])
            for day, amount in zip(together, amounts, strict=True):
                if owed > 0 and amount > 0 and day <= last:
                    yield _Gap(day, lacking, owed)
            together = []


def net_sales(reading: Reading) -> Callable[[int], int]:
    """Return what says what the acquirers owe for a clearing date."""
    sold, back, fees = (reading.days(each) for each in (CLEARED, CLEARED_BACK, CLEARING_FEES))

    def net(day: int) -> int:
        less = back.get(day, NOTHING)[1] + fees.get(day, NOTHING)[1]
        return sold.get(day, NOTHING)[1] - less

    return net
