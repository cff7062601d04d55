"""What the contract says of a loan, as far as the ledger counts by it."""

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.instants import to_ms
from schemas.loan_terms import Component, WaterfallOrder
from schemas.reference import LoanContract, ProductKind
from stream.ledger.records.days import UTC, Day, local_day, zone_of

PARTS: Final = tuple(Component)
"""The order in which amounts are kept by component: fee, penalty, interest, principal."""

FEE, PENALTY, INTEREST, PRINCIPAL = range(4)

MAX_WAIT_DAYS: Final = 3
"""How long a day roll waits for sources that have not spoken (ledger.md 4, [D])."""

OPEN_PERIOD: Final = frozenset({ProductKind.REVOLVING, ProductKind.REVENUE_SHARE})
"""Kinds whose instalment is a minimum for a period: what comes within the period counts for it."""

ENDS_ALONE: Final = frozenset(
    {ProductKind.INSTALMENT, ProductKind.BULLET, ProductKind.INTEREST_ONLY}
)
"""Kinds that are paid off when everything of the schedule is paid."""


class Terms(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One loan's terms.

    Attributes:
        at_ms: When the contract record that said so took effect.
        zone: The IANA name of the zone in which the loan is counted.
        currency: The one in which it is owed.
        principal: What was lent, minor units.
        kind: How it is paid back.
        order: Indexes into `PARTS`, the first to be paid first.
        by_component: Whether a component is filled over all instalments before the next.
        pays_next: Whether money kept aside pays instalments as they fall due.
        residue: Rests up to this do not count for tiers; `None` for the profile's.
        profile: The classification profile's code, empty for the default.
        sources: Whose records of payments the day rolls wait for; empty for those seen.
        max_wait: Days after which a roll waits no longer.
        disbursed: The local day of disbursement.
        maturity: The last day by contract.
        legal_entity: Whose claim it is.
        partner: Through whom it was lent, empty if nobody is named.
    """

    at_ms: int
    zone: str
    currency: str
    principal: int
    kind: ProductKind
    order: tuple[int, ...]
    by_component: bool
    pays_next: bool
    residue: int | None
    profile: str
    sources: tuple[str, ...]
    max_wait: int
    disbursed: Day
    maturity: Day | None
    legal_entity: str
    partner: str = ""


def zone_of_terms(terms: Terms) -> ZoneInfo:
    """Return the zone in which a loan is counted."""
    return zone_of(terms.zone) or UTC


def read_contract(data: LoanContract, at_ms: int) -> Terms:
    """Return the terms of a contract; a zone that nobody knows counts as UTC."""
    zone = zone_of(data.ledger_tz or UTC.key) or UTC
    waterfall = data.waterfall
    return Terms(
        at_ms=at_ms,
        zone=zone.key,
        currency=data.principal.currency,
        principal=data.principal.amount_minor,
        kind=data.product_kind,
        order=_order(waterfall.components if waterfall else ()),
        by_component=waterfall is not None and waterfall.by is WaterfallOrder.COMPONENT,
        pays_next=bool(data.advance_pays_next),
        residue=data.residue_minor,
        profile=data.classification_profile or "",
        sources=tuple(sorted(set(data.payment_sources))),
        max_wait=MAX_WAIT_DAYS if data.max_wait_days is None else data.max_wait_days,
        disbursed=local_day(max(to_ms(data.disbursed_at), 0), zone),
        maturity=data.maturity.toordinal() if data.maturity else None,
        legal_entity=data.legal_entity or "",
        partner=data.partner_id or "",
    )


def _order(named: tuple[Component, ...]) -> tuple[int, ...]:
    """Return the indexes of the named components in that order, the others after them."""
    first = list(dict.fromkeys(PARTS.index(each) for each in named))
    return (*first, *(index for index in range(len(PARTS)) if index not in first))
