"""All detectors of a borrower at once: score what listens, then learn.

The step keeps, for each borrower, `rows`: the detector's name to its row. It calls
`Suite.score_one` before the rules and `Suite.learn_one` after them:

    scoring = suite.score_one(rows, x, segment)        # pure
    ...rules read scoring.scores...
    suite.learn_one(rows, x, scoring)                  # puts the new rows into `rows`

Invariants: both are total over rows, since a row that is missing or cannot be trusted is made
anew from the segment's prior, and the names of the broken ones are returned to be counted. A
suite is immutable; new parameters make a new one.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from detectors.codec import RecordError
from detectors.evidence import VOICES
from detectors.prior import Priors, read_priors
from detectors.protocol import Detector, Observation, Score


class Scoring(msgspec.Struct, frozen=True):
    """What the suite says of one observation.

    Attributes:
        scores: A score for each detector that listens; none if the observation is not sound.
        rows: The rows that were scored against, those made anew among them.
        rebuilt: The detectors whose row could not be trusted.
    """

    scores: Mapping[str, Score]
    rows: Mapping[str, bytes]
    rebuilt: tuple[str, ...]


Said = tuple[str, int, float]
"""What evidence is made of: a voice, how many events its row has learned, and the p-value that it
says on the side that is a worry."""


class Suite:
    """Detectors by name, with their priors.

    Args:
        detectors: No two of the same name.
        priors: The priors by detector; the shipped one where there is none.

    Examples:
        >>> from detectors.amount import AMOUNT
        >>> suite, rows = Suite([AMOUNT]), {}
        >>> x = Observation("repayment", 0, 86_250, 2)
        >>> scoring = suite.score_one(rows, x, "bakers")
        >>> scoring.scores["amount"].n, rows
        (0, {})
        >>> suite.learn_one(rows, x, scoring)
        >>> suite.score_one(rows, x, "bakers").scores["amount"].n
        1
    """

    def __init__(
        self,
        detectors: Iterable[Detector[Any]],
        priors: Mapping[str, Priors[Any]] | None = None,
    ) -> None:
        self.detectors: Mapping[str, Detector[Any]] = by_name(detectors)
        self._listening = _listening(self.detectors)
        self._worse = {name: each.worse for name, each in self.detectors.items() if name in VOICES}
        given = priors or {}
        self._priors = {
            name: given.get(name, Priors(detector.default_prior))
            for name, detector in self.detectors.items()
        }

    def with_parameters(self, detector: str, segments: Mapping[str, Any]) -> "Suite":
        """Return a suite with other priors for one detector.

        Args:
            detector: The detector's name.
            segments: The `segments` of a `parameters` control record; see `detectors.prior`.

        Raises:
            ValueError: If there is no such detector.
            PriorError: If the parameters are wrong; the message names the field.
        """
        priors = read_priors(find(self.detectors, detector), segments)
        return Suite(self.detectors.values(), {**self._priors, detector: priors})

    def score_one(self, rows: Mapping[str, bytes], x: Observation, segment: str) -> Scoring:
        """Score `x` with every detector that listens to its stream; changes nothing."""
        scores: dict[str, Score] = {}
        used: dict[str, bytes] = {}
        rebuilt: list[str] = []
        for name, detector in self._listening.get(x.stream, ()):
            row = rows.get(name)
            if row is None:
                row = self._init(name, segment)
            try:
                score = detector.score_one(row, x)
            except RecordError:
                rebuilt.append(name)
                row = self._init(name, segment)
                score = detector.score_one(row, x)
            if score is not None:
                scores[name], used[name] = score, row
        return Scoring(scores, used, tuple(rebuilt))

    def learn_one(
        self, rows: dict[str, bytes], x: Observation, scoring: Scoring, weight: float = 1.0
    ) -> None:
        """Put into `rows` what the detectors learn from `x`, as far as they scored it.

        Raises:
            ValueError: If the weight is not in [0, 1].
        """
        detectors, scored = self.detectors, scoring.rows
        for name, score in scoring.scores.items():
            rows[name] = detectors[name].learn_one(scored[name], x, score, weight)

    def said(self, scoring: Scoring) -> list[Said]:
        """Return what those say that are ready and whose evidence is kept."""
        worse = self._worse
        return [
            (name, score.n, score.p_worse(worse[name]))
            for name, score in scoring.scores.items()
            if score.ready and name in worse
        ]

    def _init(self, name: str, segment: str) -> bytes:
        return self.detectors[name].init(self._priors[name].of(segment))


def by_name(detectors: Iterable[Detector[Any]]) -> dict[str, Detector[Any]]:
    """Return the detectors by name.

    Raises:
        ValueError: If two have the same name.
    """
    named: dict[str, Detector[Any]] = {}
    for detector in detectors:
        if detector.name in named:
            raise ValueError(f"expected one detector of a name, got two of `{detector.name}`")
        named[detector.name] = detector
    return named


def _listening(
    detectors: Mapping[str, Detector[Any]],
) -> dict[str, tuple[tuple[str, Detector[Any]], ...]]:
    """Return by stream who listens to it."""
    streams = {stream for detector in detectors.values() for stream in detector.streams}
    return {
        stream: tuple(each for each in detectors.items() if stream in each[1].streams)
        for stream in streams
    }


def find(detectors: Mapping[str, Detector[Any]], name: str) -> Detector[Any]:
    """Return the detector called `name`.

    Raises:
        ValueError: If there is none; names the closest.
    """
    if name in detectors:
        return detectors[name]
    closest = get_close_matches(name, detectors, n=1)
    hint = f"did you mean `{closest[0]}`?" if closest else f"known are {', '.join(detectors)}"
    raise ValueError(f"unknown detector `{name}`: {hint}")
