"""The settlement stream: money on the borrower's accounts, and the accounts (domain.md 2.3)."""

from datetime import date
from typing import Annotated

import msgspec

from schemas.failure_codes import ReasonClass, ReasonScheme
from schemas.header import EventData, OpenEnum
from schemas.money import Money
from schemas.tokens import AccountToken, Code, CounterpartyToken, LoanId, Reference


class SettlementType(OpenEnum):
    """What happened on the account."""

    TRANSFER = "TRANSFER"
    MERCHANT_SETTLEMENT = "MERCHANT_SETTLEMENT"
    BATCH_SUMMARY = "BATCH_SUMMARY"
    DISBURSEMENT = "DISBURSEMENT"
    RETURN = "RETURN"
    REVERSAL = "REVERSAL"
    FEE = "FEE"
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    RESERVE = "RESERVE"
    BALANCE_SNAPSHOT = "BALANCE_SNAPSHOT"
    ACCOUNT_EVENT = "ACCOUNT_EVENT"
    OTHER = "OTHER"


class AccountRole(OpenEnum):
    """What the account is for."""

    REPAYMENT_DESIGNATED = "REPAYMENT_DESIGNATED"
    SETTLEMENT_PAYEE = "SETTLEMENT_PAYEE"
    OPERATING = "OPERATING"
    OWNER_PERSONAL = "OWNER_PERSONAL"
    ESCROW = "ESCROW"
    PARTNER_COLLECTION = "PARTNER_COLLECTION"
    OTHER = "OTHER"


class Direction(OpenEnum):
    """Seen from the account, as CRDT and DBIT of ISO 20022."""

    CREDIT = "CREDIT"
    DEBIT = "DEBIT"
    OTHER = "OTHER"


class CounterpartyClass(OpenEnum):
    """What the other side is to the borrower, as the source or its classifier says."""

    CUSTOMER = "CUSTOMER"
    SUPPLIER = "SUPPLIER"
    SELF = "SELF"
    OWNER = "OWNER"
    RELATED = "RELATED"
    UNRELATED_PERSON = "UNRELATED_PERSON"
    LENDER = "LENDER"
    PAYROLL = "PAYROLL"
    TAX = "TAX"
    SOCIAL_SECURITY = "SOCIAL_SECURITY"
    RENT = "RENT"
    UTILITY = "UTILITY"
    PLATFORM = "PLATFORM"
    ACQUIRER = "ACQUIRER"
    SECURITIES = "SECURITIES"
    WEALTH_MGMT = "WEALTH_MGMT"
    REAL_ESTATE = "REAL_ESTATE"
    FUTURES_CRYPTO = "FUTURES_CRYPTO"
    P2P_PRIVATE_LENDING = "P2P_PRIVATE_LENDING"
    EQUITY_INVESTMENT = "EQUITY_INVESTMENT"
    FIXED_ASSET = "FIXED_ASSET"
    GAMBLING = "GAMBLING"
    GOVERNMENT_COURT = "GOVERNMENT_COURT"
    CASH = "CASH"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class SettlementChannel(OpenEnum):
    """Where the transfer was ordered."""

    ONLINE_BANK = "ONLINE_BANK"
    MOBILE = "MOBILE"
    COUNTER = "COUNTER"
    ATM = "ATM"
    BATCH = "BATCH"
    API = "API"
    QR = "QR"
    OTHER = "OTHER"


class HoldKind(OpenEnum):
    """Who holds the money."""

    COURT = "COURT"
    POLICE = "POLICE"
    ACQUIRER_RISK = "ACQUIRER_RISK"
    BANK_KYC = "BANK_KYC"
    REGULATOR = "REGULATOR"
    OTHER = "OTHER"


class AccountChange(OpenEnum):
    """What changed on the account itself."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"
    PAYEE_CHANGED = "PAYEE_CHANGED"
    LIMIT_CHANGED = "LIMIT_CHANGED"
    DORMANT = "DORMANT"
    FROZEN = "FROZEN"
    UNFROZEN = "UNFROZEN"
    OTHER = "OTHER"


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The totals of one merchant settlement."""

    batch_id: Reference
    item_count: Annotated[int, msgspec.Meta(ge=0)] | None = None
    gross: Money | None = None
    refunds: Money | None = None
    chargebacks: Money | None = None
    fees: Money | None = None
    net: Money | None = None


class Settlement(EventData, frozen=True, kw_only=True, omit_defaults=True):
    """One event of an account, keyed by `account_token`."""

    event_type: SettlementType
    account_token: AccountToken
    account_role: AccountRole | None = None
    direction: Direction | None = None
    amount: Money | None = None
    fee: Money | None = None
    balance_after: Money | None = None
    available_balance: Money | None = None
    bank_txn_ref: Reference | None = None
    end_to_end_id: Reference | None = None
    clearing_system: Code | None = None
    counterparty_token: CounterpartyToken | None = None
    counterparty_class: CounterpartyClass | None = None
    counterparty_class_conf: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    counterparty_region: Code | None = None
    purpose_code: Code | None = None
    channel: SettlementChannel | None = None
    status: Code | None = None
    reason_scheme: ReasonScheme | None = None
    reason_code: Code | None = None
    reason_class: ReasonClass | None = None
    linked_loan_id: LoanId | None = None
    clearing_date: date | None = None
    batch: Batch | None = None
    hold_kind: HoldKind | None = None
    account_change: AccountChange | None = None
