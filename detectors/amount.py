"""D2, the amount: is this payment unusually small or large for this borrower?

Each stream of a borrower has a level of its own, on the axis y = log1p(amount in major units).
The next amount is predicted by Student's t, starting from the segment's prior:

    kappa = min(kappa0 + n, 1/a - 1)             what the level is worth, in events
    dof   = min(4 + n, (2 - a)/a)                what the variance is worth, in events
    scale = sqrt(max(variance, floor) * (1 + 1/kappa))
    z     = (y - mean) / scale                   p = P(|T_dof| >= |z|)

and then learned, with the surprise clipped at three scales:

    d         = clip(y - mean, +-3 scale)
    mean     += d / (kappa + 1)
    variance += max(a, 1/(4 + n + 1)) * (d^2 kappa/(kappa + 1) - variance)

While neither rate has fallen to a = 0.06 this is the exact normal-inverse-gamma posterior
(Gelman et al., Bayesian Data Analysis, 3rd ed., 3.3). From then on old events fade, and it is
the exponentially weighted mean and variance of Finch (2009), which are river's `EWMean` and
`EWVar`, but with the variance computed as a sum of squares that cannot go below zero. (2 - a)/a
is the number of equally weighted events that an exponential window is worth.

Clipping (Huber, 1964) lets a single outlier move the level by no more than a fifth of a scale
in the long run, and yet a new level is learned: skipping outliers instead would flag a borrower
whose business has changed for ever (detectors.md 4.4).

What it does not do: seasons (a market trader's December is unusual to it), several currencies
in one stream (the row does not know the currency), calibration (its p-values are the model's
own). Those are later parts of the suite.
"""

from collections.abc import Mapping
from math import expm1, log1p, sqrt
from typing import Any, TypeAlias

from detectors.codec import Field, Layout
from detectors.prior import NormalPrior, read_normal, refuse_unknown
from detectors.protocol import (
    AMOUNT_MOST_MINOR,
    EXPONENT_MOST,
    Baseline,
    Explanation,
    Observation,
    Score,
    checked_weight,
    is_sound,
)
from detectors.student import two_sided

STREAMS = ("repayment", "settlement", "pos_clearing")
AmountPrior: TypeAlias = Mapping[str, NormalPrior]
"""A prior for each stream, of log1p(amount in major units)."""

FORGETTING = 0.06
"""The lowest learning rate: an event's weight halves in eleven events (detectors.md 4.3)."""

CLIP_SCALES = 3.0
"""Surprises are learned up to here: 1.3 % missed under 5 % contamination (detectors.md 4.4)."""

NU0 = 4
"""What the segment's variance is worth, in events: the fewest that give t a finite variance
with a margin, and heavy tails while little is known (detectors.md 4.3)."""

READY_AFTER = 8
"""From the ninth event on, -4 sigma is caught nine times in ten at p < 0.01 (detectors.md 4.3)."""

VARIANCE_FLOOR = 1e-4
"""A scale of 1 %: so that a cent beside a constant instalment is no event (a choice of ours)."""

USUAL_SCALES = 2.0
"""The usual range of an explanation: nineteen events in twenty, once the borrower is known."""

P_LEAST = 1e-300
"""A p-value is never 0, whatever the settings: nothing is impossible, and it has a logarithm."""

DEFAULT_PRIOR: AmountPrior = {
    "repayment": NormalPrior(mean=6.9, between_variance=4.0, within_variance=0.5),
    "settlement": NormalPrior(mean=6.9, between_variance=4.0, within_variance=4.0),
    "pos_clearing": NormalPrior(mean=6.9, between_variance=4.0, within_variance=1.5),
}
"""For a segment without parameters, a choice of ours: amounts around 1,000 major units, give or
take a factor of 50, since neither trade nor currency is known. Within: rounded between the
median and the pooled variance of real borrowers (docs/models/d2_amount.md)."""

_MINOR_PER_MAJOR: tuple[int, ...] = tuple(10**e for e in range(EXPONENT_MOST + 1))
_LAYOUT = Layout(
    tag=2,
    version=1,
    slots=STREAMS,
    fields=(
        Field("n", "u4"),
        Field("kappa", "f8", least=1e-6, most=1e6),
        Field("mean", "f8", least=0.0, most=40.0),
        Field("variance", "f8", least=0.0, most=1e4),
    ),
)
_N_MOST = 2**32 - 1


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
    default_prior = DEFAULT_PRIOR

    def __init__(self, *, forgetting: float = FORGETTING, clip_scales: float = CLIP_SCALES):
        if not 0.0 < forgetting < 1.0 or not clip_scales > 0.0:
            raise ValueError(
                "expected forgetting in (0, 1) and a positive clip_scales, "
                f"got {forgetting} and {clip_scales}"
            )
        self._forgetting = forgetting
        self._clip_scales = clip_scales
        self._kappa_most = 1 / forgetting - 1
        self._dof_most = int((2 - forgetting) / forgetting)

    def read_prior(self, values: Mapping[str, Any], base: AmountPrior, place: str) -> AmountPrior:
        """Read `{stream: {mean, between_variance, within_variance}}`; see the protocol."""
        refuse_unknown(values, DEFAULT_PRIOR, place)
        return {
            stream: read_normal(values[stream], f"{place}.{stream}")
            if stream in values
            else base[stream]
            for stream in STREAMS
        }

    def init(self, prior: AmountPrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        return _LAYOUT.pack(
            {
                stream: (0, min(p.kappa, self._kappa_most), p.mean, p.within_variance)
                for stream, p in prior.items()
            }
        )

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how unusual the amount is; see the protocol."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        n, kappa, mean, variance = _LAYOUT.read(row, x.stream)
        observed = log1p(x.amount_minor / _MINOR_PER_MAJOR[x.exponent])
        scale = sqrt(max(variance, VARIANCE_FLOOR) * (1 + 1 / kappa))
        z = (observed - mean) / scale
        p_value = max(two_sided(z, min(NU0 + int(n), self._dof_most)), P_LEAST)
        return Score(p_value, z, int(n), mean, scale, observed, n >= READY_AFTER)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0:
            return row
        n, kappa, mean, variance = _LAYOUT.read(row, x.stream)
        reach = self._clip_scales * score.scale
        surprise = max(-reach, min(reach, score.observed - mean))
        variance_rate = weight * max(self._forgetting, 1 / (NU0 + n + 1))
        square = surprise * surprise * kappa / (kappa + 1)
        learned = (
            min(n + 1, _N_MOST),
            min(kappa + 1, self._kappa_most),
            mean + weight * surprise / (kappa + 1),
            variance + variance_rate * (square - variance),
        )
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
            baseline_from=_baseline(score),
        )


def _minor(level: float, exponent: int) -> int:
    """From log1p of major units back to minor units, within the range of an amount."""
    major = expm1(max(0.0, level))
    return min(round(major * _MINOR_PER_MAJOR[exponent]), AMOUNT_MOST_MINOR)


def _baseline(score: Score) -> Baseline:
    if score.n == 0:
        return "segment"
    return "own" if score.ready else "blend"


AMOUNT = Amount()
"""D2 with its shipped settings."""
