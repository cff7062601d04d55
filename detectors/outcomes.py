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
PREDICTED_LEAST: Final = 10.0
"""H09 goes by the normal law, which says nothing of fewer: with a right model one in eight of 100
chances of which 3 % turn out bad was out of a tenth's limits, and it is one in a hundred so."""

NOBODY: Final = Part(0, 0, 0.0, 0.0)


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
    """Compare what was predicted with what came, in up to ten parts by chance: H09.

    A part has a tenth of all chances or more, and `PREDICTED_LEAST` predicted bad ones or more; the
    highest chances that are left over go with those below them.
    """
    whole = sum(each.n for each in bins.values())
    parts: list[Part] = []
    rest, passed = NOBODY, 0
    for place in sorted(bins):
        each = bins[place]
        predicted, spread = each.predicted / ONE, each.spread / ONE
        rest, passed = _joined(rest, Part(each.n, each.bad, predicted, spread)), passed + each.n
        if rest.predicted >= PREDICTED_LEAST and passed * PARTS >= (len(parts) + 1) * whole:
            parts.append(rest)
            rest = NOBODY
    if rest.n:
        parts.append(_joined(parts.pop() if parts else NOBODY, rest))
    return calibration_of(parts)


def _joined(one: Part, other: Part) -> Part:
    return Part(
        n=one.n + other.n,
        bad=one.bad + other.bad,
        predicted=one.predicted + other.predicted,
        spread=one.spread + other.spread,
    )
