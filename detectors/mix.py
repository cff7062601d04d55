"""D6, the mix: who is at the other end, by what channel, at what hour: is this new here?

Counterparty and channel come as one hash (`Observation.mark`); with the quarter of the day it falls
into one of sixteen buckets. Each stream counts its buckets, in sixteenths of an event and in whole
numbers, so that a tie is a tie whatever the machine:

    p = (the counts of all buckets that are at most as full as this one) / (all counts)

the chance of an event at least as rare, if nothing has changed (Fisher's exact reasoning). The
segment's prior is worth eight events. From 200 events on all counts are halved: old habits fade.

It is nothing but a histogram of hashes: two habits may share a bucket, so one new counterparty in
sixteen looks old. An event without a mark says nothing.

What it does not do: know who is suspicious. That is a rule's or a list's business. A row is 112
bytes.
"""

from collections.abc import Mapping
from math import exp, log
from operator import itemgetter
from typing import Any, TypeAlias

from detectors.codec import Field, Layout
from detectors.level import N_MOST, READY_AFTER
from detectors.prior import read_numbers, refuse_unknown
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

BUCKETS = 16
UNIT = 16
"""An event is counted as so much, that the prior may be parts of one."""

PRIOR_EVENTS = 8
HALVED_AT = 200 * UNIT
"""Counts are halved when they come to this (detectors.md 7)."""

QUARTER_MS = 6 * 3_600_000
USUAL_NATS = 2.0
"""The usual range of an explanation: shares within a factor of seven of the usual one."""

MixPrior: TypeAlias = Mapping[str, tuple[float, ...]]
"""For each stream the shares of the sixteen buckets, which need not add up to one."""

DEFAULT_PRIOR: MixPrior = dict.fromkeys(STREAMS, (1.0,) * BUCKETS)
"""For a segment without parameters: every bucket alike."""

_RANGES = {f"b{i}": (0.0, 1e6) for i in range(BUCKETS)}
_GOLDEN, _SPREAD, _32_BITS, _TO_BUCKET = 0x9E3779B1, 0x85EBCA6B, 0xFFFFFFFF, 28
_OF_QUARTER = tuple(quarter * _GOLDEN for quarter in range(4))
_LOG = (0.0, *(log(count) for count in range(1, BUCKETS * HALVED_AT + 1)))
_TIMES_LOG = tuple(count * of for count, of in enumerate(_LOG[: HALVED_AT + 1]))
_LAYOUT = Layout(
    tag=6,
    version=1,
    slots=STREAMS,
    fields=(Field("n", "u4"), *(Field(name, "u2", least=1, most=HALVED_AT) for name in _RANGES)),
)


class Mix:
    """The detector of new counterparties, channels and hours; see the module for its formulae.

    A score's axis is surprise, -ln of the bucket's share: `observed` this event's, `expected` the
    usual one (the mix's entropy), in nats. It is `ready` after `READY_AFTER` events of a stream.

    Examples:
        A shop paid by one acquirer at noon is paid by somebody else at night:

        >>> detector, hour_ms = Mix(), 3_600_000
        >>> row = detector.init(detector.default_prior)
        >>> for day in range(40):
        ...     x = Observation("settlement", (24 * day + 12) * hour_ms, 86_250, 2, mark=7)
        ...     row = detector.learn_one(row, x, detector.score_one(row, x))
        >>> detector.score_one(row, x).p_value
        1.0
        >>> night = Observation("settlement", (24 * 40 + 2) * hour_ms, 86_250, 2, mark=123_456)
        >>> detector.score_one(row, night).p_value < 0.2
        True
    """

    name = "mix"
    version = 1
    streams = frozenset(STREAMS)
    worse: Side = "both"
    default_prior = DEFAULT_PRIOR

    def read_prior(self, values: Mapping[str, Any], base: MixPrior, place: str) -> MixPrior:
        """Read `{stream: {b0, ..., b15}}`; see the protocol."""
        refuse_unknown(values, base, place)
        return {
            stream: read_numbers(values[stream], _RANGES, f"{place}.{stream}")
            if stream in values
            else of
            for stream, of in base.items()
        }

    def init(self, prior: MixPrior) -> bytes:
        """Return the row of a borrower of whom only the segment is known."""
        return _LAYOUT.pack({stream: (0, *_started(of)) for stream, of in prior.items()})

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how rare the event's bucket is; see the protocol."""
        if x.stream not in self.streams or not is_sound(x):
            return None
        known = _LAYOUT.read(row, x.stream)
        if x.mark is None:
            return None
        n, counts = known[0], known[1:]
        count, total = counts[bucket(x.mark, x.at_ms)], sum(counts)
        p_value = sum([each for each in counts if each <= count]) / total
        expected = _LOG[total] - sum(itemgetter(*counts)(_TIMES_LOG)) / total
        observed = _LOG[total] - _LOG[count]
        is_ready = n >= READY_AFTER
        return Score(p_value, observed - expected, n, expected, 1.0, observed, is_ready)

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:  # noqa: ARG002 - the row and the mark say it all
        """Return the row after `x`; see the protocol."""
        if checked_weight(weight) == 0.0 or x.mark is None:
            return row
        n, *counts = _LAYOUT.read(row, x.stream)
        counts[bucket(x.mark, x.at_ms)] += UNIT if weight == 1.0 else round(UNIT * weight)
        if sum(counts) >= HALVED_AT:
            counts = [max(1, each // 2) for each in counts]
        return _LAYOUT.write(row, x.stream, (n + 1 if n < N_MOST else n, *counts))

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return how many events in a hundred are like this one, and like the usual one."""
        return Explanation(
            detector=self.name,
            version=self.version,
            stream=x.stream,
            p_value=score.p_value,
            z=score.z,
            observed=_percent(score.observed),
            expected=_percent(score.expected),
            low=_percent(score.expected + USUAL_NATS),
            high=_percent(score.expected - USUAL_NATS),
            unit="percent",
            n=score.n,
            baseline_from=baseline_of(score),
        )


def bucket(mark: int, at_ms: int) -> int:
    """Return which of the sixteen buckets an event falls into.

    Examples:
        >>> bucket(7, 0) == bucket(7, 5 * 3_600_000)  # the same quarter of the day
        True
    """
    return ((mark + _OF_QUARTER[at_ms // QUARTER_MS % 4]) * _SPREAD & _32_BITS) >> _TO_BUCKET


def _started(shares: tuple[float, ...]) -> list[int]:
    """Return the prior's counts, each at least one."""
    total = sum(shares) or 1.0
    return [max(1, round(PRIOR_EVENTS * UNIT * share / total)) for share in shares]


def _percent(surprise: float) -> float:
    return 100 * exp(-max(0.0, surprise))


MIX = Mix()
"""D6 with its shipped settings."""
