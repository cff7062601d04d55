"""D5, the shortfall: are instalments short or late more often than in this segment?

Each repayment that touches something due says whether it left a rest or came late
(`Observation.is_short`). Two things are kept of these:

    share    a Beta posterior that forgets: a, b *= 0.97, then a += 1 if short, else b += 1
    L        Wald's sequential ratio (1945) of "a share of p1" against "the usual p0", held at 0:
             L = max(0, L + ln(p1/p0))              if short
             L = max(0, L + ln((1 - p1)/(1 - p0)))  if not
    p        exp(-L)

p0 is the segment's share of short instalments; p1 five times that, or half-way to always. While L
has not been held at 0, p bounds the chance that a borrower of p0 ever gets so far (Ville, 1939);
with the holding it is a CUSUM of Bernoulli trials, and p a score to be calibrated.

What it does not do: see an instalment of which nothing comes at all. No event says that; the
ledger's days past due and D1's silence do. A row is 40 bytes.
"""

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any, NamedTuple

from detectors.codec import Field, Layout
from detectors.level import N_MOST
from detectors.prior import read_numbers, refuse_unknown
from detectors.protocol import (
    Explanation,
    Observation,
    Score,
    Side,
    baseline_of,
    checked_weight,
    is_sound,
)

STREAM = "repayment"
FORGETTING = 0.03
"""A flag's weight halves in 23 instalments (detectors.md 7)."""

TIMES_USUAL = 5.0
"""p1 / p0, where that leaves it below half-way to always."""

READY_AFTER = 3
"""Instalments are monthly: nobody waits eight months (a choice of ours)."""

RATIO_MOST = 60.0
"""Where L stops: p = 9e-27, far below every threshold."""

USUAL_SCALES = 2.0


class SharePrior(NamedTuple):
    """A segment's share of short instalments.

    Attributes:
        share: In [0.001, 0.5].
        worth: How many instalments of a borrower's own that is worth, in [1, 100].
    """

    share: float
    worth: float


DEFAULT_PRIOR = SharePrior(share=0.05, worth=8.0)
"""For a segment without parameters: one in twenty (detectors.md 7)."""

_RANGES = {"share": (1e-3, 0.5), "worth": (1.0, 100.0)}
_LAYOUT = Layout(
    tag=5,
    version=1,
    slots=(STREAM,),
    fields=(
        Field("n", "u4"),
        Field("usual", "f8", *_RANGES["share"]),
        Field("short", "f8", least=0.0, most=1e3),
        Field("on_time", "f8", least=0.0, most=1e3),
        Field("ratio", "f8", least=0.0, most=RATIO_MOST),
    ),
)


class Shortfall:
    """The detector of short and late instalments; see the module for its formulae.

    Args:
        forgetting: What of the counts is lost at each instalment, in [0, 1); 0 forgets nothing.

    A score's `observed` is the borrower's share, this instalment included, `expected` the
    segment's.

    Examples:
        >>> detector = Shortfall()
        >>> row = detector.init(detector.default_prior)
        >>> for month, is_short in enumerate([False] * 12 + [True] * 4):
        ...     x = Observation("repayment", month, 86_250, 2, is_short=is_short)
        ...     score = detector.score_one(row, x)
        ...     row = detector.learn_one(row, x, score)
        >>> score.p_value < 0.01
        True
    """

    name = "shortfall"
    version = 1
    streams = frozenset({STREAM})
    worse: Side = "both"
    default_prior = DEFAULT_PRIOR

    def __init__(self, *, forgetting: float = FORGETTING):
        if not 0.0 <= forgetting < 1.0:
            raise ValueError(f"expected forgetting in [0, 1), got {forgetting}")
        self._kept = 1 - forgetting

    def read_prior(self, values: Mapping[str, Any], base: SharePrior, place: str) -> SharePrior:
        """Read `{repayment: {share, worth}}`; see the protocol."""
        refuse_unknown(values, {STREAM: base}, place)
        if STREAM not in values:
            return base
        return SharePrior(*read_numbers(values[STREAM], _RANGES, f"{place}.{STREAM}"))

    def init(self, prior: SharePrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        short = prior.share * prior.worth
        return _LAYOUT.pack({STREAM: (0, prior.share, short, prior.worth - short, 0.0)})

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how far the instalments speak against the segment's share; see the protocol."""
        if x.stream != STREAM or not is_sound(x):
            return None
        n, usual, short, on_time, before = _LAYOUT.read(row, STREAM)
        if x.is_short is None:
            return None
        short, on_time = self._counted(short, on_time, is_short=x.is_short)
        total = short + on_time
        share = short / total
        scale = sqrt(usual * (1 - usual) / total)
        p_value = exp(-_ratio(before, usual, is_short=x.is_short))
        is_ready = n >= READY_AFTER
        return Score(p_value, (share - usual) / scale, n, usual, scale, share, is_ready)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:  # noqa: ARG002 - the row and the flag say it all
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0 or x.is_short is None:
            return row
        n, usual, short, on_time, before = _LAYOUT.read(row, STREAM)
        after_short, after_on_time = self._counted(short, on_time, is_short=x.is_short)
        after = _ratio(before, usual, is_short=x.is_short)
        learned = (
            min(n + 1, N_MOST),
            usual,
            short + weight * (after_short - short),
            on_time + weight * (after_on_time - on_time),
            before + weight * (after - before),
        )
        return _LAYOUT.write(row, STREAM, learned)

    def standing(self, row: bytes) -> Score | None:
        """Return what the instalments so far come to, between two of them; `None` before any.

        Instalments are a month apart, and evidence fades in days: who asks at looks hears that
        nothing has become better since.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        n, usual, short, on_time, ratio = _LAYOUT.read(row, STREAM)
        if not n:
            return None
        total = short + on_time
        share, scale = short / total, sqrt(usual * (1 - usual) / total)
        is_ready = n > READY_AFTER
        return Score(exp(-ratio), (share - usual) / scale, n, usual, scale, share, is_ready)

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the share of short instalments in per cent, with the usual range."""
        usual, reach = score.expected, USUAL_SCALES * score.scale
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=100 * score.observed,
            expected=100 * usual,
            low=100 * max(0.0, usual - reach),
            high=100 * min(1.0, usual + reach),
            unit="percent",
            n=score.n,
            baseline_from=baseline_of(score),
        )

    def _counted(self, short: float, on_time: float, *, is_short: bool) -> tuple[float, float]:
        """Return the Beta posterior after one more instalment."""
        return short * self._kept + is_short, on_time * self._kept + (not is_short)


def _ratio(before: float, usual: float, *, is_short: bool) -> float:
    """Return Wald's ratio after one more instalment."""
    worse = min(TIMES_USUAL * usual, (1 + usual) / 2)
    step = log(worse / usual) if is_short else log((1 - worse) / (1 - usual))
    return min(max(0.0, before + step), RATIO_MOST)


SHORTFALL = Shortfall()
"""D5 with its shipped settings."""
