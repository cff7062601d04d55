"""What came of one record: values, never exceptions."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What the ledger did with a record."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    IGNORED = "ignored"


class ConflictKind(StrEnum):
    """What is wrong with a record.

    `VERSION`: it contradicts another of the same key and version, and is not taken. The others
    are taken and not counted: the loan is quarantined until somebody settles it.
    """

    VERSION = "VERSION"
    ALLOCATION = "ALLOCATION"
    CURRENCY = "CURRENCY"
    TIME = "TIME"
    SCALE = "SCALE"
    AMOUNT = "AMOUNT"
    SCHEDULE = "SCHEDULE"
    ZONE = "ZONE"
    PROFILE = "PROFILE"


class Conflict(NamedTuple):
    """One thing that is wrong, in a sentence."""

    kind: ConflictKind
    loan_id: str
    message: str


class LedgerChange(NamedTuple):
    """What came of one record.

    Attributes:
        outcome: What was done with it.
        loans: Whose views may be different now.
        since_ms: The earliest instant from which anything may be different.
        conflicts: What is wrong with it.
    """

    outcome: Outcome
    loans: tuple[str, ...] = ()
    since_ms: int | None = None
    conflicts: tuple[Conflict, ...] = ()


IGNORED = LedgerChange(Outcome.IGNORED)
