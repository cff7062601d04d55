"""What the guards need of records that others judge: payments on their way, returns, contracts.

Noted before go-live, too: a dispute of yesterday holds today.
"""

from typing import Final

from schemas import journal
from schemas.failure_codes import ReasonClass
from schemas.header import RecordKind
from schemas.reference import HoldKind
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from stream.decide.borrower import Borrower
from stream.decide.collection.breaches import hold_for_days, put_hold
from stream.decide.collection.state import PENDING_MS, Attempt, Held
from stream.decide.turn import Turn

MONEY_IN: Final = frozenset(
    {
        RepaymentType.PAYMENT,
        RepaymentType.PREPAYMENT,
        RepaymentType.COLLECTION_ATTEMPT,
        RepaymentType.RECOVERY,
    }
)
ON_ITS_WAY: Final = frozenset({RepaymentStatus.INITIATED, RepaymentStatus.PENDING})
PAID: Final = frozenset({RepaymentStatus.SUCCEEDED, RepaymentStatus.PARTIAL})
ATTEMPTS_MOST: Final = 12
"""Failed debits that are remembered of a loan; no scheme counts as many."""


def note_event(borrower: Borrower, event: journal.Event, turn: Turn, *, is_new: bool) -> bool:
    """Note what an event means for contacts; return whether it means anything.

    Args:
        borrower: Whose.
        event: It has been judged, and is applied.
        turn: Where and when.
        is_new: Whether its business key is.
    """
    if not isinstance(event, journal.RepaymentEvent):
        return False
    if event.data.record_kind is RecordKind.CANCEL:
        return False
    at_ms = min(event.event_at_ms, turn.now_ms)
    noted = _note_reason(borrower, event.data, turn)
    if event.data.event_type in MONEY_IN:
        noted |= _note_payment(borrower, event, at_ms, turn.now_ms, is_new=is_new)
    if noted:
        borrower.changed.add("collection")
    return noted


def _note_reason(borrower: Borrower, data: Repayment, turn: Turn) -> bool:
    if data.reason_class is ReasonClass.DECEASED:
        put_hold(borrower, Held(kind=HoldKind.DECEASED, since_ms=turn.now_ms))
        return True
    if data.reason_class is ReasonClass.CUSTOMER_DISPUTE:
        hold_for_days(borrower, HoldKind.DISPUTE, data.loan_id or "", turn)
        return True
    return False


def _note_payment(
    borrower: Borrower, event: journal.RepaymentEvent, at_ms: int, now_ms: int, *, is_new: bool
) -> bool:
    state, data = borrower.collection, event.data
    place, ref = data.loan_id or "", data.attempt_id or data.payment_ref or event.business_key
    if data.status in ON_ITS_WAY:
        if at_ms > now_ms - PENDING_MS:
            state.pending.setdefault(place, {})[ref] = at_ms
        return True
    noted = state.pending.get(place, {}).pop(ref, None) is not None
    if data.status in PAID:
        state.paid_ms[place] = max(at_ms, state.paid_ms.get(place, 0))
        return True
    is_failed = data.status is RepaymentStatus.FAILED and is_new
    if is_failed and data.event_type is RepaymentType.COLLECTION_ATTEMPT:
        attempts = state.attempts.setdefault(place, [])
        attempts.append(_attempt(data, at_ms))
        attempts.sort(key=lambda each: each.at_ms)
        del attempts[:-ATTEMPTS_MOST]
        borrower.changed.add("collection")
    return noted


def _attempt(data: Repayment, at_ms: int) -> Attempt:
    return Attempt(
        at_ms=at_ms,
        instalment_no=-1 if data.instalment_no is None else data.instalment_no,
        scheme=data.reason_scheme.value if data.reason_scheme else "",
        reason=data.reason_class.value if data.reason_class else ReasonClass.OTHER.value,
    )


def note_contract(borrower: Borrower, record: journal.LoanContractRecord) -> None:
    """Remember which conduct profile a contract names."""
    profiles, data = borrower.collection.profiles, record.data
    known = profiles.get(data.loan_id)
    if known is None and data.conduct_profile is None:
        return
    if known is None or record.effective_at_ms >= known[1]:
        profiles[data.loan_id] = (data.conduct_profile or "", record.effective_at_ms)
        borrower.changed.add("collection")


def note_contact_state(borrower: Borrower, record: journal.ContactStateRecord) -> bool:
    """Take how a borrower may be contacted, unless a later record is known."""
    references = borrower.references
    if record.effective_at_ms < references.contact_at_ms:
        return False
    references.contact, references.contact_at_ms = record.data, record.effective_at_ms
    borrower.changed.add("references")
    return True
