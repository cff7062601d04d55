"""What happened day by day, for people who look into a borrower: what came, and what was expected.

    sales          SALE and PREAUTH_COMPLETE less VOID and REVERSAL (`rules.measures.sales`)
    inflow         all credits of transfers and merchant settlements
    outflow        all transfers out
    expected       of the sales, as P01 has it; frozen since the first open warning about sales
    low, high      two standard deviations below and above

The spread is that of the number of sales, as the small-count guard takes it (variance = mean +
1/k x mean^2), as a share of the expected amount; that prices differ is not in it. Nothing is kept
for this: of what no rule's measure reads there are no figures.
"""

from datetime import date
from fractions import Fraction
from math import isqrt
from typing import Final, NamedTuple

from rules.measures.expected import SCALE, WEEK, Expected
from rules.measures.guard import dispersion
from rules.measures.inflow import CREDITS
from rules.measures.reading import Daily, Reading
from rules.measures.sales import TAKEN, expected, is_comparable, shop
from rules.measures.sweep import OUTGOING

SPREADS: Final = 2
SALES: Final = "sales"
"""The family whose open warnings freeze what is expected."""


class Band(NamedTuple):
    """What the sales of a day were expected to be, in minor units."""

    low: int
    expected: int
    high: int


class StoryDay(NamedTuple):
    """One day; amounts in minor units of the rule set's currency.

    Attributes:
        day: Which.
        sales_minor: What was sold; negative if more was undone.
        sales: In how many sales, less those undone.
        inflow_minor: What came in.
        outflow_minor: What went out.
        band: What sales were expected to be, `None` where too little is known.
    """

    day: date
    sales_minor: int
    sales: int
    inflow_minor: int
    outflow_minor: int
    band: Band | None


def story_of(reading: Reading, first: int, last: int) -> list[StoryDay]:
    """Return the days from `first` to `last`, but none before anything was kept."""
    sold = reading.shared(shop)
    came, left = _kept(reading, CREDITS.name), _kept(reading, OUTGOING.name)
    kept = [min(each) for each in (_kept(reading, TAKEN.name), came, left) if each]
    return [
        StoryDay(
            day=date.fromordinal(day),
            sales_minor=sold.amount(day),
            sales=sold.count(day),
            inflow_minor=came.get(day, (0, 0))[1],
            outflow_minor=left.get(day, (0, 0))[1],
            band=band_of(reading, day),
        )
        for day in range(max(first, min(kept, default=last + 1)), last + 1)
    ]


def _kept(reading: Reading, name: str) -> Daily:
    return reading.daily.get(name, {})


def band_of(reading: Reading, day: int) -> Band | None:
    """Return what the sales of a day were expected to be."""
    sales = reading.shared(expected)
    if sales is None or not is_comparable(reading, WEEK):
        return None
    usual = sales.amount(day)
    if usual is None or usual < 0:
        return None
    amount = round(Fraction(usual, SCALE))
    spread = SPREADS * _deviation(amount, sales, day, reading.shared(dispersion))
    return Band(max(amount - spread, 0), amount, amount + spread)


def _deviation(amount: int, sales: Expected, day: int, excess: Fraction) -> int:
    """Return one standard deviation of an amount, from that of the number of sales."""
    counts = sales.counts(day)
    total = sum(counts)
    if total <= 0:
        return 0
    relative = Fraction(len(counts), total) + excess
    return isqrt(int(amount * amount * relative))
