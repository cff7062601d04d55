"""What a detector sees of an event: an amount that moved, or nothing.

Money that came in tells of the borrower's business; failed attempts, holds and totals do not.
A corrected amount is looked at like any other; what takes an event back is no observation.

The mark is a hash of who was at the other end and by what channel; of a sale the channel alone,
since a shop's customers are new every day. Whether an instalment is short is the ledger's to say,
which has booked the event before it is observed.
"""

from typing import Final
from zlib import crc32

from detectors import Observation
from schemas.header import RecordKind
from schemas.journal import Event, PosClearingEvent, RepaymentEvent, SettlementEvent
from schemas.money import exponent
from schemas.pos_clearing import TxnType
from schemas.repayment import RepaymentStatus, RepaymentType
from schemas.settlement import Direction, SettlementType
from stream.ledger import Ledger, Times
from stream.ledger.view import State

PAID: Final = frozenset({RepaymentStatus.SUCCEEDED, RepaymentStatus.PARTIAL})
PAYING: Final = frozenset(
    {RepaymentType.PAYMENT, RepaymentType.PREPAYMENT, RepaymentType.COLLECTION_ATTEMPT}
)
INCOMING: Final = frozenset({SettlementType.TRANSFER, SettlementType.MERCHANT_SETTLEMENT})
SELLING: Final = frozenset({TxnType.SALE, TxnType.PREAUTH_COMPLETE})


def observe(event: Event, *, is_short: bool | None = None) -> Observation | None:
    """Return `event` as an observation, `None` if it is none.

    Args:
        event: The event.
        is_short: Of a repayment, whether it came late or left something unpaid, if that is known.
    """
    if event.data.record_kind not in (RecordKind.ORIGINAL, RecordKind.CORRECTION):
        return None
    who: str | None = None
    channel: str | None
    match event:
        case RepaymentEvent(data=data):
            stream = "repayment"
            counts = data.event_type in PAYING and data.status in PAID
            amount, who, channel = data.amount_paid, data.payer_token, data.method
        case SettlementEvent(data=data):
            stream = "settlement"
            counts = data.event_type in INCOMING and data.direction is Direction.CREDIT
            amount, who, channel = data.amount, data.counterparty_token, data.channel
        case PosClearingEvent(data=data):
            stream, counts = "pos_clearing", data.txn_type in SELLING
            amount, channel = data.amount_gross, data.channel
    if not counts or amount is None or amount.amount_minor == 0:
        return None
    return Observation(
        stream,
        event.event_at_ms,
        amount.amount_minor,
        exponent(amount.currency),
        mark(who, channel),
        is_short if stream == "repayment" else None,
    )


def mark(who: str | None, channel: str | None) -> int | None:
    """Return the hash of the other end and the channel, `None` if neither is known.

    Examples:
        >>> mark(None, None) is None
        True
        >>> mark("pay_1", "QR") == mark("pay_1", None)
        False
    """
    if who is None and channel is None:
        return None
    return crc32(f"{who}|{channel}".encode())


def is_overdue(event: Event, ledger: Ledger, times: Times) -> bool | None:
    """Return whether something of the event's loan is past due, `None` if nobody knows."""
    if not isinstance(event, RepaymentEvent) or event.data.loan_id is None:
        return None
    view = ledger.view(event.data.loan_id, times)
    return None if view is None or view.state is State.PENDING else view.overdue > 0


def is_short(before: bool | None, after: bool | None) -> bool | None:  # noqa: FBT001 - two answers of `is_overdue`
    """Return whether an instalment came late or was short: it was, or is, past due.

    Args:
        before: Whether something was past due before the event was booked.
        after: Whether something is, now.
    """
    return None if after is None else bool(before) or after
