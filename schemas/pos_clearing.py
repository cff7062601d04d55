"""The POS clearing stream: the borrower's sales as the acquirers clear them (domain.md 2.4)."""

from datetime import date
from typing import Annotated

import msgspec

from schemas.header import EventData, OpenEnum
from schemas.money import Money
from schemas.tokens import Code, MerchantId, PayerToken, Reference, TerminalId


class TxnType(OpenEnum):
    """A void is of the same day, a refund comes later, a reversal is technical."""

    SALE = "SALE"
    PREAUTH_COMPLETE = "PREAUTH_COMPLETE"
    REFUND = "REFUND"
    VOID = "VOID"
    REVERSAL = "REVERSAL"
    CHARGEBACK = "CHARGEBACK"
    CHARGEBACK_REVERSAL = "CHARGEBACK_REVERSAL"
    REPRESENTMENT = "REPRESENTMENT"
    ADJUSTMENT = "ADJUSTMENT"
    FEE = "FEE"
    DAILY_TOTAL = "DAILY_TOTAL"
    OTHER = "OTHER"


class PosChannel(OpenEnum):
    """How the sale was taken."""

    CARD_PRESENT = "CARD_PRESENT"
    CARD_NOT_PRESENT = "CARD_NOT_PRESENT"
    QR_MERCHANT_PRESENTED = "QR_MERCHANT_PRESENTED"
    QR_CONSUMER_PRESENTED = "QR_CONSUMER_PRESENTED"
    ECOM = "ECOM"
    INSTALMENT = "INSTALMENT"
    OTHER = "OTHER"


class Scheme(OpenEnum):
    """Whose network cleared it."""

    CUP = "CUP"
    VISA = "VISA"
    MC = "MC"
    AMEX = "AMEX"
    JCB = "JCB"
    ALIPAY = "ALIPAY"
    WECHAT = "WECHAT"
    ECNY = "ECNY"
    UPI = "UPI"
    PIX = "PIX"
    OTHER = "OTHER"


class Funding(OpenEnum):
    """What stands behind the card or wallet."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"
    PREPAID = "PREPAID"
    WALLET_BALANCE = "WALLET_BALANCE"
    UNKNOWN = "UNKNOWN"
    OTHER = "OTHER"


class PosClearing(EventData, frozen=True, kw_only=True, omit_defaults=True):
    """One cleared transaction, keyed by `merchant_id`."""

    txn_type: TxnType
    merchant_id: MerchantId
    amount_gross: Money
    channel: PosChannel | None = None
    scheme: Scheme | None = None
    funding: Funding | None = None
    outlet_id: Reference | None = None
    terminal_id: TerminalId | None = None
    mcc: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$(?!\n)")] | None = None
    acquirer_id: Code | None = None
    forwarding_id: Code | None = None
    amount_discount: Money | None = None
    amount_paid: Money | None = None
    fee: Money | None = None
    amount_net: Money | None = None
    stan: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}$(?!\n)")] | None = None
    rrn: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{1,12}$(?!\n)")] | None = None
    auth_code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{1,8}$(?!\n)")] | None = None
    batch_no: Code | None = None
    voucher_no: Code | None = None
    channel_txn_id: Reference | None = None
    local_txn_date: date | None = None
    clearing_date: date | None = None
    settlement_date: date | None = None
    entry_mode: Code | None = None
    pos_condition: Code | None = None
    response_code: Code | None = None
    payer_token: PayerToken | None = None
    issuer_country: Code | None = None
    issuer_id: Code | None = None
    terminal_geo: Annotated[str, msgspec.Meta(pattern=r"^[0-9b-hjkmnp-z]{1,6}$(?!\n)")] | None = (
        None
    )
    original_ref: Reference | None = None
    chargeback_reason: Code | None = None
    instalment_months: Annotated[int, msgspec.Meta(ge=1)] | None = None
