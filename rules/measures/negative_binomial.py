"""How likely so few are: the lower tail of the negative binomial distribution, to the last bit.

With mean m and variance v > m, r = m^2 / (v - m) and q = m / (r + m):

    P(X = 0) = (1 + m/r)^-r        P(X = k+1) = P(X = k) (r + k) q / (k + 1)

The terms relative to P(X = 0) are added up in floats by +, * and / alone, which IEEE 754 rounds
alike everywhere; when they grow large they are scaled by a power of two, which is exact. The one
power is made by `decimal`, whose arithmetic is the same on every machine, and not by the C
library, whose is not. Relative error below 1e-12 for a million terms.
"""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

_EXACT: Final = Context(prec=30)
_LARGE: Final = 2.0**900


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
    terms, scalings = _relative_tail(count, float(size), float(mean / (size + mean)))
    power = _EXACT.multiply(_decimal(size), _EXACT.ln(_decimal(1 + mean / size)))
    at_zero = _EXACT.exp(power.copy_negate())
    scaled = _EXACT.multiply(Decimal(terms), _EXACT.power(Decimal(_LARGE), scalings))
    return _EXACT.multiply(at_zero, scaled) < _decimal(share)


def _relative_tail(count: int, size: float, rate: float) -> tuple[float, int]:
    """Return the sum of P(X = k) / P(X = 0) for k up to `count`, and how often it was scaled."""
    term = total = 1.0
    scalings = 0
    for k in range(count):
        term *= (size + k) * rate / (k + 1)
        total += term
        if total > _LARGE:
            term, total, scalings = term / _LARGE, total / _LARGE, scalings + 1
    return total, scalings


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
