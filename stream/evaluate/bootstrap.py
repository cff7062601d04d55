"""How sure the numbers are: the same set of borrowers, drawn again and again.

Borrowers are drawn with replacement, each with all that was said of it, since what is said of
one borrower on two days is not two facts. The interval is that of the middle 95 % of the draws
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Seeded: the same
draws for every voice, so that voices can be compared.
"""

from collections.abc import Mapping
from math import isnan
from typing import Final, NamedTuple, TypeVar

import numpy as np

from stream.evaluate.numbers import Borrowers, Numbers, Said, Scorer

LOW, HIGH = 0.025, 0.975
DRAWS: Final = 1_000

Name = TypeVar("Name")


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
    count = len(borrowers.bad)
    scorers = {name: Scorer(borrowers, each) for name, each in said.items()}
    drawn: dict[Name, list[Numbers]] = {name: [] for name in scorers}
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        weights = np.bincount(rng.integers(count, size=count), minlength=count).astype(np.float64)
        for name, scorer in scorers.items():
            drawn[name].append(scorer.numbers(weights))
    ones = np.ones(count)
    return {name: _intervals(scorer.numbers(ones), drawn[name]) for name, scorer in scorers.items()}


def _intervals(value: Numbers, drawn: list[Numbers]) -> dict[str, Estimate]:
    return {
        field: Estimate(getattr(value, field), *middle([getattr(each, field) for each in drawn]))
        for field in Numbers._fields
    }


def middle(values: list[float]) -> tuple[float, float]:
    """Return the bounds of the middle, of the draws in which there was a number."""
    found = np.array([each for each in values if not isnan(each)])
    if not found.size:
        return float("nan"), float("nan")
    low, high = np.quantile(found, (LOW, HIGH))
    return float(low), float(high)
