"""How a trigger ends: nothing asks for it any more, or it must not happen although leave was given.

A contact that has happened, or may be happening, needs amends if the borrower should not have been
contacted as is known now: the retraction says `compensate`.
"""

from typing import Final

from schemas.alert import Cause
from schemas.collection_trigger import Guard, Op
from stream.decide.borrower import Borrower
from stream.decide.collection import words
from stream.decide.collection.asking import put
from stream.decide.collection.records import Said, tell
from stream.decide.collection.state import Trigger
from stream.decide.turn import Turn
from stream.ledger import LoanView

REPAIRS: Final = frozenset({Cause.LATE_DATA, Cause.CORRECTION})
STANDING: Final = frozenset({Op.PROPOSE, Op.DEFER, Op.NEED_APPROVAL})
"""What a reader may still expect something of."""

CALLED_BACK: Final = frozenset(
    {
        Guard.KILL_SWITCH,
        Guard.LEGAL_HOLD,
        Guard.DECEASED,
        Guard.COMPLIANCE_HOLD,
        Guard.DISPUTE,
        Guard.HARDSHIP,
        Guard.AMOUNT_CHECK,
        Guard.CONSENT,
        Guard.IDENTITY,
    }
)
"""Guards for which a contact is called back although leave was given a moment ago."""


def end(borrower: Borrower, trigger: Trigger, view: LoanView | None, turn: Turn) -> None:
    """End a trigger that nothing asks for any more."""
    said = Said(Op.RETRACT, words.GONE)
    if trigger.permit_ids:
        is_needed = _is_in_flight(borrower, trigger, turn) or _is_wronged(
            borrower, trigger, view, turn
        )
        said = said._replace(compensate=is_needed)
        if not is_needed:
            trigger.over_ms, trigger.ask_ms = turn.now_ms, None
            return
    close(borrower, trigger, said, turn)


def close(borrower: Borrower, trigger: Trigger, said: Said, turn: Turn) -> None:
    """End a trigger; told if a reader may still expect something of it, or amends are needed."""
    is_told = trigger.op in STANDING or said.compensate
    if trigger.op is Op.PROPOSE:
        trigger.end_proposal(turn.now_ms)
    trigger.over_ms, trigger.ask_ms = turn.now_ms, None
    if is_told:
        trigger.op, trigger.guard, trigger.until_ms = Op.RETRACT, None, None
        tell(borrower, trigger, said, turn)


def call_back(borrower: Borrower, trigger: Trigger, view: LoanView, turn: Turn) -> None:
    """Retract what leave was given for a moment ago, if it must not happen."""
    if trigger.over_ms is not None:
        return
    if not _is_in_flight(borrower, trigger, turn):
        trigger.ask_ms = None
        return
    trigger.ask_ms = None
    asked = put(borrower, trigger, view, turn)
    guard, _ = asked.decided
    if guard in CALLED_BACK:
        said = Said(Op.RETRACT, words.WHY[guard], asked, compensate=True)
        close(borrower, trigger, said, turn)


def _is_in_flight(borrower: Borrower, trigger: Trigger, turn: Turn) -> bool:
    contacts = borrower.collection.contacts
    return any(
        turn.now_ms < contacts[each].until_ms for each in trigger.permit_ids if each in contacts
    )


def _is_wronged(borrower: Borrower, trigger: Trigger, view: LoanView | None, turn: Turn) -> bool:
    """Whether the borrower was contacted about what was not so, as is known now."""
    if view is not None and view.overdue and trigger.intent.rung_dpd is not None:
        return False  # a later rung takes its place
    contacts = borrower.collection.contacts
    left_ms = max(
        (contacts[each].at_ms for each in trigger.permit_ids if each in contacts), default=0
    )
    return turn.cause in REPAIRS or (turn.event is not None and turn.since_ms < left_ms)
