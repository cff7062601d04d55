"""How well chances fit outcomes, by counts that add up: of whatever examples, in whatever order.

Each chance falls into one of 120 bins of equal width in log-odds, from 1 in 400 to 399 in 400. A
bin knows how many there were, how many turned out bad, and in whole numbers what had been predicted
of them. From that come the area under the curve (ties within a bin count half) and the check H09.
"""

from collections.abc import Iterable
from math import log
from typing import Final

import msgspec

from detectors.drift import Finding, Part, calibration_of
from detectors.judgement import ONE

BINS: Final = 120
REACH: Final = 6.0
"""Log-odds beyond which all are in the outermost bin."""

PARTS: Final = 10


class Bin(msgspec.Struct, array_like=True):
    """One bin.

    Attributes:
        n: How many chances.
        bad: How many of them turned out bad.
        predicted: The sum of the chances, in millionths.
        spread: The sum of p (1 - p), in millionths.
    """

    n: int = 0
    bad: int = 0
    predicted: int = 0
    spread: int = 0


Bins = dict[int, Bin]


def bin_of(chance: int) -> int:
    """Return the number of the bin of a chance in millionths.

    Examples:
        >>> bin_of(0), bin_of(ONE // 2), bin_of(ONE)
        (0, 60, 119)
    """
    odds = log(max(chance, 1) / max(ONE - chance, 1))
    return min(max(int((odds + REACH) * BINS / (2 * REACH)), 0), BINS - 1)


def count(bins: Bins, chance: int, *, is_bad: bool) -> None:
    """Count one chance, in millionths, and what became of it."""
    each = bins.setdefault(bin_of(chance), Bin())
    each.n += 1
    each.bad += is_bad
    each.predicted += chance
    each.spread += chance * (ONE - chance) // ONE


def added(each: Iterable[Bins]) -> Bins:
    """Return the sum of some counts."""
    whole: Bins = {}
    for bins in each:
        for place, of in bins.items():
            known = whole.setdefault(place, Bin())
            known.n += of.n
            known.bad += of.bad
            known.predicted += of.predicted
            known.spread += of.spread
    return whole


def area(bins: Bins) -> float | None:
    """Return the area under the curve, `None` without a bad or without a good one.

    Examples:
        >>> bins = {}
        >>> for chance, is_bad in ((10_000, False), (20_000, False), (900_000, True)):
        ...     count(bins, chance, is_bad=is_bad)
        >>> area(bins)
        1.0
    """
    bad, n = sum(each.bad for each in bins.values()), sum(each.n for each in bins.values())
    if not bad or bad == n:
        return None
    good_below = halves = 0
    for place in sorted(bins):
        each = bins[place]
        good = each.n - each.bad
        halves += each.bad * (2 * good_below + good)
        good_below += good
    return halves / (2 * bad * (n - bad))


def fit(bins: Bins) -> Finding:
    """Compare what was predicted with what came, in about ten parts by chance: H09."""
    whole = sum(each.n for each in bins.values())
    parts: list[Part] = []
    n = bad = predicted = spread = passed = 0
    for place in sorted(bins):
        each = bins[place]
        n, bad = n + each.n, bad + each.bad
        predicted, spread = predicted + each.predicted, spread + each.spread
        if (passed + n) * PARTS >= (len(parts) + 1) * whole:
            parts.append(Part(n, bad, predicted / ONE, spread / ONE))
            passed, n, bad, predicted, spread = passed + n, 0, 0, 0, 0
    return calibration_of(parts)
