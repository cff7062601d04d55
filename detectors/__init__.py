"""What we learn to look for: online models behind one protocol.

A detector keeps one flat row of bytes for each borrower, says how unusual the next event is as
a p-value with its reasons, and then learns it. Rules decide what a p-value is worth.

To read, in this order: `protocol` (the verbs), `amount` (D2) and its neighbours `cadence` (D1),
`flow` (D3), `cusum` (D4), `shortfall` (D5) and `mix` (D6), `suite` (all of them at once, as the
step calls them). Of a segment: `calibration`, `novelty` (D7). Of outcomes: `ews` (D8), `features`,
`judgement` (what is kept until it has matured), `outcomes` (how well chances fit). Below these:
`level` (how one quantity is predicted and learned), `codec` (rows), `prior` (segments), `student`
(p-values).
`checks` is the contract of a detector, for ours and yours.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from detectors.amount import AMOUNT
from detectors.cadence import CADENCE
from detectors.codec import RecordError
from detectors.cusum import CUSUM
from detectors.flow import FLOW
from detectors.mix import MIX
from detectors.prior import PriorError
from detectors.protocol import Detector, Explanation, Observation, Score
from detectors.shortfall import SHORTFALL
from detectors.suite import Scoring, Suite, by_name, find

__all__ = [
    "AMOUNT",
    "CADENCE",
    "CUSUM",
    "DETECTORS",
    "FLOW",
    "MIX",
    "SHORTFALL",
    "Detector",
    "Explanation",
    "Observation",
    "PriorError",
    "RecordError",
    "Score",
    "Scoring",
    "Suite",
    "suite",
]

DETECTORS: Mapping[str, Detector[Any]] = by_name([AMOUNT, CADENCE, CUSUM, FLOW, MIX, SHORTFALL])
"""The shipped detectors: what a rule can name after `model.`."""


def suite(names: Iterable[str]) -> Suite:
    """Return the suite of these detectors, in the order of their names.

    Raises:
        ValueError: If a name is unknown; names the closest.

    Examples:
        >>> list(suite(["amount"]).detectors)
        ['amount']
        >>> suite(["amounts"])
        Traceback (most recent call last):
        ValueError: unknown detector `amounts`: did you mean `amount`?
    """
    return Suite(find(DETECTORS, name) for name in sorted(set(names)))
