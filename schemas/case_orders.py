"""What operators sign about a case: the bodies of signed actions (domain.md 6.1)."""

from typing import Annotated, Any

import msgspec

from schemas.case import CaseOutcome, Measure, Triage
from schemas.instants import Instant
from schemas.tokens import Code, Reference

CaseId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
"""What a person writes: checked for personal data where it is typed and where it is folded."""


class _About(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    case_id: CaseId


class Claim(_About, frozen=True, kw_only=True, tag="claim"):
    """Take a case that nobody holds."""


class GiveBack(_About, frozen=True, kw_only=True, tag="give_back"):
    """Let go of a case that one holds."""


class Assign(_About, frozen=True, kw_only=True, tag="assign"):
    """Hand a case to somebody; a supervisor's."""

    holder: Code


class Acknowledge(_About, frozen=True, kw_only=True, tag="acknowledge"):
    """Say that it was seen: it no longer escalates."""


class TriageCase(_About, frozen=True, kw_only=True, tag="triage"):
    """Say what the first look says."""

    triage: Triage


class TakeMeasure(_About, frozen=True, kw_only=True, tag="measure"):
    """Say what is being done about it."""

    measure: Measure


class Wait(_About, frozen=True, kw_only=True, tag="wait"):
    """Wait for something until an instant; it comes back then."""

    until: Instant
    reason: Words


class AddNote(_About, frozen=True, kw_only=True, tag="note"):
    """Write something down, without personal data."""

    text: Words


class SayOutcome(_About, frozen=True, kw_only=True, tag="outcome"):
    """Say what it was."""

    outcome: CaseOutcome


class CloseCase(_About, frozen=True, kw_only=True, tag="close"):
    """Close a case that has an outcome."""


class Endorse(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="endorse"):
    """Be the second person of an action that waits for one; never one's own."""

    record_id: Reference


CaseOrder = (
    Claim
    | GiveBack
    | Assign
    | Acknowledge
    | TriageCase
    | TakeMeasure
    | Wait
    | AddNote
    | SayOutcome
    | CloseCase
)
"""What is ordered about one case."""


def kind_of(order: Any) -> str:
    """Return the kind of any order, of a case or of a borrower.

    Examples:
        >>> kind_of(Claim(case_id="brw_31c/default/1"))
        'claim'
    """
    return str(type(order).__struct_config__.tag or order.kind)
