"""Events of a small lender: debits that fail, payments that come."""

from datetime import date

from schemas.failure_codes import ReasonScheme
from schemas.instants import DAY_MS, HOUR_MS, from_ms, parse
from schemas.money import Money
from schemas.reference import LoanContract, ProductKind
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from stream.sources.records import Record

START_MS = parse("2026-03-01T00:00:00+08:00")
SOURCE = "lms"


def day_ms(day):
    return START_MS + day * DAY_MS


def failed(borrower, day, instalment=1):
    """A debit that fails for want of funds at noon of a day."""
    ref = f"{borrower}-{instalment}-{day}"
    data = Repayment(
        event_type=RepaymentType.COLLECTION_ATTEMPT,
        status=RepaymentStatus.FAILED,
        loan_id=f"ln_{borrower}",
        instalment_no=instalment,
        due_date=date(2026, 3, 1),
        attempt_id=ref,
        reason_scheme=ReasonScheme.CUP,
        reason_code="51",
    )
    return Record(ref, SOURCE, day_ms(day) + 12 * HOUR_MS, data)


def paid(borrower, day, minor=10_000):
    """A payment at noon of a day."""
    ref = f"{borrower}-paid-{day}"
    data = Repayment(
        event_type=RepaymentType.PAYMENT,
        status=RepaymentStatus.SUCCEEDED,
        loan_id=f"ln_{borrower}",
        payment_ref=ref,
        amount_paid=Money(amount_minor=minor, currency="CNY"),
    )
    return Record(ref, SOURCE, day_ms(day) + 12 * HOUR_MS, data)


def contract(borrower):
    data = LoanContract(
        loan_id=f"ln_{borrower}",
        borrower_id=f"brw_{borrower}",
        product_kind=ProductKind.INSTALMENT,
        principal=Money(amount_minor=100_000, currency="CNY"),
        disbursed_at=from_ms(START_MS),
        ledger_tz="Asia/Shanghai",
    )
    return Record(f"{borrower}-contract", SOURCE, START_MS, data)
