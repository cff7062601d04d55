"""How fit the models are: what is counted of each of them (detectors.md 7, H06 to H08).

A detector of one version is named `amount/1`: another version is another model, and is counted
anew. Counts are integers, so they add up exactly over partitions, whatever the split.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from schemas.feed import Count

DECILES: Final = 10
FITNESS_DAYS: Final = 28
"""So many days are counted together: four of each weekday (domain.md 3.8, H08)."""

SHARE_BLOCKS: Final = 13
"""Right and wrong by trait are of so many times `FITNESS_DAYS`, about a year: in 28 days a region
has hardly a case, and a year has each season once [D]."""

UNKNOWN: Final = ""
"""The value of a trait that nobody has told."""

REST: Final = "*"
"""All values of a trait that are not named; no code of a source's table is spelled so."""


class Trait(StrEnum):
    """By what right and wrong are told apart, as the borrower's profile has it."""

    REGION = "region"
    SIZE = "size"
    SEGMENT = "segment"


class Judged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Closed cases of one value of a trait: right, or such as should have troubled nobody."""

    right: Count = 0
    wrong: Count = 0

    @property
    def n(self) -> int:
        """How many were judged."""
        return self.right + self.wrong

    def plus(self, other: "Judged") -> "Judged":
        """Return both together."""
        return Judged(right=self.right + other.right, wrong=self.wrong + other.wrong)


Shares = dict[Trait, dict[str, Judged]]
"""Of one model, by value of each trait."""


class FitnessCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one detector has said within `FITNESS_DAYS`, and what people have said of it.

    Attributes:
        deciles: How many p-values were in which tenth, of borrowers of whom it knows enough; the
            first of them is from 0.9 to 1. Of right p-values there are as many in each.
        silent: How often it had nothing to say although it listens.
        early: How often it had something to say and knew too little of the borrower.
        right: Closed cases that rested on it and were right.
        wrong: Those that should have troubled nobody.
    """

    deciles: Annotated[tuple[Count, ...], msgspec.Meta(min_length=DECILES, max_length=DECILES)] = (
        0,
    ) * DECILES
    silent: Count = 0
    early: Count = 0
    right: Count = 0
    wrong: Count = 0

    @property
    def scores(self) -> int:
        """How many p-values are counted."""
        return sum(self.deciles)


def model_id(detector: str, version: int) -> str:
    """Return the name of a detector of one version.

    Examples:
        >>> model_id("amount", 1)
        'amount/1'
    """
    return f"{detector}/{version}"


def block_of(day: int) -> int:
    """Return in which block of `FITNESS_DAYS` a day is, as an ordinal."""
    return day // FITNESS_DAYS


def first_day_of_shares(day: int) -> int:
    """Return the first day of what is counted by trait until a day; ordinals.

    Examples:
        >>> first_day_of_shares(28 * 100), first_day_of_shares(28 * 100 + 27)
        (2464, 2464)
    """
    return (block_of(day) - SHARE_BLOCKS + 1) * FITNESS_DAYS
