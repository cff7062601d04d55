"""D7, novelty: is this combination of evidence new in its segment?

Half-space trees (Tan, Ting and Liu, IJCAI 2011), in river's construction: random trees over
[0, 1]^d, of one constant seed, so that all segments share one forest and a segment is nothing but
counts. Between two pivots the score of a leaf is a constant. So "find the leaf, look its score up,
count it" gives river's `HalfSpaceTrees` bit for bit, and the state is two tables of leaf counts:
that of the last full window, which scores, and that of the running one.

    x      evidence of each detector as 1 - exp(-e/2), at ticks
    score  river's, in [0, 1), high is new; 0 until one window is full
    v      -ln(1 - score), for a calibrator (`detectors.calibration`)

A new segment starts with its parent's row. What it does not do: run on single events (on those it
is nearly useless: detectors.md 7), or say which side is bad: a combination can be new and harmless.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import exp, log
from typing import Final

from detectors.codec import Field, Layout, RecordError
from detectors.evidence import VOICES
from detectors.forest import Shape, leaves_of, looked_up

REFERENCE, LATEST = "reference", "latest"
SEEN: Final = tuple(voice for voice in VOICES if voice != "novelty")
"""The voices whose evidence is seen."""

FOREST: Final = Shape(features=len(SEEN))
"""The shipped forest."""


@cache
def _layout(shape: Shape) -> Layout:
    leaves = shape.trees * 2**shape.height
    counts = [Field(f"leaf{i}", "u2", most=shape.window) for i in range(leaves)]
    return Layout(
        tag=7,
        version=1,
        slots=(REFERENCE, LATEST),
        fields=(Field("n", "u4", most=shape.window), *counts),
    )


class Novelty:
    """The leaf counts of one segment.

    Args:
        shape: How the forest is built, with at most 65,535 observations a window.
        row: Where to go on; from nothing if `None`. With 25 trees of 256 leaves 25,612 bytes.

    Raises:
        RecordError: If the row cannot be trusted.

    Examples:
        >>> novelty = Novelty(Shape(features=2, trees=5, height=4, window=50))
        >>> for i in range(60):
        ...     novelty.learn_one((0.1 + i % 7 / 100, 0.2))
        >>> novelty.score_one((0.9, 0.9)) > novelty.score_one((0.12, 0.2)) > 0
        True
    """

    def __init__(self, shape: Shape, row: bytes | None = None) -> None:
        self._shape = shape
        nothing = [0] * (shape.trees << shape.height)
        self._reference, self._latest, self._n, self._is_first = nothing, [*nothing], 0, True
        if row is not None:
            self._load(row)
        self._held_against = self._looked_up()

    def _load(self, row: bytes) -> None:
        layout = _layout(self._shape)
        full, *reference = map(int, layout.read(row, REFERENCE))
        self._n, *latest = map(int, layout.read(row, LATEST))
        self._is_first = full == 0
        counted = {(self._shape.window if full else 0, *[*reference]), (self._n, *latest)}
        for n, *counts in counted:
            if sum(counts) != n * self._shape.trees:
                raise RecordError("value", f"expected {n} counts in each tree, got {sum(counts)}")
        self._reference, self._latest = reference, latest

    @property
    def row(self) -> bytes:
        """All that is remembered."""
        full = 0 if self._is_first else self._shape.window
        return _layout(self._shape).pack(
            {REFERENCE: (full, *self._reference), LATEST: (self._n, *self._latest)}
        )

    def score_one(self, x: Sequence[float]) -> float:
        """Return how new `x` is, in [0, 1); 0 until one window is full.

        Args:
            x: As many numbers as the shape has features, each in [0, 1].
        """
        if self._is_first:
            return 0.0
        return self._held_against.score_one(leaves_of(self._shape, x))

    def learn_one(self, x: Sequence[float]) -> None:
        """Count `x`; what is not made of numbers from 0 to 1 is not counted."""
        if len(x) != self._shape.features or not all(0.0 <= each <= 1.0 for each in x):
            return
        for leaf in leaves_of(self._shape, x):
            self._latest[leaf] += 1
        self._n += 1
        if self._n == self._shape.window:
            self._reference, self._latest = self._latest, [0] * len(self._latest)
            self._n, self._is_first = 0, False
            self._held_against = self._looked_up()

    def parts(self, x: Sequence[float], neutral: float) -> list[float]:
        """Return by how much the score falls with each number put to `neutral` (`parts_of`)."""
        return parts_of(self.score_one, x, neutral)

    def _looked_up(self) -> "Reference":
        return Reference(self._shape, dict(enumerate(self._reference)))


class Reference:
    """What a segment is held against while its counts stand: scores alone, and counts nothing.

    Args:
        shape: How the forest is built; its window is how many observations were counted.
        counts: Of the leaves, through all trees; what is not there is 0.

    Examples:
        >>> shape = Shape(features=2, trees=5, height=4, window=50)
        >>> counts = {}
        >>> for i in range(50):
        ...     for leaf in leaves_of(shape, (0.1 + i % 7 / 100, 0.2)):
        ...         counts[leaf] = counts.get(leaf, 0) + 1
        >>> reference = Reference(shape, counts)
        >>> reference.score_one(leaves_of(shape, (0.9, 0.9))) > 0.5
        True
    """

    def __init__(self, shape: Shape, counts: Mapping[int, int]) -> None:
        leaves = shape.trees << shape.height
        self._table = looked_up(shape, [counts.get(leaf, 0) for leaf in range(leaves)])
        self._most = shape.trees * shape.window * ((2 << shape.height) - 1)

    def score_one(self, leaves: Sequence[int]) -> float:
        """Return how new an observation is, in [0, 1).

        Args:
            leaves: That it falls into (`leaves_of`).
        """
        return 1 - sum([self._table[leaf] for leaf in leaves]) / self._most


def parts_of(
    score_one: Callable[[Sequence[float]], float], x: Sequence[float], neutral: float
) -> list[float]:
    """Return by how much a score falls with each number put to `neutral`, one at a time.

    For an explanation, where it is an alert: it scores once more for each number.
    """
    score = score_one(x)
    without = ((*x[:i], neutral, *x[i + 1 :]) for i in range(len(x)))
    return [score - score_one(each) for each in without]


def surprise(score: float) -> float:
    """Return -ln(1 - score): what a calibrator takes.

    Examples:
        >>> surprise(0.0)
        0.0
    """
    return log(1 / (1 - score)) if score < 1 else log(2) * 53


def squeezed(evidence: float) -> float:
    """Return evidence from 0 on as a number in [0, 1).

    Examples:
        >>> squeezed(0.0)
        0.0
    """
    return 1 - exp(-max(0.0, evidence) / 2)


def seen(evidence: Mapping[str, float]) -> list[float]:
    """Return what D7 sees of a borrower's evidence, by voice, in the order of `SEEN`."""
    return [squeezed(evidence[voice]) for voice in SEEN]
