"""A reference record, for the borrower that it is about."""

from collections.abc import Callable
from typing import Final

from schemas import journal
from schemas.envelope import Envelope
from schemas.reference import (
    BorrowerProfile,
    LoanContract,
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
    BorrowerProfile: journal.BorrowerProfileRecord,
    PartyLink: journal.PartyLinkRecord,
    TokenAlias: journal.TokenAliasRecord,
}


def admit_reference(
    envelope: Envelope, data: ReferenceData, raw: bytes, links: Links, wall_now_ms: int
) -> Admitted | Unresolved | Heard:
    """Make the journal records of a reference record: arguments as `events.admit_event`."""
    borrowers = _borrowers(data, links, envelope.at_ms)
    if not borrowers:
        if isinstance(data, RepaymentSchedule):
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


def _borrowers(data: ReferenceData, links: Links, at_ms: int) -> tuple[str, ...]:
    match data:
        case RepaymentSchedule():
            owner = links.borrower_of_loan(data.loan_id)
            return (owner,) if owner else ()
        case TokenAlias():
            return _known_as(data.old_token, links, at_ms)
        case _:
            return (links.oldest(data.borrower_id),)


def _known_as(token: str, links: Links, at_ms: int) -> tuple[str, ...]:
    """Return whom a token of any kind means."""
    kind = token.partition("_")[0]
    if kind == PREFIXES["borrower"]:
        return (links.oldest(token),)
    if kind == PREFIXES["loan"]:
        owner = links.borrower_of_loan(token)
        return (owner,) if owner else ()
    return links.borrowers(token, at_ms)
