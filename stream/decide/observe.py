"""What a detector sees of an event: an amount that moved, or nothing.

Money that came in tells of the borrower's business; failed attempts, holds and totals do not.
A corrected amount is looked at like any other; what takes an event back is no observation.
"""

from typing import Final

from detectors import Observation
from schemas.header import RecordKind
from schemas.journal import Event, PosClearingEvent, RepaymentEvent, SettlementEvent
from schemas.money import Money, exponent
from schemas.pos_clearing import TxnType
from schemas.repayment import RepaymentStatus, RepaymentType
from schemas.settlement import Direction, SettlementType

PAID: Final = frozenset({RepaymentStatus.SUCCEEDED, RepaymentStatus.PARTIAL})
PAYING: Final = frozenset(
    {RepaymentType.PAYMENT, RepaymentType.PREPAYMENT, RepaymentType.COLLECTION_ATTEMPT}
)
INCOMING: Final = frozenset({SettlementType.TRANSFER, SettlementType.MERCHANT_SETTLEMENT})
SELLING: Final = frozenset({TxnType.SALE, TxnType.PREAUTH_COMPLETE})


def observe(event: Event) -> Observation | None:
    """Return the amount of `event` as an observation, `None` if it is none."""
    if event.data.record_kind not in (RecordKind.ORIGINAL, RecordKind.CORRECTION):
        return None
    match event:
        case RepaymentEvent(data=data):
            stream = "repayment"
            counts = data.event_type in PAYING and data.status in PAID
            amount = data.amount_paid
        case SettlementEvent(data=data):
            stream = "settlement"
            counts = data.event_type in INCOMING and data.direction is Direction.CREDIT
            amount = data.amount
        case PosClearingEvent(data=data):
            stream, counts, amount = "pos_clearing", data.txn_type in SELLING, data.amount_gross
    return _observation(stream, event.event_at_ms, amount) if counts else None


def _observation(stream: str, at_ms: int, amount: Money | None) -> Observation | None:
    if amount is None or amount.amount_minor == 0:
        return None
    return Observation(stream, at_ms, amount.amount_minor, exponent(amount.currency))
