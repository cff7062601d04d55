"""How fit the detectors are: what is counted of each of them (detectors.md 7, H06 to H08).

A detector of one version is named `amount/1`: another version is another model, and is counted
anew. Counts are integers, so they add up exactly over partitions, whatever the split.
"""

from typing import Annotated, Final

import msgspec

from schemas.feed import Count

DECILES: Final = 10
FITNESS_DAYS: Final = 28
"""So many days are counted together: four of each weekday (domain.md 3.8, H08)."""


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
