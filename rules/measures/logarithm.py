"""The natural logarithm, the same to the last bit on every machine.

`math.log` is the C library's, and libraries differ in the last bit; where a threshold hangs on it,
two workers could disagree. Here are +, -, * and / alone, which IEEE 754 rounds alike everywhere:

    ln(m 2^e) = e ln 2 + 2 (s + s^3/3 + s^5/5 + ...)    s = (m - 1)/(m + 1), |s| < 0.18
"""

from math import frexp
from typing import Final

LN_2: Final = 0.6931471805599453
ROOT_OF_HALF: Final = 0.7071067811865476

ODDS: Final = tuple(range(21, 0, -2))
"""The powers of the series; what is left out is below 1e-17."""


def ln(x: float) -> float:
    """Return the logarithm of a positive number, good to 15 digits.

    Examples:
        >>> ln(1.0), ln(2.0), ln(1e6)
        (0.0, 0.6931471805599453, 13.815510557964274)
    """
    mantissa, exponent = frexp(x)
    if mantissa < ROOT_OF_HALF:
        mantissa, exponent = 2 * mantissa, exponent - 1
    s = (mantissa - 1) / (mantissa + 1)
    square, total = s * s, 0.0
    for odd in ODDS:
        total = total * square + 1 / odd
    return exponent * LN_2 + 2 * s * total
