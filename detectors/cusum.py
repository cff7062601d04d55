"""D4, the cumulative sum: do amounts fall, slowly, event after event?

D2 forgets: a fall of a few per cent a month is followed and never seen. Here the falls add up.
Each stream has a slow level of its own on D2's axis, y = log1p(amount in major units)
(`detectors.level`, a = 0.03), and above it Page's one-sided cumulative sum (Biometrika 41, 1954):

    z = clip((y - mean) / scale, +-4)
    C = clip(C - z - k, 0, 15),  k = 0.35        a fall of 2k scales is found soonest
    p = exp(-2k (C + 0.583))                     stationary tail, Siegmund (1985), 1 where C = 0

C counts in scales; p is of the low side alone. The tail is within 15 % of a simulation of
independent normal z for k from 0.25 to 0.5 down to 1e-4 (detectors.md 4.5); the level is estimated
and amounts are neither, so calibrate. After a fall the level is learned and C runs down by k an
event: the new level is not flagged for ever.

What it does not do: rises, seasons, several currencies in one stream.
"""

from collections.abc import Mapping
from math import exp, log
from typing import Any, TypeAlias

from detectors.amount import DEFAULT_PRIOR, VARIANCE_FLOOR, level_of
from detectors.codec import Field, Layout
from detectors.level import CLIP_SCALES, FIELDS, READY_AFTER, Level
from detectors.prior import NormalPrior, read_by_stream
from detectors.protocol import (
    STREAMS,
    Explanation,
    Observation,
    Score,
    Side,
    baseline_of,
    checked_weight,
    is_sound,
)

CusumPrior: TypeAlias = Mapping[str, NormalPrior]
"""A prior for each stream, of log1p(amount in major units): D2's."""

FORGETTING = 0.03
"""Half of D2's, or the ramp is followed: an event's weight halves in 23 events. Slower still, and a
new level would be flagged for longer than the contract allows."""

DRIFT = 0.35
"""k: half of the fall, in scales, that is found soonest (detectors.md 7)."""

Z_MOST = 4.0
"""One event adds at most this, so that a single outlier is D2's to tell."""

SUM_MOST = 15.0
"""Where the sum stops, p = 2e-5: else a fall would be told of long after it has ended."""

OVERSHOOT = 0.583
"""Siegmund's correction for the sum's overshoot."""

USUAL_P = 0.05
"""The usual range of an explanation ends where p is this."""

_USUAL_SUM = -log(USUAL_P) / (2 * DRIFT) - OVERSHOOT
_LAYOUT = Layout(
    tag=4,
    version=1,
    slots=STREAMS,
    fields=(*FIELDS, Field("sum", "f8", least=0.0, most=SUM_MOST)),
)


class Cusum:
    """The detector of slow falls; see the module for its formulae.

    A score's `observed` and `z` are -C. It is `ready` after `READY_AFTER` events of a stream. A row
    is 112 bytes.

    Args:
        forgetting: The lowest learning rate of the level, in (0, 1).
        clip_scales: How far a surprise is learned; infinity switches clipping off.

    Examples:
        >>> detector = Cusum()
        >>> row = detector.init(detector.default_prior)
        >>> for day in range(80):  # from 1,000 down by 2 % a day, after forty days of more or less
        ...     fall = 0.98 ** max(0, day - 40)
        ...     x = Observation("settlement", day, round(100_000 * fall * (1 + day % 3 / 5)), 2)
        ...     score = detector.score_one(row, x)
        ...     row = detector.learn_one(row, x, score)
        >>> score.p_value < 1e-3
        True
    """

    name = "cusum"
    version = 1
    streams = frozenset(STREAMS)
    worse: Side = "both"
    default_prior = DEFAULT_PRIOR

    def __init__(self, *, forgetting: float = FORGETTING, clip_scales: float = CLIP_SCALES):
        self._level = Level(forgetting=forgetting, floor=VARIANCE_FLOOR, clip_scales=clip_scales)

    def read_prior(self, values: Mapping[str, Any], base: CusumPrior, place: str) -> CusumPrior:
        """Read `{stream: {mean, between_variance, within_variance}}`; see the protocol."""
        return read_by_stream(values, base, place)

    def init(self, prior: CusumPrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        return _LAYOUT.pack({stream: (*self._level.start(of), 0.0) for stream, of in prior.items()})

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how far amounts have fallen, `x` included; see the protocol."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        n, kappa, mean, variance, before = _LAYOUT.read(row, x.stream)
        z = (level_of(x) - mean) / self._level.scale(kappa, variance)
        after = _summed(before, z)
        p_value = exp(-2 * DRIFT * (after + OVERSHOOT)) if after else 1.0
        return Score(p_value, -after, n, 0.0, 1.0, -after, n >= READY_AFTER)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0:
            return row
        n, kappa, mean, variance, before = _LAYOUT.read(row, x.stream)
        scale = self._level.scale(kappa, variance)
        learned = self._level.learned((n, kappa, mean, variance), level_of(x), scale, weight)
        after = before + weight * (-score.observed - before)
        return _LAYOUT.write(row, x.stream, (*learned, after))

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the fall so far in scales of the borrower's own amounts, 0 is none."""
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=score.observed,
            expected=0.0,
            low=-_USUAL_SUM,
            high=0.0,
            unit="scales",
            n=score.n,
            baseline_from=baseline_of(score),
        )


def _summed(before: float, z: float) -> float:
    """Return the sum after one more `z`."""
    after = before - (Z_MOST if z > Z_MOST else -Z_MOST if z < -Z_MOST else z) - DRIFT
    if after < 0.0:
        return 0.0
    return after if after < SUM_MOST else SUM_MOST


CUSUM = Cusum()
"""D4 with its shipped settings."""
