"""How much a shop sells on a day, and what one sale comes to.

Regular trading stays within bounds. Lifelike trading is that of the false-alarm study
(domain.md 3.9): counts are negative binomial around what the weekday has, the level moves from
week to week (an AR(1) on its logarithm), tickets are log-normal. Nothing of it is fitted.
"""

import random
from collections.abc import Callable
from datetime import date
from math import exp, sqrt
from typing import Final, Protocol

from stream.sources.simulator.merchants import Merchant, to_tens

DAY_SPREAD: Final = 0.2
"""By how much a regular day's number of sales differs at most from what its weekday has."""

MOST_SPREADS: Final = 1.75
"""A regular ticket lies no farther out, in standard deviations of the logarithm."""

WEEK_NOISE: Final = 0.15
WEEK_MEMORY: Final = 0.6
"""The weekly level: standard deviation of what is new in it, share that is kept of the last."""

LEAST_TICKET_MINOR: Final = 10


class Trading(Protocol):
    """How one merchant sells."""

    def count(self, day: date, level: float) -> int:
        """Return the number of sales of a day; to be asked for each day in turn."""

    def ticket(self) -> int:
        """Return the amount of the next sale, in minor units."""


def trading(merchant: Merchant, rng: random.Random) -> Trading:
    """Return how `merchant` sells."""
    return Lifelike(merchant, rng) if merchant.lifelike else Regular(merchant, rng)


class Regular:
    """Bounded: at least one sale a day, unless the level is 0."""

    def __init__(self, merchant: Merchant, rng: random.Random) -> None:
        self._merchant = merchant
        self._rng = rng

    def count(self, day: date, level: float) -> int:
        """Return the number of sales of a day."""
        expected = _expected(self._merchant, day)
        count = round(expected * self._rng.uniform(1 - DAY_SPREAD, 1 + DAY_SPREAD) * level)
        return max(1, count) if level else 0

    def ticket(self) -> int:
        """Return an amount within bounds."""
        while abs(spreads := self._rng.gauss(0, 1)) > MOST_SPREADS:
            pass
        return _ticket(self._merchant, spreads)


class Lifelike:
    """As the false-alarm study has it."""

    def __init__(self, merchant: Merchant, rng: random.Random) -> None:
        self._merchant = merchant
        self._rng = rng
        self._week: tuple[int, int] | None = None
        self._log_level = rng.gauss(0, WEEK_NOISE / sqrt(1 - WEEK_MEMORY**2))

    def count(self, day: date, level: float) -> int:
        """Return a negative binomial number: a Poisson one whose mean is gamma distributed."""
        week = day.isocalendar()[:2]
        if week != self._week:
            self._week = week
            self._log_level = WEEK_MEMORY * self._log_level + self._rng.gauss(0, WEEK_NOISE)
        mean = _expected(self._merchant, day) * exp(self._log_level) * level
        dispersion = self._merchant.size.dispersion
        if not mean:
            return 0
        return poisson(self._rng.gammavariate(dispersion, mean / dispersion), self._rng.expovariate)

    def ticket(self) -> int:
        """Return a log-normal amount."""
        return _ticket(self._merchant, self._rng.gauss(0, 1))


def poisson(mean: float, gap: Callable[[float], float]) -> int:
    """Count the arrivals of rate 1 in a time of `mean`; `gap` draws exponential gaps."""
    count, passed = 0, gap(1.0)
    while passed < mean:
        count += 1
        passed += gap(1.0)
    return count


def _expected(merchant: Merchant, day: date) -> float:
    return merchant.size.sales_a_day * merchant.trade.weekdays[day.weekday()]


def _ticket(merchant: Merchant, spreads: float) -> int:
    amount = merchant.ticket_minor * exp(merchant.ticket_spread * spreads)
    return max(LEAST_TICKET_MINOR, to_tens(amount))
