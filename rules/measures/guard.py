"""The small-count guard: few sales must be too few to be chance (domain.md 3.1).

3 sales where 6 are usual is half, and says nothing. A ratio therefore counts only if the number
of sales in the window lies below the 1 % lower bound of a negative binomial distribution with the
baseline's mean and dispersion.

Mean of a day: the plain mean of its baseline's counts. Dispersion 1/k of the shop, by moments
over the seven weekdays: sum of (variance - mean) over sum of mean^2. Days are taken as
independent, as in the simulation of domain.md 3.9:

    variance = sum of mean + 1/k x sum of mean^2
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from rules.measures.expected import SCALE, WEEK
from rules.measures.negative_binomial import is_below
from rules.measures.reading import Reading
from rules.measures.sales import expected, is_comparable

SHARE: Final = Fraction(1, 100)

LEAST_DISPERSION: Final = Fraction(1, 100)
"""No shop is taken for steadier than one day in ten parts up or down [D]."""


def sales_low(reading: Reading, window: int) -> bool | None:
    """Return whether fewer sales came in these closed days than chance explains.

    Missing where the ratio is, the prices apart: a shop may sell a usual number of cheap things.
    """
    sales = reading.shared(expected)
    if sales is None or not is_comparable(reading, window) or not sales.is_known(window):
        return None
    means = [_mean(sales.counts(sales.closed - back)) for back in range(window)]
    mean = Fraction(sum(means), SCALE)
    square = Fraction(sum([each**2 for each in means]), SCALE**2)
    counted = sales.flow.counted(sales.closed - window + 1, sales.closed)
    return is_below(counted, mean, mean + reading.shared(dispersion) * square, SHARE)


def dispersion(reading: Reading) -> Fraction:
    """Return 1/k of the shop: by how much its days differ beyond chance."""
    sales = reading.shared(expected)
    if sales is None:
        return LEAST_DISPERSION
    weekdays = [sales.counts(sales.closed - back) for back in range(WEEK)]
    square = sum([_mean(counts) ** 2 for counts in weekdays])
    excess = sum([_excess(counts) for counts in weekdays])
    return max(Fraction(excess * SCALE, square), LEAST_DISPERSION) if square else LEAST_DISPERSION


def _mean(counts: Sequence[int]) -> int:
    """Return the mean x `SCALE`."""
    return sum(counts) * (SCALE // len(counts))


def _excess(counts: Sequence[int]) -> int:
    """Return by how much the unbiased variance of 4 to 8 counts is more than their mean, x `SCALE`.

    `SCALE` is a multiple of n (n - 1) for all of these n.
    """
    n, total = len(counts), sum(counts)
    squares = n * sum([count * count for count in counts]) - total * total
    return squares * (SCALE // (n * (n - 1))) - _mean(counts)
