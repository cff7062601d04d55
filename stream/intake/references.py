"""A reference record, for the borrower that it is about."""

from collections.abc import Callable
from typing import Final

from schemas import journal
from schemas.envelope import Envelope, decode
from schemas.reference import (
    BorrowerProfile,
    ContactState,
    LoanContract,
    LoanPosition,
    PartyLink,
    ReferenceData,
    RepaymentSchedule,
    TokenAlias,
)
from schemas.tokens import PREFIXES
from stream.intake.enums import unknown_fields
from stream.intake.events import oldest_names
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Heard, Unresolved, admitted

_RECORDS: Final[dict[type, Callable[..., journal.ReferenceRecord]]] = {
    LoanContract: journal.LoanContractRecord,
    RepaymentSchedule: journal.RepaymentScheduleRecord,
    LoanPosition: journal.LoanPositionRecord,
    BorrowerProfile: journal.BorrowerProfileRecord,
    PartyLink: journal.PartyLinkRecord,
    TokenAlias: journal.TokenAliasRecord,
    ContactState: journal.ContactStateRecord,
}


def admit_reference(
    envelope: Envelope, data: ReferenceData, raw: bytes, links: Links, wall_now_ms: int
) -> Admitted | Unresolved | Heard:
    """Make the journal records of a reference record: arguments as `events.admit_event`."""
    borrowers = _borrowers(data, links, envelope.at_ms)
    if not borrowers:
        if isinstance(data, RepaymentSchedule | LoanPosition):
            return Unresolved(data.loan_id, "$.data.loan_id", envelope.id)
        return Heard()
    unknown = unknown_fields(data, raw)
    if not isinstance(data, TokenAlias):
        data, _ = oldest_names(data, "", links)
    make = _RECORDS[type(data)]
    records = [
        make(
            borrower_id=borrower_id,
            record_id=envelope.id,
            effective_at_ms=envelope.at_ms,
            wall_arrival_at_ms=wall_now_ms,
            data=data,
        )
        for borrower_id in borrowers
    ]
    return admitted(records, unknown)


def read_reference(raw: bytes | None) -> ReferenceData | None:
    """Return the body of a reference record, `None` for anything else; never raises.

    What it was instead is said by whoever admits it.
    """
    try:
        data = decode(raw or b"").data
    except Exception:  # noqa: BLE001 - as admit: one record must not stop the others
        return None
    return data if isinstance(data, ReferenceData) else None


def owner(data: ReferenceData, links: Links) -> str | None:
    """Return the borrower that the record is about, if it is about one and that is known."""
    match data:
        case RepaymentSchedule() | LoanPosition():
            return links.borrower_of_loan(data.loan_id)
        case TokenAlias():
            return None
        case _:
            return links.oldest(data.borrower_id)


def _borrowers(data: ReferenceData, links: Links, at_ms: int) -> tuple[str, ...]:
    if isinstance(data, TokenAlias):
        return _known_as(data.old_token, links, at_ms)
    borrower_id = owner(data, links)
    return (borrower_id,) if borrower_id else ()


def _known_as(token: str, links: Links, at_ms: int) -> tuple[str, ...]:
    """Return whom a token of any kind means."""
    kind = token.partition("_")[0]
    if kind == PREFIXES["borrower"]:
        return (links.oldest(token),)
    if kind == PREFIXES["loan"]:
        borrower_id = links.borrower_of_loan(token)
        return (borrower_id,) if borrower_id else ()
    return links.borrowers(token, at_ms)
