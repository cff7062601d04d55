"""D2, the amount: is this payment unusually small or large for this borrower?

Each stream of a borrower has a level of its own, on the axis y = log1p(amount in major units),
predicted and learned as `detectors.level` says:

    z = (y - mean) / scale                       p = P(|T_dof| >= |z|)

With a = 0.06 an event's weight halves in eleven events, and a single outlier moves the level by no
more than a fifth of a scale in the long run.

What it does not do: seasons (a market trader's December is unusual to it), several currencies
in one stream (the row does not know the currency), calibration (its p-values are the model's
own). Those are later parts of the suite.
"""

from collections.abc import Mapping
from math import expm1, log1p
from typing import Any, TypeAlias

from detectors.codec import Layout
from detectors.level import CLIP_SCALES, FIELDS, READY_AFTER, Level
from detectors.prior import NormalPrior, read_by_stream
from detectors.protocol import (
    AMOUNT_MOST_MINOR,
    EXPONENT_MOST,
    STREAMS,
    Explanation,
    Observation,
    Score,
    Side,
    baseline_of,
    checked_weight,
    is_sound,
)

AmountPrior: TypeAlias = Mapping[str, NormalPrior]
"""A prior for each stream, of log1p(amount in major units)."""

FORGETTING = 0.06
"""The lowest learning rate: an event's weight halves in eleven events (detectors.md 4.3)."""

VARIANCE_FLOOR = 1e-4
"""A scale of 1 %: so that a cent beside a constant instalment is no event (a choice of ours)."""

USUAL_SCALES = 2.0
"""The usual range of an explanation: nineteen events in twenty, once the borrower is known."""

DEFAULT_PRIOR: AmountPrior = {
    "repayment": NormalPrior(mean=6.9, between_variance=4.0, within_variance=0.5),
    "settlement": NormalPrior(mean=6.9, between_variance=4.0, within_variance=4.0),
    "pos_clearing": NormalPrior(mean=6.9, between_variance=4.0, within_variance=1.5),
}
"""For a segment without parameters, a choice of ours: amounts around 1,000 major units, give or
take a factor of 50, since neither trade nor currency is known. Within: rounded between the
median and the pooled variance of real borrowers (docs/models/d2_amount.md)."""

MINOR_PER_MAJOR: tuple[int, ...] = tuple(10**e for e in range(EXPONENT_MOST + 1))
_LAYOUT = Layout(
    tag=2,
    version=1,
    slots=STREAMS,
    fields=FIELDS,
)


class Amount:
    """The detector of unusual amounts; see the module for its formulae.

    Scores lie in (0, 1], low is unusual. It speaks from the first event on, conservatively
    (Student's t with four degrees of freedom around the segment's mean), and is `ready` after
    `READY_AFTER` events. A row is 88 bytes.

    Args:
        forgetting: The lowest learning rate, in (0, 1).
        clip_scales: How far a surprise is learned; infinity switches clipping off.

    Examples:
        A borrower who pays 862.50 every month pays 120.00:

        >>> detector = Amount()
        >>> row = detector.init(detector.default_prior)
        >>> for month in range(12):
        ...     x = Observation("repayment", month, 86_250, 2)
        ...     row = detector.learn_one(row, x, detector.score_one(row, x))
        >>> x = Observation("repayment", 12, 12_000, 2)
        >>> score = detector.score_one(row, x)
        >>> score.ready, score.z < 0, score.p_value < 0.001
        (True, True, True)
        >>> why = detector.explain(x, score)
        >>> why.observed, why.expected, why.unit, why.n
        (12000, 86374, 'minor units', 12)
    """

    name = "amount"
    version = 1
    streams = frozenset(STREAMS)
    worse: Side = "low"
    default_prior = DEFAULT_PRIOR

    def __init__(self, *, forgetting: float = FORGETTING, clip_scales: float = CLIP_SCALES):
        self._level = Level(forgetting=forgetting, floor=VARIANCE_FLOOR, clip_scales=clip_scales)

    def read_prior(self, values: Mapping[str, Any], base: AmountPrior, place: str) -> AmountPrior:
        """Read `{stream: {mean, between_variance, within_variance}}`; see the protocol."""
        return read_by_stream(values, base, place)

    def init(self, prior: AmountPrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        return _LAYOUT.pack({stream: self._level.start(of) for stream, of in prior.items()})

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how unusual the amount is; see the protocol."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        n, kappa, mean, variance = _LAYOUT.read(row, x.stream)
        observed = level_of(x)
        scale = self._level.scale(kappa, variance)
        z = (observed - mean) / scale
        p_value = self._level.p_value(z, n)
        return Score(p_value, z, n, mean, scale, observed, n >= READY_AFTER)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0:
            return row
        known = _LAYOUT.read(row, x.stream)
        learned = self._level.learned(known, score.observed, score.scale, weight)
        return _LAYOUT.write(row, x.stream, learned)

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the score in minor units, with the range of two scales either way."""
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=x.amount_minor,
            expected=_minor(score.expected, x.exponent),
            low=_minor(score.expected - USUAL_SCALES * score.scale, x.exponent),
            high=_minor(score.expected + USUAL_SCALES * score.scale, x.exponent),
            unit="minor units",
            n=score.n,
            baseline_from=baseline_of(score),
        )


def level_of(x: Observation) -> float:
    """Return log1p of the amount in major units."""
    return log1p(x.amount_minor / MINOR_PER_MAJOR[x.exponent])


def _minor(level: float, exponent: int) -> int:
    """From log1p of major units back to minor units, within the range of an amount."""
    major = expm1(max(0.0, level))
    return min(round(major * MINOR_PER_MAJOR[exponent]), AMOUNT_MOST_MINOR)


AMOUNT = Amount()
"""D2 with its shipped settings."""
