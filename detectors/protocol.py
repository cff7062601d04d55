"""What a detector is: four verbs over one flat row of bytes.

A detector learns what is usual for one borrower and says how unusual the next event is. It
holds no state of its own: a borrower's memory is one `bytes` row, which the step stores as it
is. In the flow it stands between the features and the rules, and learns after them:

    ledger -> features -> [score_one] -> rules -> [learn_one] -> episodes

Invariants, each a check in `detectors.checks` that runs over our detectors and over yours:

* `score_one` is pure, and what a detector knows stands in the row and nowhere else;
* an observation that is not sound is answered with `None` and never reaches a row;
* a row that cannot be trusted raises `RecordError`, so that the caller starts from the prior;
* a p-value is in (0, 1], and an event's time is an argument: no clock, no randomness.

The verbs are river's. What it does not do: alert. A detector says how unusual an event is;
which p-value is worth a person's time is a rule's business.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

AMOUNT_MOST_MINOR = 2**53 - 1
"""The largest amount, in minor units: that of `schemas.money`."""

EXPONENT_MOST = 4
"""ISO 4217 has currencies with up to four decimals (CLF, UYW)."""

STREAMS = ("repayment", "settlement", "pos_clearing")
"""The streams that observations are of."""

MARK_MOST = 2**32 - 1
"""The largest mark: marks are hashes of 32 bits."""

Side = Literal["low", "high", "both"]
"""Which side of the expectation is a worry."""

Baseline = Literal["segment", "blend", "own"]
"""Whose history an expectation rests on: the segment's, both, or the borrower's own."""


class Observation(NamedTuple):
    """What a detector sees of one event.

    Attributes:
        stream: `repayment`, `settlement` or `pos_clearing`.
        at_ms: When it happened, UTC epoch milliseconds.
        amount_minor: The amount in minor units, never negative.
        exponent: The decimals of its currency: CNY 2, JPY 0, KWD 3.
        mark: A hash of who was at the other end and by what channel, `None` if that is not known.
        is_short: Whether it leaves something that is due unpaid, or paid what was past due; `None`
            if nothing was due.
    """

    stream: str
    at_ms: int
    amount_minor: int
    exponent: int
    mark: int | None = None
    is_short: bool | None = None


class Score(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How unusual one observation is, beside what the row had learned before it.

    A struct, since it is made for each detector of each event: three times as fast as a tuple, and
    stored alike, with the events that may be judged again.

    Attributes:
        p_value: In (0, 1]: the chance of an observation at least this far from the expectation, if
            nothing has changed. Low is unusual. Two-sided where both sides can be unusual (D1, D2),
            else of the one side that a detector looks at, as is that of every tick.
        z: The distance from the expectation in units of `scale`; negative is below.
        n: Events of this stream learned so far, this one not counted.
        expected: What was expected, on the detector's own axis (D2: log1p of major units).
        scale: The spread of the prediction on that axis, above 0.
        observed: What came, on that axis.
        ready: Whether the borrower's own history is long enough to act upon.
    """

    p_value: float
    z: float
    n: int
    expected: float
    scale: float
    observed: float
    ready: bool

    def p_worse(self, side: Side) -> float:
        """The chance on the side that is a worry: what evidence is made of."""
        if side == "both":
            return self.p_value
        half, z = self.p_value / 2, self.z
        return half if (z < 0 if side == "low" else z > 0) else 1 - half

    @property
    def p_low(self) -> float:
        """The one-sided chance of a value this low or lower."""
        return self.p_worse("low")

    @property
    def p_high(self) -> float:
        """The one-sided chance of a value this high or higher."""
        return self.p_worse("high")


class Explanation(NamedTuple):
    """A score in the numbers of the event, for the desk and the audit.

    Attributes:
        detector: The detector's name.
        version: The detector's version.
        stream: The stream of the observation.
        p_value: As in the score.
        z: As in the score.
        observed: What came, in `unit`.
        expected: The middle of what was expected, in `unit`.
        low: The lower end of the usual range, in `unit`: two scales below the expectation.
        high: The upper end, two scales above it.
        unit: What these are in: `minor units`, `hours`, `scales`, `percent`.
        n: As in the score.
        baseline_from: Whose history the expectation rests on.
    """

    detector: str
    version: int
    stream: str
    p_value: float
    z: float
    observed: float
    expected: float
    low: float
    high: float
    unit: str
    n: int
    baseline_from: Baseline


P = TypeVar("P")


class Detector(Protocol[P]):
    """An online model of one borrower. `P` is the type of the prior that it starts from."""

    @property
    def name(self) -> str:
        """The name by which rules and rows refer to it."""
        ...

    @property
    def version(self) -> int:
        """Raised by one whenever the same events would give other rows or scores."""
        ...

    @property
    def streams(self) -> frozenset[str]:
        """The streams that it listens to."""
        ...

    @property
    def worse(self) -> Side:
        """Which side of its expectation is a worry; `both` if its p-value is of one side anyway."""
        ...

    @property
    def default_prior(self) -> P:
        """The prior of a segment that no signed parameters speak of."""
        ...

    def read_prior(self, values: Mapping[str, Any], base: P, place: str) -> P:
        """Read a segment's prior from signed parameters; what they omit is `base`'s.

        Raises:
            PriorError: If a value is missing, unknown or out of range; names it after `place`.
        """
        ...

    def init(self, prior: P) -> bytes:
        """Return the row of a borrower of whom nothing is known but the segment."""
        ...

    def score_one(self, row: bytes, x: Observation) -> Score | None:
        """Return how unusual `x` is; `None` if `x` is not sound or says nothing to this detector.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        ...

    def learn_one(self, row: bytes, x: Observation, score: Score, weight: float = 1.0) -> bytes:
        """Return the row after `x`, whose `score` was given by this very row.

        Args:
            row: The row before `x`.
            x: The observation.
            score: What `score_one(row, x)` said.
            weight: In [0, 1], scales the step; 0 learns nothing, as for an event of a borrower
                under a confirmed fraud.

        Raises:
            RecordError: If the row cannot be trusted.
            ValueError: If the weight is out of range.
        """
        ...

    def explain(self, x: Observation, score: Score) -> Explanation:
        """Return the score in the numbers of the event."""
        ...


@runtime_checkable
class Ticking(Protocol):
    """A detector that also speaks when nothing happens."""

    def tick(self, row: bytes, stream: str, now_ms: int, peers: float = 0.0) -> Score | None:
        """Return how unusual it is that it is `now_ms` and no more has come.

        Whoever asks answers for it that the feed is alive and read to this instant.

        Args:
            row: The row.
            stream: Of which stream.
            now_ms: The time of the tick.
            peers: The median of the segment's `statistic` at this tick, of detectors that have one.

        Returns:
            `None` if there is nothing to say: another stream, too little known, time going back.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        ...


@runtime_checkable
class Waiting(Ticking, Protocol):
    """A ticking detector that can say when its tick becomes unusual, so that nobody polls."""

    def deadline(self, row: bytes, stream: str, alpha: float) -> int | None:
        """Return the instant from which on `tick` says a p-value of at most `alpha`.

        Args:
            row: The row.
            stream: Of which stream.
            alpha: In (0, 0.5).

        Returns:
            Epoch milliseconds; `None` if that never comes.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        ...


def baseline_of(score: Score) -> Baseline:
    """Return whose history the expectation of a score rests on."""
    if score.n == 0:
        return "segment"
    return "own" if score.ready else "blend"


def is_sound(x: Observation) -> bool:
    """Say whether every field of `x` is in its range; the stream's name is not looked at.

    Examples:
        >>> is_sound(Observation("repayment", 0, 862_500, 2))
        True
        >>> is_sound(Observation("repayment", 0, float("nan"), 2))
        False
    """
    if x is _found_sound[0]:
        return True  # each detector of a suite asks the same of the same event
    _, at_ms, amount_minor, exponent, mark, is_short = x
    found = (
        type(amount_minor) is int
        and 0 <= amount_minor <= AMOUNT_MOST_MINOR
        and type(exponent) is int
        and 0 <= exponent <= EXPONENT_MOST
        and type(at_ms) is int
        and at_ms >= 0
        and (mark is None or (type(mark) is int and 0 <= mark <= MARK_MOST))
        and (is_short is None or type(is_short) is bool)
    )
    if found:
        _found_sound[0] = x
    return found


_found_sound: list[Observation | None] = [None]
"""The latest that was found sound: an observation never changes."""


def checked_weight(weight: float) -> float:
    """Return `weight`.

    Raises:
        ValueError: If it is not in [0, 1], NaN included.
    """
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight must be in [0, 1], got {weight}")
    return weight
