"""`case.v1`: what people do about a borrower that a person has to look at.

A case is of a borrower and a legal entity. It opens when the tier's admission says that a person
is to look (`schemas.tier.Admission`), follows the tier, and ends when somebody has said what it
was. The topic `cases` holds the present state of each, compacted; `cases-restricted` those of the
restricted lane. Every record says what the last action on it was and what came of it.
"""

from enum import StrEnum
from typing import Final

import msgspec

from schemas.alert import Phase, Text
from schemas.money import Money

RESTRICTED: Final = "restricted"
RESTRICTED_PARTS: Final = 4
"""So many parts an id of the restricted lane has; no legal entity's name makes an id like it."""


class CaseState(StrEnum):
    """How far people are (domain.md 6.1)."""

    NEW = "NEW"
    ACKED = "ACKED"
    TRIAGED = "TRIAGED"
    ACTION = "ACTION"
    WAIT = "WAIT"
    OUTCOME = "OUTCOME"
    CLOSED = "CLOSED"


class Triage(StrEnum):
    """What the first look says."""

    REAL = "REAL"
    DATA = "DATA"
    KNOWN = "KNOWN"
    DUPLICATE = "DUPLICATE"


class Measure(StrEnum):
    """What people do about it."""

    CONTACT = "CONTACT"
    DOCUMENT = "DOCUMENT"
    PLAN = "PLAN"
    ESCALATE = "ESCALATE"
    FRAUD = "FRAUD"
    LEGAL = "LEGAL"


class CaseOutcome(StrEnum):
    """What it was; without one no case is closed by people."""

    TRUE_DISTRESS = "TRUE_DISTRESS"
    TRUE_FRAUD = "TRUE_FRAUD"
    MISUSE_CONFIRMED = "MISUSE_CONFIRMED"
    TEMPORARY = "TEMPORARY"
    SEASONAL = "SEASONAL"
    DATA_ERROR = "DATA_ERROR"
    DISPUTE = "DISPUTE"
    DUPLICATE = "DUPLICATE"
    UNKNOWN = "UNKNOWN"


HITS: Final = (
    CaseOutcome.TRUE_DISTRESS,
    CaseOutcome.TRUE_FRAUD,
    CaseOutcome.MISUSE_CONFIRMED,
)
"""Outcomes that say that a warning was right; what is neither here nor in `FALSE` says nothing."""
FALSE: Final = (CaseOutcome.TEMPORARY, CaseOutcome.SEASONAL, CaseOutcome.DATA_ERROR)
"""Outcomes that say that nobody should have been troubled (domain.md 6.2, false-alarm cost)."""


class Done(StrEnum):
    """What came of an action."""

    DONE = "DONE"
    PENDING = "PENDING"
    """It waits for a second person."""
    REFUSED = "REFUSED"


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a case's history: who did what, when, and what came of it.

    `kind` is that of the order (`schemas.case_orders` and the others), or of the machine: `opened`,
    `tier`, `waited` (a wait is over), `ended` (the cause is), `returned` (it is back), `lapsed` (an
    order that nobody endorsed); then there is no `operator`, and but for the last no `action_id`.
    `detail` says why something was refused, or what was said: a note's text, the outcome.
    """

    at: str
    kind: str
    done: Done = Done.DONE
    action_id: str | None = None
    operator: str | None = None
    detail: str | None = None


class Case(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="case.v1",
):
    """The present state of one case.

    `version` counts its records without a gap. `last_action_id` is what the next action on this
    borrower supersedes: who acts on an older one is refused. `ack_due_at` and `outcome_due_at` are
    the desk's own deadlines (domain.md 6.2), absent once met; `urgent_at` is when it gets worse by
    itself: the next due cut-off. `exposure` is what the borrower owes in all. `ended_at` is when
    the cause ended, whatever people have done; a case that nobody has claimed is closed then, with
    no outcome. `entries` holds the latest, oldest first. `pending` are those of them that wait.
    """

    case_id: str
    version: int
    borrower_id: str
    legal_entity: str
    lane: str
    state: CaseState
    tier: str
    hard: bool
    admission: str
    phase: Phase
    opened_at: str
    at: str
    tier_since: str
    reason: Text
    clears_when: Text
    dpd: int = 0
    exposure: Money | None = None
    overdue: Money | None = None
    alert_ids: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    segment: str = ""
    damped: bool = False
    holder: str | None = None
    acked_at: str | None = None
    ack_due_at: str | None = None
    outcome_due_at: str | None = None
    urgent_at: str | None = None
    triage: Triage | None = None
    measure: Measure | None = None
    wait_until: str | None = None
    snoozed_until: str | None = None
    outcome: CaseOutcome | None = None
    ended_at: str | None = None
    closed_at: str | None = None
    holds: tuple[str, ...] = ()
    entries: tuple[CaseEntry, ...] = ()
    pending: tuple[CaseEntry, ...] = ()
    last_action_id: str | None = None
    simulated: bool = False


def restricted_case_id(borrower_id: str, ordinal: int) -> str:
    """Return the id of a borrower's n-th case of the restricted lane.

    Examples:
        >>> restricted_case_id("brw_31c", 1)
        'brw_31c/restricted/default/1'
    """
    return f"{borrower_id}/{RESTRICTED}/default/{ordinal}"


def is_restricted(case_id: object) -> bool:
    """Whether an id is one of a case of the restricted lane; of no other kind of value.

    Examples:
        >>> is_restricted(restricted_case_id("brw_31c", 1)), is_restricted("brw_31c/restricted/1")
        (True, False)
    """
    parts = case_id.split("/") if isinstance(case_id, str) else []
    return len(parts) == RESTRICTED_PARTS and parts[1] == RESTRICTED


def case_id(borrower_id: str, legal_entity: str, ordinal: int) -> str:
    """Return the id of a borrower's n-th case towards a legal entity.

    Examples:
        >>> case_id("brw_31c", "default", 1)
        'brw_31c/default/1'
    """
    return f"{borrower_id}/{legal_entity}/{ordinal}"
