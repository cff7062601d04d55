"""An event of one of the three streams, for every borrower that it concerns.

Ingest decides nothing that needs memory: whether an event is new, a duplicate or a correction
is judged in the fold. Here its borrowers are found, a raw failure code gets its class, and a
token of a rotated key becomes the party's oldest name, in the business key too: so an event
sent again under the new key is the same event.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from schemas import journal
from schemas.dead_letter import DeadLetterReason
from schemas.envelope import Body, DecodeError, Envelope, EventBody
from schemas.failure_codes import ReasonClass, normalise
from schemas.instants import to_ms
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment, RepaymentStatus
from schemas.settlement import Settlement
from stream.intake.enums import unknown_fields
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Unresolved, admitted

_RECORDS: Final[dict[type, Callable[..., journal.Event]]] = {
    Repayment: journal.RepaymentEvent,
    Settlement: journal.SettlementEvent,
    PosClearing: journal.PosClearingEvent,
}

AnyBody = TypeVar("AnyBody", bound=Body)


def admit_event(
    envelope: Envelope, data: EventBody, raw: bytes, links: Links, wall_now_ms: int
) -> Admitted | Unresolved:
    """Make the journal records of an event.

    Args:
        envelope: The decoded event.
        data: Its body.
        raw: Its bytes.
        links: Who is who.
        wall_now_ms: When it arrived.

    Raises:
        DecodeError: If a repayment names another borrower than its loan's.
    """
    token, field_path = party(data)
    borrowers = _borrowers(data, token, links, envelope.at_ms)
    if not borrowers:
        return Unresolved(token, field_path, envelope.id, envelope.source, envelope.at_ms)
    unknown = unknown_fields(data, raw)
    data, business_key = oldest_names(data, envelope.business_key, links)
    reason_class = _reason_class(data)
    if reason_class is not None:
        data = msgspec.structs.replace(data, reason_class=reason_class)
        unknown += ("reason_code",) if reason_class is ReasonClass.OTHER else ()
    observed_at_ms = to_ms(data.observed_at) if data.observed_at else None
    make = _RECORDS[type(data)]
    records = [
        make(
            event_id=envelope.id,
            source=envelope.source,
            borrower_id=borrower_id,
            business_key=business_key,
            event_at_ms=envelope.at_ms,
            wall_arrival_at_ms=wall_now_ms,
            observed_at_ms=observed_at_ms,
            copy=copy,
            data=data,
        )
        for copy, borrower_id in enumerate(borrowers)
    ]
    return admitted(records, unknown)


def party(data: EventBody) -> tuple[str, str]:
    """Return the token that says whose the event is, and the path of its field."""
    match data:
        case Repayment(loan_id=str(loan_id)):
            return loan_id, "$.data.loan_id"
        case Repayment():
            return data.borrower_id or "", "$.data.borrower_id"
        case Settlement():
            return data.account_token, "$.data.account_token"
        case PosClearing():
            return data.merchant_id, "$.data.merchant_id"


def oldest_names(data: AnyBody, business_key: str, links: Links) -> tuple[AnyBody, str]:
    """Return a body and its business key with every token under its party's oldest name."""
    if not links.has_aliases:
        return data, business_key
    renamed = {}
    for field in data.__struct_fields__:
        said = getattr(data, field)
        if isinstance(said, str) and (oldest := links.oldest(said)) != said:
            renamed[field] = oldest
            business_key = business_key.replace(said, oldest)
    return (msgspec.structs.replace(data, **renamed) if renamed else data), business_key


def _borrowers(data: EventBody, token: str, links: Links, at_ms: int) -> tuple[str, ...]:
    if not isinstance(data, Repayment):
        return links.borrowers(token, at_ms)
    if data.loan_id is None:  # money of no loan: it names its borrower
        return (links.oldest(token),)
    owner = links.borrower_of_loan(token)
    if owner is None:
        return ()
    if data.borrower_id is not None and links.oldest(data.borrower_id) != owner:
        raise DecodeError(
            DeadLetterReason.BORROWER_MISMATCH,
            "$.data.borrower_id",
            f"expected the loan's borrower, `{owner}`, got `{data.borrower_id}`",
        )
    return (owner,)


def _reason_class(data: EventBody) -> ReasonClass | None:
    """Return the class of a raw failure code that came without one."""
    if isinstance(data, PosClearing) or data.reason_code is None or data.reason_class is not None:
        return None
    if isinstance(data, Repayment) and data.status is RepaymentStatus.SUCCEEDED:
        return None
    return normalise(data.reason_scheme, data.reason_code)
