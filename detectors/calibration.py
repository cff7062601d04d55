"""From what a detector says to a p-value that is as rare as it claims, by detector and segment.

A model's own p-value rests on what the model takes for granted: log-normal amounts, independent
days. A calibrator looks at what the detector has said of the whole segment, as v = -ln p:

    body   a histogram of v, 64 bins of 0.2, halved when it holds 20,000: P(V >= v) by counting
    tail   above the bin edge that leaves at most 2 %: a generalised Pareto distribution, by the
           first two moments of the excess (Hosking and Wallis, Technometrics 29, 1987), as in
           DSPOT (Siffer et al., KDD 2017). Where more than 2 % lie beyond the last bin, a model is
           wrong by far: the tail begins there, and its excess counts by its logarithm, so that
           what is said often is not called rare

It learns every score, the unusual ones too: one that learns only what is usual realises ten times
the rate that it states (detectors.md 4.5). It starts from what a true p-value gives, Exp(1), worth
50 scores.

What is said rests on a version of the counts; what comes meanwhile is added to a delta, and 256
scores later both become the next version. Deltas add up, so a segment can be folded from those of
its partitions. A row holds version and delta: whoever goes on from it says the same to the last
bit, wherever it was cut.

A row's p-values change with its age: Student's t is cautious while little is known. So a segment
has two calibrators for each detector, of rows below and from `AGED_FROM` events on.

river has quantiles (`stats.Quantile`, `RollingQuantile`) and no p-value; its tests are the oracle
for the body.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import exp, log, log1p
from typing import Final, NamedTuple

from detectors.codec import Field, Layout, RecordError

BINS: Final = 64
EXCESSES, SCORES = BINS, BINS + 3
"""Where, in a slot, the three sums of the tail begin and the number of its scores stands."""

WIDTH: Final = 0.2
"""So that 64 bins reach p = 3e-6."""

WORTH: Final = 50.0
"""What the start is worth, in scores."""

HALVED_AT: Final = 20_000.0
"""So a segment's last ten to twenty thousand scores count (detectors.md 4.5)."""

TAIL_SHARE: Final = 0.02
"""At most so much lies in the tail."""

EXCESS_MOST: Final = 12.0
"""An excess is counted up to here: one absurd score must not make the tail."""

SHAPE_LEAST, SHAPE_MOST = -0.3, 0.4
"""Beyond, the moments do not say anything about the shape (its variance is infinite from 0.5)."""

V_MOST: Final = 600.0
P_LEAST: Final = 1e-12
RENEWED_EVERY: Final = 256
"""So many scores make the next version."""

AGED_FROM: Final = 32
"""D1 and D2 have forgotten the prior by then: their degrees of freedom are at their most."""

VERSION, DELTA = "version", "delta"
_LAYOUT = Layout(
    tag=100,
    version=2,
    slots=(VERSION, DELTA),
    fields=(
        *(Field(f"bin{i}", "f8", least=0.0, most=1e9) for i in range(BINS)),
        Field("excesses", "f8", least=0.0, most=1e9),
        Field("excess", "f8", least=0.0, most=1e9 * EXCESS_MOST),
        Field("square", "f8", least=0.0, most=1e9 * EXCESS_MOST**2),
        Field("scores", "u4", most=RENEWED_EVERY),
    ),
)

START: Final = (
    *(WORTH * (exp(-i * WIDTH) - exp(-(i + 1) * WIDTH)) for i in range(BINS - 1)),
    WORTH * exp(-(BINS - 1) * WIDTH),
)
"""The bins of Exp(1)."""

_TAIL: Final = (20.0, 20.0, 40.0)
"""The excess of Exp(1) over any threshold is Exp(1) again, of mean 1 and mean square 2."""

_START = (*START, *_TAIL, 0)

_NOTHING = (*(0.0,) * (BINS + 3), 0)


class Key(NamedTuple):
    """Which calibrator: of a detector, a segment, and rows that are aged or not."""

    detector: str
    segment: str
    aged: bool


class Calibrator:
    """The calibrator of one detector in one segment.

    Args:
        row: Where to go on; from the start if `None`. A row is 1,084 bytes.
        version: Instead of a row: a version that was made elsewhere, with nothing since.

    Raises:
        RecordError: If the row cannot be trusted.

    Examples:
        A detector whose p-values are a hundredth of what is true:

        >>> import math
        >>> calibrator = Calibrator()
        >>> for i in range(4_000):
        ...     calibrator.learn_one(math.log(100) - math.log(i * 0.618034 % 1 + 1e-4))
        >>> round(calibrator.p_value(math.log(100) + math.log(2)), 1)
        0.5
    """

    def __init__(self, row: bytes | None = None, *, version: Sequence[float] = _START) -> None:
        delta: Sequence[float] = _NOTHING
        if row is not None:
            version, delta = _LAYOUT.read(row, VERSION), _LAYOUT.read(row, DELTA)
        self._version = [*version]
        self._delta = [*delta]
        self._derive()

    @property
    def row(self) -> bytes:
        """All that is remembered."""
        return _LAYOUT.pack({VERSION: self._version, DELTA: self._delta})

    def p_value(self, v: float) -> float:
        """Return the share of scores at least as unusual, in [1e-12, 1].

        Args:
            v: -ln p of the detector; below 0 is 0.
        """
        if v <= self._threshold:
            place, above = v / WIDTH if v > 0 else 0.0, self._above
            index = int(place)
            here = above[index]
            p_value = (here + (above[index + 1] - here) * (place - index)) / above[0]
            return p_value if p_value > P_LEAST else P_LEAST
        excess = self._excess(min(v, V_MOST))
        if abs(self._shape) < 1e-6:  # noqa: PLR2004 - there the power is an exponential
            return max(self._share * exp(-excess / self._scale), P_LEAST)
        base = 1 + self._shape * excess / self._scale
        return max(self._share * base ** (-1 / self._shape), P_LEAST) if base > 0 else P_LEAST

    def learn_one(self, v: float) -> None:
        """Count one more score; what is not a number from 0 on is not learned.

        Args:
            v: -ln p of the detector.
        """
        if not 0.0 <= v <= V_MOST:
            return
        delta = self._delta
        delta[min(int(v / WIDTH), BINS - 1)] += 1
        if v > self._threshold:
            excess = min(self._excess(v), EXCESS_MOST)
            delta[EXCESSES] += 1
            delta[EXCESSES + 1] += excess
            delta[EXCESSES + 2] += excess * excess
        delta[SCORES] += 1
        if delta[SCORES] >= RENEWED_EVERY:
            self._renew()

    def _excess(self, v: float) -> float:
        return _excess(v, self._threshold, is_far=self._is_far)

    def _renew(self) -> None:
        """Make the next version of the counts."""
        both = [old + new for old, new in zip(self._version, self._delta, strict=True)]
        bins, tail = both[:EXCESSES], both[EXCESSES:SCORES]
        if sum(bins) > HALVED_AT:
            bins = [count / 2 for count in bins]
        if tail[0] > HALVED_AT * TAIL_SHARE:
            tail = [each / 2 for each in tail]
        self._version, self._delta = [*bins, *tail, 0], [*_NOTHING]
        self._derive()

    def _derive(self) -> None:
        """Work out of a version what p-values are made of."""
        *bins, excesses, excess, square, _ = self._version
        self._above = _above(bins)
        total = self._above[0]
        if not (total and excesses):
            raise RecordError("value", "expected a version that has counted, got an empty one")
        edge, self._is_far = _edge(self._above)
        self._threshold, self._share = edge * WIDTH, self._above[edge] / total
        mean = excess / excesses
        variance = max(square / excesses - mean * mean, 1e-9)
        self._shape = min(max((1 - mean * mean / variance) / 2, SHAPE_LEAST), SHAPE_MOST)
        self._scale = max(mean * (1 - self._shape), 1e-6)


def _above(bins: Sequence[float]) -> list[float]:
    """Return how many scores lie in each bin or beyond."""
    return [*accumulate(reversed(bins), initial=0.0)][::-1]


def _edge(above: Sequence[float]) -> tuple[int, bool]:
    """Return the bin where the tail begins, and whether the last one holds too much for that."""
    edge = next(i for i, of in enumerate(above) if of <= TAIL_SHARE * above[0])
    return min(edge, BINS - 1), edge == BINS  # the last bin is open: what lies in it is tail


def _excess(v: float, threshold: float, *, is_far: bool) -> float:
    excess = v - threshold
    return log1p(excess) if is_far else excess


def derived_from(bins: Sequence[float], scores: Iterable[tuple[float, int]]) -> Calibrator:
    """Return the calibrator of scores that were counted elsewhere (`detectors.counts`).

    Args:
        bins: Of all of them, `START` among them.
        scores: The scores, each with how often it was there, in an order that is always the same.
    """
    edge, is_far = _edge(_above(bins))
    threshold, (excesses, total, square) = edge * WIDTH, _TAIL
    for v, count in scores:
        if v > threshold:
            excess = min(_excess(v, threshold, is_far=is_far), EXCESS_MOST)
            excesses += count
            total += count * excess
            square += count * excess * excess
    return Calibrator(version=(*bins, excesses, total, square, 0))


class Calibration:
    """The calibrators of all detectors and segments.

    Args:
        rows: By key, where to go on.

    Raises:
        RecordError: If a row cannot be trusted.
    """

    def __init__(self, rows: Mapping[Key, bytes] | None = None) -> None:
        self._calibrators = {key: Calibrator(row) for key, row in (rows or {}).items()}

    @property
    def rows(self) -> dict[Key, bytes]:
        """All that is remembered."""
        return {key: each.row for key, each in sorted(self._calibrators.items())}

    def p_value(self, detector: str, segment: str, n: int, p_value: float) -> float:
        """Return a detector's p-value as it is to be believed.

        Args:
            detector: Its name.
            segment: The borrower's.
            n: How many events its row has learned.
            p_value: What the detector says, on the side that is a worry.
        """
        return self._of(detector, segment, n).p_value(-log(p_value))

    def learn_one(self, detector: str, segment: str, n: int, p_value: float) -> None:
        """Count one more of a detector's p-values; the arguments are those of `p_value`."""
        self._of(detector, segment, n).learn_one(-log(p_value))

    def _of(self, detector: str, segment: str, n: int) -> Calibrator:
        key = Key(detector, segment, n >= AGED_FROM)
        if key not in self._calibrators:
            self._calibrators[key] = Calibrator()
        return self._calibrators[key]
