"""How likely so few are: the lower tail of the negative binomial distribution.

With mean m and variance v > m, r = m^2 / (v - m) and q = m / (r + m):

    P(X = k) = G(k + r) / (G(r) k!) x (1 - q)^r q^k        P(X = k-1) = P(X = k) k / ((k - 1 + r) q)

The tail is added up from its upper end and only until it is settled on which side of the share it
lies. Sums are IEEE 754 floats by +, -, * and / alone, with our own logarithm; the one power is made
by `decimal`, whose arithmetic is specified: the same answer on every machine. The relative error is
below 1e-9, which moves no bound: the tail changes by more than 1e-4 of itself from count to count.
"""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from rules.measures.logarithm import ln

HALF_LN_2_PI: Final = 0.9189385332046727

STIRLING_FROM: Final = 12
"""From here on Stirling's series is good to 1e-12."""

_EXP: Final = Context(prec=17)


def is_below(count: int, mean: Fraction, variance: Fraction, share: Fraction) -> bool:
    """Whether P(X <= count) < `share`, as rare a count as that or rarer.

    Args:
        count: What was counted.
        mean: Above 0.
        variance: Above the mean.
        share: Above 0, below 1/4.

    Examples:
        >>> [is_below(n, Fraction(35), Fraction(90), Fraction(1, 100)) for n in (15, 16, 17)]
        [True, False, False]
    """
    short = mean - count
    if short <= 0:
        return False  # the median lies below the mean
    if count < 0 or short**2 * share > variance * (1 - share):
        return True  # by Cantelli's inequality
    size = mean**2 / (variance - mean)
    r, q = float(size), float(mean / (size + mean))
    logarithm = ln(share.numerator / share.denominator) - _ln_probability(count, r, q)
    return _is_tail_below(count, r, q, float(_EXP.exp(Decimal(logarithm))))


def _is_tail_below(count: int, r: float, q: float, most: float) -> bool:
    """Whether P(X <= count) / P(X = count) is below `most`."""
    term = total = 1.0
    for k in range(count, 0, -1):
        ratio = k / ((k - 1 + r) * q)
        term *= ratio
        total += term
        if total >= most:
            return False
        if r >= 1 > ratio and total + term * ratio / (1 - ratio) < most:
            return True  # the ratios go on falling
    return total < most


def _ln_probability(count: int, r: float, q: float) -> float:
    """Return ln P(X = count)."""
    ways = _ln_gamma(count + r) - _ln_gamma(r) - _ln_gamma(count + 1.0)
    return ways + r * ln(1 - q) + count * ln(q)


def _ln_gamma(x: float) -> float:
    """Return ln of the gamma function of x > 0, by Stirling's series."""
    product = 1.0
    while x < STIRLING_FROM:
        product *= x
        x += 1
    square = x * x
    series = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square
    return (x - 0.5) * ln(x) - x + HALF_LN_2_PI + series / x - ln(product)
