"""D3, the flow: does less come in than used to, beside what the segment's others see?

Each stream of incoming money keeps two sums that fade, of 10 and of 60 days. At a tick both become
rates, corrected for how long the borrower is known, and their logarithm says how the last days
compare with the last months. From it the median of the segment's peers at the same tick is taken:
that removes weekends, holidays and whatever else has hit all, without a calendar:

    r = ln(fast / (10 (1 - exp(-age/10)))) - ln(slow / (60 (1 - exp(-age/60))))    age in days
    p = exp(-4 max(0, peers - r))          of the low side, to be calibrated by segment

An event is learned and says nothing by itself (p = 1): who stops is silent, and only a tick can
tell. A late event is added as much faded as if it had come in time. Until 20 days after the first
event a tick says nothing.

What it does not do: know what a fall of the whole segment means. That is the segment's own alarm.
A row is 76 bytes.
"""

from collections.abc import Mapping
from math import exp, expm1, log
from typing import Any, Final

from detectors.amount import MINOR_PER_MAJOR
from detectors.codec import Field, Layout
from detectors.level import N_MOST, P_LEAST
from detectors.prior import refuse_unknown
from detectors.protocol import (
    Explanation,
    Observation,
    Score,
    Side,
    baseline_of,
    checked_weight,
    is_sound,
)

STREAMS = ("settlement", "pos_clearing")
DAY_MS: Final = 86_400_000
FAST_MS: Final = 10 * DAY_MS
SLOW_MS: Final = 60 * DAY_MS
"""The two memories (detectors.md 7)."""

READY_AFTER_MS: Final = 20 * DAY_MS
SCALE: Final = 0.25
"""A fall by this much, in logarithms, is a factor e in p: before calibration a choice of scale."""

USUAL_SCALES = 3.0
"""The usual range of an explanation ends where p = 0.05."""

FALL_MOST: Final = 20.0
"""Less than 2e-9 of the usual is nothing."""

NEVER_MS = -1.0
_LAYOUT = Layout(
    tag=3,
    version=1,
    slots=STREAMS,
    fields=(
        Field("n", "u4"),
        Field("first_ms", "f8", least=NEVER_MS, most=2.0**53),
        Field("last_ms", "f8", least=NEVER_MS, most=2.0**53),
        Field("fast", "f8", least=0.0, most=1e300),
        Field("slow", "f8", least=0.0, most=1e300),
    ),
)


class Flow:
    """The detector of a fall of what comes in; see the module for its formulae.

    Examples:
        A shop takes 1,000 a day and then stops, while its peers go on:

        >>> detector = Flow()
        >>> row = detector.init(None)
        >>> for day in range(60):
        ...     x = Observation("settlement", day * DAY_MS, 100_000, 2)
        ...     row = detector.learn_one(row, x, detector.score_one(row, x))
        >>> detector.tick(row, "settlement", 60 * DAY_MS).p_value > 0.3
        True
        >>> detector.tick(row, "settlement", 80 * DAY_MS).p_value < 0.01
        True
        >>> all_stop = detector.statistic(row, "settlement", 80 * DAY_MS)
        >>> detector.tick(row, "settlement", 80 * DAY_MS, peers=all_stop).p_value
        1.0
    """

    name = "flow"
    version = 1
    streams = frozenset(STREAMS)
    worse: Side = "both"
    default_prior = None

    def read_prior(self, values: Mapping[str, Any], base: None, place: str) -> None:  # noqa: ARG002 - it has none
        """Refuse whatever is given: the peers are its prior."""
        refuse_unknown(values, {}, place)

    def init(self, prior: None) -> bytes:  # noqa: ARG002 - it has none
        """Return the row of a borrower of whom nothing has come."""
        return _LAYOUT.pack(dict.fromkeys(STREAMS, (0, NEVER_MS, NEVER_MS, 0.0, 0.0)))

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return that an event is not unusual: it speaks at ticks."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        n, *_ = _LAYOUT.read(row, x.stream)
        return Score(1.0, 0.0, n, 0.0, SCALE, 0.0, ready=False)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:  # noqa: ARG002 - the row and the amount say it all
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0:
            return row
        n, first_ms, last_ms, fast, slow = _LAYOUT.read(row, x.stream)
        amount = weight * x.amount_minor / MINOR_PER_MAJOR[x.exponent]
        if last_ms < 0:
            learned: tuple[float, ...] = (1, x.at_ms, x.at_ms, amount, amount)
        else:
            at_ms = x.at_ms
            now_ms = at_ms if at_ms > last_ms else last_ms
            since_ms, late_ms = now_ms - last_ms, now_ms - at_ms
            to_fast = amount * exp(-late_ms / FAST_MS) if late_ms else amount
            to_slow = amount * exp(-late_ms / SLOW_MS) if late_ms else amount
            learned = (
                n + 1 if n < N_MOST else n,
                at_ms if at_ms < first_ms else first_ms,
                now_ms,
                fast * exp(-since_ms / FAST_MS) + to_fast,
                slow * exp(-since_ms / SLOW_MS) + to_slow,
            )
        return _LAYOUT.write(row, x.stream, learned)

    def statistic(self, row: bytes, stream: str, now_ms: int) -> float | None:
        """Return r at a tick, whose median over a segment is what `tick` calls its peers.

        Returns:
            At least -20; `None` if there is nothing to say.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        if stream not in self.streams or type(now_ms) is not int:
            return None
        _, first_ms, last_ms, fast, slow = _LAYOUT.read(row, stream)
        age_ms = now_ms - first_ms
        if first_ms < 0 or now_ms < last_ms or age_ms < READY_AFTER_MS or slow <= 0.0:
            return None
        since_ms = now_ms - last_ms
        r: float = -since_ms / FAST_MS + since_ms / SLOW_MS - FALL_MOST
        if fast > 0.0:
            seen = log(fast / (FAST_MS * -expm1(-age_ms / FAST_MS)))
            usual = log(slow / (SLOW_MS * -expm1(-age_ms / SLOW_MS)))
            r = seen - usual - since_ms / FAST_MS + since_ms / SLOW_MS
        return max(r, -FALL_MOST)

    def tick(self, row: bytes, stream: str, now_ms: int, peers: float = 0.0) -> Score | None:
        """Return how far the flow has fallen beside its peers'; see the protocol."""
        r = self.statistic(row, stream, now_ms)
        if r is None:
            return None
        n, *_ = _LAYOUT.read(row, stream)
        fall = min(0.0, r - peers)
        p_value = max(exp(fall / SCALE), P_LEAST)
        return Score(p_value, (r - peers) / SCALE, n, peers, SCALE, r, ready=True)

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the flow of the last days in per cent of the usual one, beside its peers'."""
        reach = USUAL_SCALES * score.scale
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=100 * exp(score.observed),
            expected=100 * exp(score.expected),
            low=100 * exp(score.expected - reach),
            high=100 * exp(score.expected + reach),
            unit="percent",
            n=score.n,
            baseline_from=baseline_of(score),
        )


FLOW = Flow()
"""D3 with its shipped settings."""
