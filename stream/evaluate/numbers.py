"""The numbers of one voice over weighted borrowers.

A weight says how often a borrower was drawn; all ones is the set as it is. A number that has
nothing to be made of (the recall of no bad ones) is not a number.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

LEAD_LOW: Final = 0.1
"""The quantile below which a lead is short: a tenth of the hits came later."""


class Numbers(NamedTuple):
    """What is said of a voice; in this order everywhere.

    Attributes:
        recall: Share of the bad that it warned of.
        false_share: Share of the good that it warned of.
        precision: Share of bad among those that it warned of.
        auc: The chance that a bad one scores higher than a good one, ties as half.
        rate: Alarms per 100 good borrowers a month.
        lead_median: Days from its first alarm to the outcome, of the bad that it warned of.
        lead_p10: A tenth of these leads are shorter.
    """

    recall: float
    false_share: float
    precision: float
    auc: float
    rate: float
    lead_median: float
    lead_p10: float


@dataclass(frozen=True, slots=True)
class Borrowers:
    """The labelled borrowers, in one order: which are bad, and the months each was watched."""

    bad: Bools
    months: Floats


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice said of each of them, in the same order.

    Attributes:
        alarms: How many.
        score: The highest; high is bad.
        lead_days: From the first alarm to the outcome; not a number where there is none.
    """

    alarms: Floats
    score: Floats
    lead_days: Floats


class Scorer:
    """Prepares one voice, so that it can be asked for many weights.

    Examples:
        >>> borrowers = Borrowers(np.array([True, False]), np.ones(2))
        >>> said = Said(np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([30.0, np.nan]))
        >>> Scorer(borrowers, said).numbers(np.ones(2)).auc
        1.0
    """

    def __init__(self, borrowers: Borrowers, said: Said) -> None:
        self._bad, self._good = borrowers.bad, ~borrowers.bad
        self._months = borrowers.months
        self._said = said
        self._warned = said.alarms > 0
        ranks: Indices
        _, ranks = np.unique(said.score, return_inverse=True)
        self._ranks = ranks
        leads = self._bad & self._warned & ~np.isnan(said.lead_days)
        self._by_lead = np.flatnonzero(leads)[np.argsort(said.lead_days[leads], kind="stable")]

    def numbers(self, weights: Floats) -> Numbers:
        """Return the numbers for borrowers of these weights."""
        bad, good = weights * self._bad, weights * self._good
        hits, misfires = float(bad @ self._warned), float(good @ self._warned)
        return Numbers(
            recall=_ratio(hits, float(bad.sum())),
            false_share=_ratio(misfires, float(good.sum())),
            precision=_ratio(hits, hits + misfires),
            auc=self._auc(bad, good),
            rate=100 * _ratio(float(good @ self._said.alarms), float(good @ self._months)),
            lead_median=self._lead(weights, 0.5),
            lead_p10=self._lead(weights, LEAD_LOW),
        )

    def _auc(self, bad: Floats, good: Floats) -> float:
        bad_at, good_at = np.bincount(self._ranks, bad), np.bincount(self._ranks, good)
        below = np.cumsum(good_at) - good_at / 2
        return _ratio(float(bad_at @ below), float(bad.sum() * good.sum()))

    def _lead(self, weights: Floats, quantile: float) -> float:
        """Return the least lead that so large a share of the hits does not exceed."""
        shares = np.cumsum(weights[self._by_lead])
        if not shares.size or not shares[-1]:
            return float("nan")
        index = int(np.searchsorted(shares, quantile * shares[-1]))
        return float(self._said.lead_days[self._by_lead[index]])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
