"""D1, the cadence: is the time since the last event unusual for this borrower?

Each stream of a borrower has a level of its own, on the axis y = log1p(gap in seconds), predicted
and learned as `detectors.level` says. It speaks twice:

    event    z = (y - mean) / scale, p = P(|T_dof| >= |z|): a gap that has ended
    tick     p = P(T_dof >= z) of the gap so far: silence

Silence grows with time alone, so its tick can be solved for the instant at which it becomes
unusual: `deadline` is where a timer is set, and nobody polls. A deadline is learned by each
borrower: a shop that sells every hour is missed after a day, one that pays monthly after weeks.

An event older than the latest one of its stream has no gap that anybody could measure: it scores
p = 1 and is not learned. The first event has none either.

What it does not do: weeks and holidays (a shop closed on Sundays is quiet on Sundays: its gaps are
a mixture, and its scale is wide), nor know whether a feed is alive: whoever asks for a tick does.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, expm1, log1p
from typing import Any, TypeAlias

from detectors.codec import Field, Layout
from detectors.level import CLIP_SCALES, FIELDS, P_LEAST, READY_AFTER, Level
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
from detectors.student import upper_tail

CadencePrior: TypeAlias = Mapping[str, NormalPrior]
"""A prior for each stream, of log1p(gap in seconds)."""

FORGETTING = 0.06
"""As D2's: a gap's weight halves in eleven events."""

VARIANCE_FLOOR = 1e-2
"""A scale of 10 %: months have 28 to 31 days, and that is no event (a choice of ours)."""

USUAL_SCALES = 2.0
"""The usual range of an explanation, as D2's."""

GAP_MOST = 21.9
"""log1p of a hundred years in seconds: a later deadline is none."""

NEVER_MS = -1.0
"""The latest event of a stream that has none."""

DEFAULT_PRIOR: CadencePrior = {
    "repayment": NormalPrior(mean=14.8, between_variance=1.0, within_variance=0.3),
    "settlement": NormalPrior(mean=11.4, between_variance=1.0, within_variance=1.0),
    "pos_clearing": NormalPrior(mean=9.6, between_variance=4.0, within_variance=1.5),
}
"""For a segment without parameters, a choice of ours: an instalment a month, a settlement a day, a
sale every four hours, give or take a factor of 3, 3 and 7."""

_MS, _SECONDS_PER_HOUR = 1_000, 3_600
_LAYOUT = Layout(
    tag=1,
    version=1,
    slots=STREAMS,
    fields=(*FIELDS, Field("last_ms", "f8", least=NEVER_MS, most=2.0**53)),
)


class Cadence:
    """The detector of unusual gaps and of silence; see the module for its formulae.

    It is `ready` after `READY_AFTER` events of a stream. A row is 112 bytes.

    Args:
        forgetting: The lowest learning rate, in (0, 1).
        clip_scales: How far a surprise is learned; infinity switches clipping off.

    Examples:
        A shop that is paid daily hears nothing for nine days:

        >>> day_ms = 86_400_000
        >>> detector = Cadence()
        >>> row = detector.init(detector.default_prior)
        >>> for day in range(20):
        ...     x = Observation("settlement", day * day_ms, 86_250, 2)
        ...     row = detector.learn_one(row, x, detector.score_one(row, x))
        >>> detector.tick(row, "settlement", 28 * day_ms).p_value < 0.01
        True
        >>> detector.deadline(row, "settlement", 0.01) < 28 * day_ms
        True
    """

    name = "cadence"
    version = 1
    streams = frozenset(STREAMS)
    worse: Side = "high"
    default_prior = DEFAULT_PRIOR

    def __init__(self, *, forgetting: float = FORGETTING, clip_scales: float = CLIP_SCALES):
        self._level = Level(forgetting=forgetting, floor=VARIANCE_FLOOR, clip_scales=clip_scales)

    def read_prior(self, values: Mapping[str, Any], base: CadencePrior, place: str) -> CadencePrior:
        """Read `{stream: {mean, between_variance, within_variance}}`; see the protocol."""
        return read_by_stream(values, base, place)

    def init(self, prior: CadencePrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        return _LAYOUT.pack(
            {stream: (*self._level.start(of), NEVER_MS) for stream, of in prior.items()}
        )

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how unusual the gap before `x` is; see the protocol."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        n, kappa, mean, variance, last_ms = _LAYOUT.read(row, x.stream)
        scale = self._level.scale(kappa, variance)
        is_ready = n >= READY_AFTER
        if last_ms < 0 or x.at_ms < last_ms:
            return Score(1.0, 0.0, n, mean, scale, mean, is_ready)
        observed = log1p((x.at_ms - last_ms) / _MS)
        z = (observed - mean) / scale
        return Score(self._level.p_value(z, n), z, n, mean, scale, observed, is_ready)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:
        """Return the row after `x`; see the protocol."""
        n, kappa, mean, variance, last_ms = _LAYOUT.read(row, x.stream)
        if checked_weight(weight) == 0.0 or x.at_ms < last_ms:
            return row
        if last_ms < 0:
            return _LAYOUT.write(row, x.stream, (n + 1, kappa, mean, variance, x.at_ms))
        known = (n, kappa, mean, variance)
        learned = self._level.learned(known, score.observed, score.scale, weight)
        return _LAYOUT.write(row, x.stream, (*learned, x.at_ms))

    def tick(self, row: bytes, stream: str, now_ms: int, peers: float = 0.0) -> Score | None:  # noqa: ARG002 - silence has no peers
        """Return how unusual the silence so far is; see the protocol."""
        if stream not in self.streams:
            return None
        n, kappa, mean, variance, last_ms = _LAYOUT.read(row, stream)
        if type(now_ms) is not int or last_ms < 0 or now_ms < last_ms:
            return None
        scale = self._level.scale(kappa, variance)
        observed = log1p((now_ms - last_ms) / _MS)
        z = (observed - mean) / scale
        p_value = max(upper_tail(z, self._level.dof(n)), P_LEAST)
        return Score(p_value, z, n, mean, scale, observed, n >= READY_AFTER)

    def deadline(self, row: bytes, stream: str, alpha: float) -> int | None:
        """Return when the silence becomes unusual; see the protocol."""
        if stream not in self.streams:
            return None
        n, kappa, mean, variance, last_ms = _LAYOUT.read(row, stream)
        gap = mean + quantile(alpha, self._level.dof(n)) * self._level.scale(kappa, variance)
        if last_ms < 0 or gap > GAP_MOST:
            return None
        return int(last_ms) + ceil(expm1(max(0.0, gap)) * _MS) + 1

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the score in hours, with the range of two scales either way."""
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=_hours(score.observed),
            expected=_hours(score.expected),
            low=_hours(score.expected - USUAL_SCALES * score.scale),
            high=_hours(score.expected + USUAL_SCALES * score.scale),
            unit="hours",
            n=score.n,
            baseline_from=baseline_of(score),
        )


@lru_cache(maxsize=256)
def quantile(alpha: float, dof: int) -> float:
    """Return the least t of a double's precision with P(T >= t) <= `alpha`, by bisection.

    Raises:
        ValueError: If `alpha` is not in (0, 0.5).

    Examples:
        >>> round(quantile(0.025, 4), 6)
        2.776445
    """
    if not 0.0 < alpha < 0.5:  # noqa: PLR2004 - beyond, nothing is unusual
        raise ValueError(f"expected alpha in (0, 0.5), got {alpha}")
    low, high = 0.0, 1.0
    while upper_tail(high, dof) > alpha:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if upper_tail(middle, dof) > alpha else (low, middle)
    return high


def _hours(level: float) -> float:
    """From log1p of seconds back to hours, at most a hundred years."""
    return expm1(min(max(0.0, level), GAP_MOST)) / _SECONDS_PER_HOUR


CADENCE = Cadence()
"""D1 with its shipped settings."""
