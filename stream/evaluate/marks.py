"""The marks of a voice where sets are compared: the numbers of an evaluation, and two more.

    recall_at   recall where the asked share of the good scores above, whatever a threshold says:
                between two scores in proportion, so that ties say nothing
    early       share of the bad that it warned of before they were past due for the first time

Intervals are those of `bootstrap`: the middle 95 % of draws of borrowers, the same for all voices.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from stream.evaluate.bootstrap import DRAWS, Estimate, resampled
from stream.evaluate.numbers import Bools, Borrowers, Floats, Said, Scorer


class Marks(NamedTuple):
    """What is said of a voice; the others are those of `Numbers`."""

    auc: float
    recall_at: float
    recall: float
    false_share: float
    precision: float
    rate: float
    lead_median: float
    lead_p10: float
    early: float


class Marker:
    """Prepares one voice, so that it can be asked for many weights.

    Args:
        borrowers: Who is scored.
        said: What the voice said of them.
        early: Of whom it warned before they were past due.
        false_share: The share of the good for `recall_at`, in (0, 1).
    """

    def __init__(
        self, borrowers: Borrowers, said: Said, early: Bools, *, false_share: float
    ) -> None:
        self._bad, self._early, self._false_share = borrowers.bad, early, false_share
        self._scorer = Scorer(borrowers, said)
        _, self._ranks = np.unique(-said.score, return_inverse=True)

    def marks(self, weights: Floats) -> Marks:
        """Return the marks for borrowers of these weights."""
        numbers = self._scorer.numbers(weights)
        bad = weights * self._bad
        above = np.interp(self._false_share, *self.curve(weights))
        count = float(bad.sum())
        early = float(bad @ self._early) / count if count else float("nan")
        return Marks(
            auc=numbers.auc,
            recall_at=float(above),
            recall=numbers.recall,
            false_share=numbers.false_share,
            precision=numbers.precision,
            rate=numbers.rate,
            lead_median=numbers.lead_median,
            lead_p10=numbers.lead_p10,
            early=early,
        )

    def curve(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return, threshold by threshold, the shares of the good and of the bad above it.

        Not a number where there is nobody of a kind.
        """
        of_good, of_bad = (
            np.concatenate(([0.0], np.cumsum(np.bincount(self._ranks, each))))
            for each in (weights * ~self._bad, weights * self._bad)
        )
        nobody = np.full(len(of_bad), np.nan)
        good = of_good / of_good[-1] if of_good[-1] else nobody
        bad = of_bad / of_bad[-1] if of_bad[-1] else nobody
        return good, bad


def estimated(
    markers: Mapping[str, Marker], count: int, *, seed: int, draws: int = DRAWS
) -> dict[str, dict[str, Estimate]]:
    """Return, for each voice, its marks by name, each with its interval.

    Args:
        markers: By voice, all of the same borrowers.
        count: How many borrowers.
        seed: The same seed, the same intervals.
        draws: How many, from 1.
    """
    askers = {name: marker.marks for name, marker in markers.items()}
    return resampled(askers, count, seed=seed, draws=draws)
