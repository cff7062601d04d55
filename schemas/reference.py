"""Reference records: what the events are about (domain.md 2.5).

They are keyed and compacted on their topic; each becomes a journal record of its borrower.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from schemas.collection_trigger import Channel
from schemas.header import OpenEnum
from schemas.instants import Instant
from schemas.loan_terms import ArrearsTreatment, Components, LoanStatus, Waterfall
from schemas.money import CurrencyCode, MinorUnits, Money
from schemas.tokens import (
    AccountToken,
    BorrowerId,
    Code,
    LoanId,
    MandateId,
    PartyToken,
    ProductId,
    Reference,
)


class ProductKind(OpenEnum):
    """How a loan is paid back."""

    INSTALMENT = "INSTALMENT"
    BULLET = "BULLET"
    INTEREST_ONLY = "INTEREST_ONLY"
    REVOLVING = "REVOLVING"
    REVENUE_SHARE = "REVENUE_SHARE"
    OTHER = "OTHER"


class Relation(OpenEnum):
    """What a token is to the borrower."""

    BORROWER = "BORROWER"
    OWNER = "OWNER"
    GUARANTOR = "GUARANTOR"
    ACCOUNT = "ACCOUNT"
    MERCHANT = "MERCHANT"
    TERMINAL = "TERMINAL"
    OTHER = "OTHER"


class ScheduleReason(StrEnum):
    """Why a schedule version came to be."""

    ORIGINAL = "ORIGINAL"
    RESCHEDULE = "RESCHEDULE"
    FORBEARANCE = "FORBEARANCE"
    RENEWAL = "RENEWAL"


class LoanContract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One loan: whose it is, what was lent, in whose days it is counted.

    `waterfall`, `advance_pays_next`, `residue_minor`, `payment_sources` and `max_wait_days` are
    read by the ledger, which has a default for each (docs/ledger.md).
    """

    loan_id: LoanId
    borrower_id: BorrowerId
    product_kind: ProductKind
    principal: Money
    disbursed_at: Instant
    ledger_tz: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$(?!\n)")] | None = None
    product_id: ProductId | None = None
    maturity: date | None = None
    disburse_account_token: AccountToken | None = None
    repayment_account_tokens: tuple[AccountToken, ...] = ()
    mandate_id: MandateId | None = None
    partner_id: Code | None = None
    legal_entity: Code | None = None
    conduct_profile: Code | None = None
    classification_profile: Code | None = None
    waterfall: Waterfall | None = None
    advance_pays_next: bool | None = None
    residue_minor: MinorUnits | None = None
    payment_sources: tuple[Reference, ...] = ()
    max_wait_days: Annotated[int, msgspec.Meta(ge=0, le=30)] | None = None


class Instalment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One amount due on one date, in the contract's `ledger_tz`."""

    instalment_no: Annotated[int, msgspec.Meta(ge=0)]
    due_date: date
    amount: Money
    due_date_unadjusted: date | None = None
    cut_off_local: Annotated[str, msgspec.Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$(?!\n)")] | None = (
        None
    )
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 0
    components: Components | None = None


class RepaymentSchedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of what is owed when; earlier versions are kept.

    It takes effect at the beginning of `effective_from`, else at the time of its record.
    `arrears` says what becomes of what is overdue then; `advance_applied` is how much of the
    money kept aside this version has used.
    """

    loan_id: LoanId
    schedule_version: Annotated[int, msgspec.Meta(ge=1)]
    reason: ScheduleReason
    instalments: tuple[Instalment, ...]
    effective_from: date | None = None
    arrears: ArrearsTreatment | None = None
    advance_applied: Money | None = None


class LoanPosition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a loan stood in the core system at the end of `as_of`, in the contract's `ledger_tz`.

    Sent for every open loan each day. `outstanding` is the principal not yet paid back;
    `booked_class` the class that the lender's books have it in, in words of the contract's
    `classification_profile`.
    """

    loan_id: LoanId
    as_of: date
    dpd: Annotated[int, msgspec.Meta(ge=0)]
    overdue: Money
    status: LoanStatus
    outstanding: Money | None = None
    booked_class: Code | None = None


class BorrowerProfile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What kind of borrower it is; its first segment chooses priors and parameters."""

    borrower_id: BorrowerId
    kind: Code | None = None
    industry: Code | None = None
    region: Code | None = None
    tz: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$(?!\n)")] | None = None
    language: Code | None = None
    size_band: Code | None = None
    vintage: Code | None = None
    currency: CurrencyCode | None = None
    segment_ids: tuple[Code, ...] = ()


class PartyLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One token belongs to one borrower; a shared account has one link for each."""

    token: PartyToken
    borrower_id: BorrowerId
    relation: Relation
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class TokenAlias(msgspec.Struct, frozen=True, kw_only=True):
    """After a key rotation: `token`, made with the new key, is the same party as `old_token`."""

    token: PartyToken
    old_token: PartyToken
    id_key_version: Annotated[int, msgspec.Meta(ge=2)]


class HoldKind(StrEnum):
    """Why no machine contacts a borrower (domain.md 4.7)."""

    LEGAL = "LEGAL"
    DECEASED = "DECEASED"
    COMPLIANCE = "COMPLIANCE"
    DISPUTE = "DISPUTE"
    COMPLAINT = "COMPLAINT"
    HARDSHIP = "HARDSHIP"
    MORATORIUM = "MORATORIUM"
    DISASTER_AREA = "DISASTER_AREA"
    VULNERABLE = "VULNERABLE"


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One hold: from `since` (always) until `until` (for good), of one loan or of all."""

    kind: HoldKind
    since: Instant | None = None
    until: Instant | None = None
    loan_id: LoanId | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the borrower said of one channel: whether it may be used, and outside the hours."""

    channel: Channel
    given: bool = True
    night: bool = False


class ContactState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether and how a borrower may be contacted; the latest record counts as a whole.

    A contact is made in the hours that are allowed in all of `zones`. `verified` are the channels
    that are known to reach the borrower and nobody else.
    """

    borrower_id: BorrowerId
    zones: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$(?!\n)")], ...] = ()
    region: Code | None = None
    consents: tuple[Consent, ...] = ()
    verified: tuple[Channel, ...] = ()
    holds: tuple[Hold, ...] = ()


ReferenceData = (
    LoanContract
    | RepaymentSchedule
    | LoanPosition
    | BorrowerProfile
    | PartyLink
    | TokenAlias
    | ContactState
)
