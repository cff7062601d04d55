"""What operators sign about contacting a borrower: the bodies of signed actions (domain.md 4.7)."""

from typing import Annotated, Literal

import msgspec

from schemas.instants import Instant
from schemas.tokens import LoanId, Reference

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
OperatorsHold = Literal[
    "LEGAL", "DECEASED", "DISPUTE", "COMPLAINT", "HARDSHIP", "MORATORIUM", "DISASTER_AREA",
    "VULNERABLE",
]  # fmt: skip
"""Which holds an operator may set: a compliance hold is set by compliance alone."""


class ApproveTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """Release a trigger that waits for people; it takes two who are not the same."""

    trigger_id: Reference
    kind: Literal["approve_trigger"] = "approve_trigger"


class PutOnHold(msgspec.Struct, frozen=True, kw_only=True):
    """Let no machine contact the borrower, or about one loan, until an instant or a lift."""

    hold: OperatorsHold
    reason: Reason
    until: Instant | None = None
    loan_id: LoanId | None = None
    kind: Literal["hold"] = "hold"


class LiftHold(msgspec.Struct, frozen=True, kw_only=True):
    """End the holds of a kind that operators, outcomes or returned payments set; two sign."""

    hold: OperatorsHold
    reason: Reason
    loan_id: LoanId | None = None
    kind: Literal["lift_hold"] = "lift_hold"
