"""The business key: what makes two records the same event, whatever their event ids.

A file sent again under new ids, or a retried message, has the same key (domain.md 2.1). The
version is not part of it: versions of one key supersede each other.

Where the source gives an `idempotency_key` that is taken (less a trailing version); else the
key is made of the fields below. Two departures from domain.md 2.1, both because one key must
mean one fact: the status of an attempt or payment is part of the key (an attempt that is first
PENDING and then FAILED is two facts), and so is the source's own reference where a stream
names several (docs/decisions/0004).
"""

from schemas.header import EventData
from schemas.pos_clearing import PosClearing
from schemas.repayment import LOANLESS_TYPES, Repayment
from schemas.settlement import Settlement


class MissingKeyError(ValueError):
    """The fields that would make a business key are not there; `field_path` is the first."""

    def __init__(self, field_path: str, wanted: str) -> None:
        super().__init__(f"expected {wanted} to tell this event from others, got none")
        self.field_path = field_path


def business_key(source: str, data: Repayment | Settlement | PosClearing) -> str:
    """Return the key of the event in `data`, as sent by `source`.

    Raises:
        MissingKeyError: If neither an idempotency key nor the fields that make one are there, or
            a repayment says neither whose loan nor whose money it is.
    """
    _refuse_ownerless(data)
    if data.idempotency_key is not None:
        return data.idempotency_key.removesuffix(f"|{data.record_version}")
    match data:
        case Repayment():
            return _repayment(data)
        case Settlement():
            return _settlement(source, data)
        case PosClearing():
            return _pos_clearing(data)


def _repayment(data: Repayment) -> str:
    reference = _first(data, "$.data.attempt_id", data.attempt_id, data.payment_ref)
    return f"{data.loan_id or data.borrower_id}|{data.event_type}|{reference}|{data.status}"


def _refuse_ownerless(data: EventData) -> None:
    if not isinstance(data, Repayment) or data.loan_id is not None:
        return
    if data.event_type not in LOANLESS_TYPES:
        raise MissingKeyError("$.data.loan_id", "`loan_id`")
    if data.borrower_id is None:
        raise MissingKeyError("$.data.loan_id", "`loan_id`, or `borrower_id` for money of no loan")


def _settlement(source: str, data: Settlement) -> str:
    batch_id = data.batch.batch_id if data.batch else None
    reference = _first(data, "$.data.bank_txn_ref", data.bank_txn_ref, batch_id, data.end_to_end_id)
    return (
        f"{source}|{data.account_token}|{data.event_type}|{reference}"
        f"|{data.direction or ''}|{data.booking_date or ''}"
    )


def _pos_clearing(data: PosClearing) -> str:
    if data.channel_txn_id is not None:
        return f"{data.channel or ''}|{data.channel_txn_id}|{data.txn_type}"
    reference = _first(data, "$.data.rrn", data.rrn, data.stan, data.voucher_no)
    return "|".join(
        str(part or "")
        for part in (
            data.acquirer_id,
            data.merchant_id,
            data.terminal_id,
            data.local_txn_date,
            data.stan,
            reference,
            data.txn_type,
        )
    )


_WANTED = {
    Repayment: "`attempt_id`, `payment_ref` or `idempotency_key`",
    Settlement: "`bank_txn_ref`, `batch.batch_id`, `end_to_end_id` or `idempotency_key`",
    PosClearing: "`channel_txn_id`, `rrn`, `stan`, `voucher_no` or `idempotency_key`",
}


def _first(data: EventData, field_path: str, *candidates: str | None) -> str:
    for candidate in candidates:
        if candidate:
            return candidate
    raise MissingKeyError(field_path, _WANTED[type(data)])
