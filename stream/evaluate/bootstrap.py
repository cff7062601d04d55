"""How sure the numbers are: the same set of borrowers, drawn again and again.

Borrowers are drawn with replacement, each with all that was said of it, since what is said of
one borrower on two days is not two facts. The interval is that of the middle 95 % of the draws
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Seeded: the same
draws for every voice, so that voices can be compared.
"""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import numpy as np

from stream.evaluate.numbers import Borrowers, Floats, Said, Scorer

LOW, HIGH = 0.025, 0.975
DRAWS: Final = 1_000

Name = TypeVar("Name")


class Numbered(Protocol):
    """A named tuple of numbers."""

    def _asdict(self) -> dict[str, Any]:
        """Return them by name."""


class Estimate(NamedTuple):
    """A number and its interval; all not a number where there is nothing to make it of."""

    value: float
    low: float
    high: float


def estimates(
    borrowers: Borrowers, said: Mapping[Name, Said], *, seed: int, draws: int = DRAWS
) -> dict[Name, dict[str, Estimate]]:
    """Return, for each voice, its numbers by name.

    Args:
        borrowers: Who was scored.
        said: What each voice said of them.
        seed: The same seed, the same intervals.
        draws: How many, from 1.
    """
    scorers = {name: Scorer(borrowers, each).numbers for name, each in said.items()}
    return resampled(scorers, len(borrowers.bad), seed=seed, draws=draws)


def resampled(
    askers: Mapping[Name, Callable[[Floats], Numbered]], count: int, *, seed: int, draws: int
) -> dict[Name, dict[str, Estimate]]:
    """Return, for each voice, its numbers by name, each with its interval.

    Args:
        askers: By voice, what makes its numbers, a named tuple, of weights of the borrowers.
        count: How many borrowers.
        seed: The same seed, the same intervals, and the same draws for all voices.
        draws: How many, from 1.
    """
    rng, ones = np.random.default_rng(seed), np.ones(count)
    drawn: dict[Name, list[Numbered]] = {name: [] for name in askers}
    for _ in range(draws):
        weights = np.bincount(rng.integers(count, size=count), minlength=count).astype(np.float64)
        for name, ask in askers.items():
            drawn[name].append(ask(weights))
    return {
        name: {
            number: Estimate(value, *middle([getattr(each, number) for each in drawn[name]]))
            for number, value in ask(ones)._asdict().items()
        }
        for name, ask in askers.items()
    }


def middle(values: list[float]) -> tuple[float, float]:
    """Return the bounds of the middle, of the draws in which there was a number."""
    found = np.array([each for each in values if not isnan(each)])
    if not found.size:
        return float("nan"), float("nan")
    low, high = np.quantile(found, (LOW, HIGH))
    return float(low), float(high)
