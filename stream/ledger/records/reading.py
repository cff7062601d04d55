"""Reads an event of the repayment stream as a fact, or as nothing that the ledger counts.

| event                                    | fact                                            |
|------------------------------------------|-------------------------------------------------|
| payment, prepayment, attempt, recovery   | `SUCCEEDED`, `PARTIAL`: payment                 |
|                                          | `RETURNED`, `REVERSED`: taken back              |
| reversal, return; any record `REVERSAL`  | taken back                                      |
| waiver, fee                              | waiver, fee                                     |
| write-off; status with `loan_status`     | ended                                           |
| any record `CANCEL`; any later version   | void: what an earlier version said is gone      |
| that came to nothing                     |                                                 |
| pending, failed, promised, all others    | nothing                                         |

The key is the business key without the status, so that all versions of one movement meet, also
where a correction changes the status (docs/decisions/0004 has the status in it, since an attempt
that is first pending and then failed is two events).
"""

from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from schemas.header import RecordKind
from schemas.journal import RepaymentEvent
from schemas.loan_terms import LoanStatus
from schemas.money import Money
from schemas.repayment import Method, PayerRelation, Repayment, RepaymentStatus, RepaymentType
from stream.ledger.records.doubt import day_meant, of_event
from stream.ledger.records.facts import WHOLE, Doubt, Fact, FactKind, digest
from stream.ledger.records.terms import PARTS

Status, Type = RepaymentStatus, RepaymentType

PAYING: Final = frozenset({Type.PAYMENT, Type.PREPAYMENT, Type.COLLECTION_ATTEMPT, Type.RECOVERY})
TAKING_BACK: Final = frozenset({Type.REVERSAL, Type.RETURN})
COUNTED: Final = PAYING | TAKING_BACK | {Type.WAIVER, Type.FEE, Type.WRITE_OFF, Type.STATUS}
OPEN_OR_FAILED: Final = frozenset(
    {Status.INITIATED, Status.PENDING, Status.FAILED, Status.CANCELLED, Status.EXPIRED}
)
ARRIVED: Final = frozenset({Status.SUCCEEDED, Status.PARTIAL})
GONE_BACK: Final = frozenset({Status.RETURNED, Status.REVERSED})

GUARANTEEING: Final = frozenset(
    {PayerRelation.GUARANTOR, PayerRelation.INSURER, PayerRelation.PARTNER_PLATFORM}
)
"""Who pays instead of the borrower. What a platform splits from its sales is the borrower's."""


class Reading(NamedTuple):
    """A fact under its key.

    Attributes:
        key: Digest of the movement's key.
        fact: What it says, `None` if the ledger does not count it.
        replaces: Digest of the event that a correction or cancellation is about.
    """

    key: bytes
    fact: Fact | None
    replaces: bytes | None = None


NOTHING: Final = Reading(b"", None)


def read_event(event: RepaymentEvent, zone: ZoneInfo) -> Reading:
    """Read one event, counted in the days of `zone`."""
    data = event.data
    kind = _kind(data)
    if kind is None:
        return NOTHING
    replaces = None
    if data.record_kind in (RecordKind.CORRECTION, RecordKind.CANCEL) and data.original_event_id:
        replaces = _name(event.source, data.original_event_id)
    return Reading(digest(_key(event, kind)), _fact(event, kind, zone), replaces)


def _kind(data: Repayment) -> FactKind | None:
    if data.event_type not in COUNTED:
        return None
    if data.record_kind is RecordKind.REVERSAL:
        return FactKind.TAKEN_BACK
    if data.record_kind is RecordKind.CANCEL:
        return FactKind.VOID
    kind = _kind_by_type(data)
    is_later = data.record_version > 1 or data.record_kind is RecordKind.CORRECTION
    if is_later and data.event_type in PAYING and kind is not FactKind.PAYMENT:
        return FactKind.VOID
    return FactKind.VOID if is_later and kind is None else kind


def _kind_by_type(data: Repayment) -> FactKind | None:
    status, of = data.status, data.event_type
    if of in PAYING:
        if status in ARRIVED:
            return FactKind.PAYMENT
        return FactKind.TAKEN_BACK if status in GONE_BACK else None
    if status in OPEN_OR_FAILED:
        return None
    if of in TAKING_BACK:
        return FactKind.TAKEN_BACK
    if of is Type.STATUS:
        return FactKind.ENDED if data.loan_status else None
    return _OTHERS.get(of)


_OTHERS: Final = {
    Type.WAIVER: FactKind.WAIVER,
    Type.FEE: FactKind.FEE,
    Type.WRITE_OFF: FactKind.ENDED,
}


def _key(event: RepaymentEvent, kind: FactKind) -> str:
    """Return the movement's key; taking back is a movement of its own."""
    data, key = event.data, event.business_key
    if data.record_kind is RecordKind.REVERSAL:
        return f"{key}|{RecordKind.REVERSAL}|{data.original_event_id or event.event_id}"
    if data.idempotency_key is None and kind is not FactKind.TAKEN_BACK:
        return key.removesuffix(f"|{data.status}")
    return key


def _fact(event: RepaymentEvent, kind: FactKind, zone: ZoneInfo) -> Fact:
    data = event.data
    if kind is FactKind.VOID or kind is FactKind.ENDED:
        return Fact(
            kind=kind,
            version=data.record_version,
            at_ms=event.event_at_ms,
            event=_name(event.source, event.event_id),
            status=data.loan_status or LoanStatus.WRITTEN_OFF if kind is FactKind.ENDED else None,
        )
    moved = _moved(data, kind)
    arrived_ms = event.observed_at_ms or event.wall_arrival_at_ms
    doubt = _doubt(event, moved, kind, arrived_ms, zone)
    is_time = doubt is Doubt.TIME
    return Fact(
        kind=kind,
        version=data.record_version,
        at_ms=event.event_at_ms,
        event=_name(event.source, event.event_id),
        currency=moved.currency if moved else "",
        amount=moved.amount_minor if moved else WHOLE if kind is FactKind.TAKEN_BACK else 0,
        refs=tuple(digest(ref) for ref in (data.attempt_id, data.payment_ref) if ref),
        target=_target(event) if kind is FactKind.TAKEN_BACK else None,
        instalment_no=data.instalment_no,
        due=data.due_date.toordinal() if data.due_date and kind is FactKind.FEE else None,
        split=_split(data) if kind is not FactKind.TAKEN_BACK else None,
        payer=_payer(data) if kind is FactKind.PAYMENT else "",
        is_prepayment=data.event_type is Type.PREPAYMENT,
        is_recovery=data.event_type is Type.RECOVERY,
        doubt=doubt,
        meant=day_meant(data, event.event_at_ms, arrived_ms, zone) if is_time else None,
    )


def _moved(data: Repayment, kind: FactKind) -> Money | None:
    """Return the money that the event is about."""
    paid, asked = data.amount_paid, data.amount_requested or data.amount_due
    match kind:
        case FactKind.TAKEN_BACK:
            return paid if paid and paid.amount_minor else None
        case FactKind.FEE:
            return _charged(data)
        case FactKind.WAIVER:
            return paid or asked
        case _:
            return asked if paid is None and data.status is Status.SUCCEEDED else paid


def _charged(data: Repayment) -> Money | None:
    """Return what is owed by a fee: what was charged less what was paid with it."""
    due, paid = data.amount_due, data.amount_paid
    if due is None:
        return msgspec.structs.replace(paid, amount_minor=0) if paid else None
    rest = due.amount_minor - (paid.amount_minor if paid else 0)
    return msgspec.structs.replace(due, amount_minor=max(rest, 0))


def _target(event: RepaymentEvent) -> bytes | None:
    original = event.data.original_event_id
    return _name(event.source, original) if original else None


def _name(source: str, event_id: str) -> bytes:
    """Return the digest that stands for an event; its id is unique within its source alone."""
    return digest(f"{source} {event_id}")


def _split(data: Repayment) -> tuple[int, ...] | None:
    if data.allocation is None:
        return None
    return tuple(getattr(data.allocation, each.lower()).amount_minor for each in PARTS)


def _payer(data: Repayment) -> str:
    relation = data.payer_relation
    if relation not in GUARANTEEING or data.method is Method.SPLIT_SETTLEMENT:
        return ""
    return f"{relation} {data.payer_token}" if data.payer_token else str(relation)


def _doubt(
    event: RepaymentEvent, moved: Money | None, kind: FactKind, arrived_ms: int, zone: ZoneInfo
) -> Doubt:
    if kind is FactKind.TAKEN_BACK:
        return Doubt.NONE
    if kind is not FactKind.PAYMENT:
        return Doubt.NONE if moved else Doubt.AMOUNT
    return of_event(event.data, moved, event.event_at_ms, arrived_ms, zone)
