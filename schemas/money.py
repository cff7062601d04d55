"""Money: integer minor units with an ISO 4217 code, never a float.

Leaf of the tree: imports nothing of ours. Amounts are never negative; the direction of a
payment has a field of its own.
"""

from functools import cache
from typing import Annotated

import msgspec
from iso4217 import Currency

MinorUnits = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""An amount in minor units; at most 2^53 - 1, so that every JSON reader keeps it exact."""

CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of one currency.

    Raises:
        UnknownCurrencyError: If the currency has no known exponent; while decoding, msgspec
            turns it into a `ValidationError` with the path.

    Examples:
        >>> Money(amount_minor=862_500, currency="CNY").currency
        'CNY'
    """

    amount_minor: MinorUnits
    currency: CurrencyCode

    def __post_init__(self) -> None:
        """Refuse a currency without a known exponent: its minor units would mean nothing."""
        exponent(self.currency)


class UnknownCurrencyError(ValueError):
    """The code is not in ISO 4217, or the standard gives it no minor unit."""


@cache
def exponent(currency: str) -> int:
    """Return the number of decimals of `currency`: CNY 2, JPY 0, KWD 3.

    Raises:
        UnknownCurrencyError: If ISO 4217 has no such code or no minor unit for it (gold, XAU).

    Examples:
        >>> exponent("CNY"), exponent("JPY"), exponent("KWD")
        (2, 0, 3)
    """
    try:
        decimals = Currency(currency).exponent
    except ValueError:
        decimals = None
    if decimals is None:
        raise UnknownCurrencyError(
            f"expected an ISO 4217 currency with a minor unit, got `{currency}`"
        )
    return int(decimals)
