"""The repayment stream: what a borrower pays, fails to pay, and what is changed (domain.md 2.2)."""

from datetime import date
from typing import Annotated, Final

import msgspec

from schemas.failure_codes import ReasonClass, ReasonScheme
from schemas.header import EventData, OpenEnum
from schemas.loan_terms import LoanStatus
from schemas.money import Money
from schemas.tokens import (
    AccountToken,
    BorrowerId,
    Code,
    LoanId,
    MandateId,
    PayerToken,
    ProductId,
    Reference,
)


class RepaymentType(OpenEnum):
    """What happened on the loan."""

    COLLECTION_ATTEMPT = "COLLECTION_ATTEMPT"
    PAYMENT = "PAYMENT"
    REVERSAL = "REVERSAL"
    RETURN = "RETURN"
    PREPAYMENT = "PREPAYMENT"
    WAIVER = "WAIVER"
    FEE = "FEE"
    RESCHEDULE = "RESCHEDULE"
    PROMISE_TO_PAY = "PROMISE_TO_PAY"
    WRITE_OFF = "WRITE_OFF"
    RECOVERY = "RECOVERY"
    DISBURSEMENT = "DISBURSEMENT"
    STATUS = "STATUS"
    STATEMENT = "STATEMENT"
    OTHER = "OTHER"


class RepaymentStatus(OpenEnum):
    """How far an attempt or a payment has come."""

    INITIATED = "INITIATED"
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    RETURNED = "RETURNED"
    REVERSED = "REVERSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    OTHER = "OTHER"


class Method(OpenEnum):
    """How the money moved."""

    DIRECT_DEBIT = "DIRECT_DEBIT"
    CARD_DEBIT = "CARD_DEBIT"
    QR_WALLET = "QR_WALLET"
    BANK_TRANSFER = "BANK_TRANSFER"
    SPLIT_SETTLEMENT = "SPLIT_SETTLEMENT"
    CASH = "CASH"
    INTERNAL_SWEEP = "INTERNAL_SWEEP"
    OTHER = "OTHER"


class Initiator(OpenEnum):
    """Who started it."""

    LENDER_AUTO = "LENDER_AUTO"
    LENDER_MANUAL = "LENDER_MANUAL"
    BORROWER = "BORROWER"
    THIRD_PARTY = "THIRD_PARTY"
    PARTNER = "PARTNER"
    OTHER = "OTHER"


class PayerRelation(OpenEnum):
    """What the payer is to the borrower."""

    BORROWER = "BORROWER"
    OWNER = "OWNER"
    SPOUSE_FAMILY = "SPOUSE_FAMILY"
    GUARANTOR = "GUARANTOR"
    RELATED_ENTITY = "RELATED_ENTITY"
    PARTNER_PLATFORM = "PARTNER_PLATFORM"
    COLLECTION_AGENCY = "COLLECTION_AGENCY"
    INSURER = "INSURER"
    UNRELATED = "UNRELATED"
    UNKNOWN = "UNKNOWN"
    OTHER = "OTHER"


class MandateStatus(OpenEnum):
    """The state of the debit mandate."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    OTHER = "OTHER"


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """What the core system booked the payment to; adds up to the amount paid."""

    principal: Money
    interest: Money
    fee: Money
    penalty: Money


LOANLESS_TYPES: Final = frozenset(
    {
        RepaymentType.PAYMENT,
        RepaymentType.PREPAYMENT,
        RepaymentType.REVERSAL,
        RepaymentType.RETURN,
    }
)
"""Money that came or went by itself: these events alone may name no loan."""


class Repayment(EventData, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a loan, keyed by `loan_id`.

    Money that names no loan, or several in `loan_ids`, names its `borrower_id` instead; it is in
    suspense until the core system says what it pays (docs/ledger.md). `loan_status` belongs to
    events of the type `STATUS`.
    """

    event_type: RepaymentType
    status: RepaymentStatus
    loan_id: LoanId | None = None
    loan_ids: tuple[LoanId, ...] = ()
    borrower_id: BorrowerId | None = None
    product_id: ProductId | None = None
    instalment_no: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    due_date: date | None = None
    due_date_unadjusted: date | None = None
    attempt_id: Reference | None = None
    attempt_no: Annotated[int, msgspec.Meta(ge=1)] | None = None
    attempt_group_id: Reference | None = None
    payment_ref: Reference | None = None
    amount_due: Money | None = None
    amount_requested: Money | None = None
    amount_paid: Money | None = None
    allocation: Allocation | None = None
    outstanding_principal_after: Money | None = None
    method: Method | None = None
    initiator: Initiator | None = None
    payer_token: PayerToken | None = None
    payer_relation: PayerRelation | None = None
    pay_account_token: AccountToken | None = None
    reason_scheme: ReasonScheme | None = None
    reason_code: Code | None = None
    reason_class: ReasonClass | None = None
    mandate_id: MandateId | None = None
    mandate_status: MandateStatus | None = None
    loan_status: LoanStatus | None = None
    promise_date: date | None = None
    promise_amount: Money | None = None
    dpd_source: Annotated[int, msgspec.Meta(ge=0)] | None = None
