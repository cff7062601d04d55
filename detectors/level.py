"""The level of one quantity of one borrower: predicted by Student's t, learned with forgetting.

What is usual is a mean and a variance on the detector's own axis (D1: log of a gap, D2 and D4: log
of an amount). The next value is predicted, starting from the segment's prior:

    kappa = min(kappa0 + n, 1/a - 1)             what the level is worth, in events
    dof   = min(4 + n, (2 - a)/a)                what the variance is worth, in events
    scale = sqrt(max(variance, floor) * (1 + 1/kappa))

and then learned, with the surprise clipped:

    d         = clip(y - mean, +-3 scale)
    mean     += d / (kappa + 1)
    variance += max(a, 1/(4 + n + 1)) * (d^2 kappa/(kappa + 1) - variance)

While neither rate has fallen to a, this is the exact normal-inverse-gamma posterior (Gelman et
al., Bayesian Data Analysis, 3rd ed., 3.3). From then on old events fade, and it is the
exponentially weighted mean and variance of Finch (2009), which are river's `EWMean` and `EWVar`,
but with the variance computed as a sum of squares that cannot go below zero. (2 - a)/a is the
number of equally weighted events that an exponential window is worth.

Clipping (Huber, 1964) lets a single outlier move the level by little, and yet a new level is
learned: skipping outliers instead would flag a borrower whose business has changed for ever
(detectors.md 4.4).
"""

from math import sqrt
from typing import NamedTuple

from detectors.codec import Field
from detectors.prior import NormalPrior
from detectors.student import two_sided

CLIP_SCALES = 3.0
"""Surprises are learned up to here: 1.3 % missed under 5 % contamination (detectors.md 4.4)."""

NU0 = 4
"""What the segment's variance is worth, in events: the fewest that give t a finite variance
with a margin, and heavy tails while little is known (detectors.md 4.3)."""

READY_AFTER = 8
"""From the ninth event on, -4 sigma is caught nine times in ten at p < 0.01 (detectors.md 4.3)."""

P_LEAST = 1e-300
"""A p-value is never 0, whatever the settings: nothing is impossible, and it has a logarithm."""

N_MOST = 2**32 - 1

FIELDS = (
    Field("n", "u4"),
    Field("kappa", "f8", least=1e-6, most=1e6),
    Field("mean", "f8", least=0.0, most=40.0),
    Field("variance", "f8", least=0.0, most=1e4),
)
"""A level as it stands in a row."""


class Known(NamedTuple):
    """What is known of a level, in the order of `FIELDS`."""

    n: float
    kappa: float
    mean: float
    variance: float


class Level:
    """How a level is predicted and learned.

    Args:
        forgetting: The lowest learning rate, in (0, 1).
        clip_scales: How far a surprise is learned; infinity switches clipping off.
        floor: The least variance that a prediction is made with.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(self, *, forgetting: float, floor: float, clip_scales: float = CLIP_SCALES):
        if not 0.0 < forgetting < 1.0 or not clip_scales > 0.0:
            raise ValueError(
                "expected forgetting in (0, 1) and a positive clip_scales, "
                f"got {forgetting} and {clip_scales}"
            )
        self._forgetting = forgetting
        self._clip_scales = clip_scales
        self._floor = floor
        self._kappa_most = 1 / forgetting - 1
        self._dof_most = int((2 - forgetting) / forgetting)

    def start(self, prior: NormalPrior) -> Known:
        """Return what is known of a borrower of whom nothing is known but the segment."""
        kappa = min(prior.kappa, self._kappa_most)
        return Known(0, kappa, prior.mean, prior.within_variance)

    def scale(self, kappa: float, variance: float) -> float:
        """Return the spread of the prediction, above 0."""
        return sqrt((variance if variance > self._floor else self._floor) * (1 + 1 / kappa))

    def dof(self, n: int) -> int:
        """Return the degrees of freedom of the prediction."""
        dof = NU0 + n
        return dof if dof < self._dof_most else self._dof_most

    def p_value(self, z: float, n: int) -> float:
        """Return the chance of a value at least `z` scales away, either way, after `n` events."""
        dof = NU0 + n
        p_value = two_sided(z, dof if dof < self._dof_most else self._dof_most)
        return p_value if p_value > P_LEAST else P_LEAST

    def learned(
        self, known: tuple[float, ...], observed: float, scale: float, weight: float
    ) -> tuple[float, float, float, float]:
        """Return what is known after `observed`, in the order of `FIELDS`.

        Args:
            known: What was known before, in that order.
            observed: What came.
            scale: The spread with which it was predicted.
            weight: In [0, 1], scales the step.
        """
        n, kappa, mean, variance = known
        surprise, reach = observed - mean, self._clip_scales * scale
        if surprise > reach:
            surprise = reach
        elif surprise < -reach:
            surprise = -reach
        own_rate, least_rate = 1 / (NU0 + n + 1), self._forgetting
        variance_rate = own_rate if own_rate > least_rate else least_rate
        square = surprise * surprise * kappa / (kappa + 1)
        return (
            n + 1 if n < N_MOST else n,
            kappa + 1 if kappa + 1 < self._kappa_most else self._kappa_most,
            mean + weight * surprise / (kappa + 1),
            variance + weight * variance_rate * (square - variance),
        )
