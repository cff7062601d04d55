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
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

AMOUNT_MOST_MINOR = 2**53 - 1
"""The largest amount, in minor units: that of `schemas.money`."""

EXPONENT_MOST = 4
"""ISO 4217 has currencies with up to four decimals (CLF, UYW)."""

Baseline = Literal["segment", "blend", "own"]
"""Whose history an expectation rests on: the segment's, both, or the borrower's own."""


class Observation(NamedTuple):
    """What a detector sees of one event.

    Attributes:
        stream: `repayment`, `settlement` or `pos_clearing`.
        at_ms: When it happened, UTC epoch milliseconds.
        amount_minor: The amount in minor units, never negative.
        exponent: The decimals of its currency: CNY 2, JPY 0, KWD 3.
    """

    stream: str
    at_ms: int
    amount_minor: int
    exponent: int


class Score(NamedTuple):
    """How unusual one observation is, beside what the row had learned before it.

    Attributes:
        p_value: Two-sided, in (0, 1]: the chance of an observation at least this far from the
            expectation, if nothing has changed. Low is unusual.
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

    @property
    def p_low(self) -> float:
        """The one-sided chance of a value this low or lower."""
        return self.p_value / 2 if self.z < 0 else 1 - self.p_value / 2

    @property
    def p_high(self) -> float:
        """The one-sided chance of a value this high or higher."""
        return self.p_value / 2 if self.z > 0 else 1 - self.p_value / 2


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
        unit: `minor units` for amounts.
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
        """Return how unusual `x` is; `None` if `x` is not sound or of another stream.

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


def is_sound(x: Observation) -> bool:
    """Say whether every field of `x` is in its range; the stream's name is not looked at.

    Examples:
        >>> is_sound(Observation("repayment", 0, 862_500, 2))
        True
        >>> is_sound(Observation("repayment", 0, float("nan"), 2))
        False
    """
    return (
        type(x.amount_minor) is int
        and 0 <= x.amount_minor <= AMOUNT_MOST_MINOR
        and type(x.exponent) is int
        and 0 <= x.exponent <= EXPONENT_MOST
        and type(x.at_ms) is int
        and x.at_ms >= 0
    )


def checked_weight(weight: float) -> float:
    """Return `weight`.

    Raises:
        ValueError: If it is not in [0, 1], NaN included.
    """
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight must be in [0, 1], got {weight}")
    return weight
