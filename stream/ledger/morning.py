"""The morning's record: how many loans tie out with the core, and which do not, by cause.

Each partition counts its own loans; counts add up to the total over all partitions, which is the
trust gate: no machine contact without a tie-out (ledger.md 8).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from stream.ledger.account.ending import is_paid_off
from stream.ledger.loan import Loan
from stream.ledger.quarantine import is_released
from stream.ledger.records.days import Day

NAMED: Final = 20
"""So many loans that differ are named in the record; all of them are in their views."""


class Tie(StrEnum):
    """What the tie-out of one day says of a loan.

    `MISSING`: the core sent no position of that day. `AWAITING`: it did, and the day is not
    closed here.
    """

    EQUAL = "EQUAL"
    DIFFERS = "DIFFERS"
    RELEASED = "RELEASED"
    AWAITING = "AWAITING"
    MISSING = "MISSING"


class Verdict(NamedTuple):
    """What the tie-out says of a loan, and the cause where it differs."""

    tie: Tie
    cause: str = ""


def verdict_of(loan: Loan, as_of: Day) -> Verdict | None:
    """Return what the tie-out of day `as_of` says, `None` if the loan was not open on it.

    A position of a later day speaks for the loan as well: it is what counts this morning.
    """
    reckoning, tie_out = loan.reckoning(), loan.state.tie_out
    is_ended = reckoning is not None and reckoning.ending.status(as_of) is not None
    begins = loan.state.terms.disbursed if loan.state.terms else 0
    position = tie_out.position
    if is_ended or begins > as_of or (not begins and position is None):
        return None
    if position is None or position.as_of < as_of:
        return None if _is_paid_off(loan, as_of) else Verdict(Tie.MISSING)
    comparison = tie_out.comparison
    if comparison is None:
        return Verdict(Tie.AWAITING)
    if not comparison.cause:
        return Verdict(Tie.EQUAL)
    is_free = is_released(tie_out, comparison)
    return Verdict(Tie.RELEASED if is_free else Tie.DIFFERS, comparison.cause)


def _is_paid_off(loan: Loan, as_of: Day) -> bool:
    """Whether everything was paid when the loan was last counted, at the earliest on `as_of`."""
    reckoning, terms = loan.reckoning(), loan.state.terms
    if reckoning is None or terms is None:
        return False
    reckoning.at(as_of)
    return is_paid_off(reckoning.course.claim, terms)


class Morning(msgspec.Struct, kw_only=True):
    """The counts of some loans for one day; two of them add up.

    Attributes:
        as_of: The day, ISO 8601.
        ties: How many loans, by `Tie`.
        causes: How many of those that differ, by cause.
        differing: The ids of some that differ, the first in order.
    """

    as_of: str
    ties: dict[str, int] = msgspec.field(default_factory=dict)
    causes: dict[str, int] = msgspec.field(default_factory=dict)
    differing: list[str] = msgspec.field(default_factory=list)

    def count(self, verdicts: Mapping[str, Verdict]) -> None:
        """Count the loans of one borrower."""
        for loan_id, (tie, cause) in verdicts.items():
            self.ties[tie] = self.ties.get(tie, 0) + 1
            if tie is Tie.DIFFERS:
                self.causes[cause] = self.causes.get(cause, 0) + 1
                self._name([loan_id])

    def add(self, other: "Morning") -> None:
        """Count the loans of another partition."""
        for mine, theirs in ((self.ties, other.ties), (self.causes, other.causes)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number
        self._name(other.differing)

    def _name(self, loans: list[str]) -> None:
        self.differing = sorted({*self.differing, *loans})[:NAMED]

    @property
    def sentence(self) -> str:
        """Say it to a person.

        Examples:
            >>> morning = Morning(as_of="2026-03-10")
            >>> morning.count({"ln_1": Verdict(Tie.EQUAL)})
            >>> morning.count({"ln_2": Verdict(Tie.DIFFERS, "DAY_ROLL")})
            >>> morning.sentence
            '2026-03-10: 1 of 2 equal, 1 differs: DAY_ROLL 1 (ln_2)'
        """
        total, equal = sum(self.ties.values()), self.ties.get(Tie.EQUAL, 0)
        parts = [f"{self.as_of}: {equal:,} of {total:,} equal"]
        parts += [f"{number:,} {words}" for tie, words in _WORDS if (number := self.ties.get(tie))]
        if number := self.ties.get(Tie.DIFFERS):
            parts.append(f"{number:,} {'differs' if number == 1 else 'differ'}: {self._why}")
        return ", ".join(parts)

    @property
    def _why(self) -> str:
        """By which cause how many differ, and the first of them."""
        causes = ", ".join(f"{cause} {number:,}" for cause, number in sorted(self.causes.items()))
        more = ["..."] if len(self.differing) < self.ties[Tie.DIFFERS] else []
        return f"{causes} ({', '.join([*self.differing, *more])})"


_WORDS: Final = (
    (Tie.RELEASED, "released"),
    (Tie.AWAITING, "not closed yet"),
    (Tie.MISSING, "without a position"),
)
