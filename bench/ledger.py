"""What a repayment costs in the ledger: in order, out of order, and after a restart.

The first line, reading the journal's record, is the measure: it is paid for every event anyhow.
"""

from datetime import date, timedelta
from itertools import count

from bench.runner import Group, Line, Run
from schemas import journal
from schemas.instants import DAY_MS, from_ms
from schemas.loan_terms import LoanStatus
from schemas.money import Money
from schemas.reference import (
    Instalment,
    LoanContract,
    LoanPosition,
    ProductKind,
    RepaymentSchedule,
    ScheduleReason,
)
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from stream.ledger import Ledger, Passed, Times

PAYMENTS = 36
FIRST = date(2026, 1, 31)
STEP = timedelta(days=30)
BEGIN_MS = 1_767_225_600_000
LOAN, BORROWER, SOURCE = "ln_1", "brw_1", "core"
AMOUNT = Money(amount_minor=100_000, currency="CNY")
NOTHING = Money(amount_minor=0, currency="CNY")


def _references() -> list[journal.JournalRecord]:
    contract = LoanContract(
        loan_id=LOAN,
        borrower_id=BORROWER,
        product_kind=ProductKind.INSTALMENT,
        principal=Money(amount_minor=PAYMENTS * 100_000, currency="CNY"),
        disbursed_at=from_ms(BEGIN_MS),
        ledger_tz="Asia/Shanghai",
        classification_profile="CN",
    )
    schedule = RepaymentSchedule(
        loan_id=LOAN,
        schedule_version=1,
        reason=ScheduleReason.ORIGINAL,
        instalments=tuple(
            Instalment(
                instalment_no=no,
                due_date=FIRST + no * STEP,
                amount=AMOUNT,
                cut_off_local="22:00",
                grace_days=3,
            )
            for no in range(PAYMENTS)
        ),
    )
    kept = {"borrower_id": BORROWER, "effective_at_ms": BEGIN_MS, "wall_arrival_at_ms": BEGIN_MS}
    return [
        journal.LoanContractRecord(record_id="c", data=contract, **kept),
        journal.RepaymentScheduleRecord(record_id="s", data=schedule, **kept),
    ]


def _payment(no: int) -> journal.RepaymentEvent:
    at_ms = BEGIN_MS + (30 + no * STEP.days) * DAY_MS
    data = Repayment(
        event_type=RepaymentType.PAYMENT,
        status=RepaymentStatus.SUCCEEDED,
        loan_id=LOAN,
        borrower_id=BORROWER,
        payment_ref=f"p{no}",
        instalment_no=no,
        amount_paid=AMOUNT,
    )
    return journal.RepaymentEvent(
        event_id=f"e{no}",
        source=SOURCE,
        borrower_id=BORROWER,
        business_key=f"{LOAN}|PAYMENT|p{no}|SUCCEEDED",
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms + 1000,
        data=data,
    )


PAID = [_payment(no) for no in range(PAYMENTS)]
STORED = [journal.encode(each) for each in PAID]


def _times(event: journal.RepaymentEvent) -> Times:
    now_ms = event.wall_arrival_at_ms
    return Times(now_ms, {SOURCE: Passed(at_ms=now_ms)})


def _whole() -> Ledger:
    """Return a ledger with the loan, paid back."""
    ledger = Ledger()
    for record in _references():
        ledger.apply(record, _times(PAID[0]))
    for event in PAID:
        ledger.apply(event, _times(event))
    return ledger


def _read() -> Run:
    return lambda: [journal.decode(value) for value in STORED]


def _apply(*, looking: bool) -> Run:
    """Pay a loan back, in order; opening it is paid for with the payments."""
    made = [(event, _times(event)) for event in PAID]
    references = [(record, made[0][1]) for record in _references()]

    def run() -> None:
        ledger = Ledger()
        for record, times in references:
            ledger.apply(record, times)
        for event, times in made:
            ledger.apply(event, times)
            if looking:
                ledger.view(LOAN, times)

    return run


def _restart() -> Run:
    """Read the stored record of a loan that is paid back, and reckon it anew."""
    ledger, times = _whole(), _times(PAID[-1])
    parts = {LOAN: ledger.encode(LOAN)}
    return lambda: Ledger.load(parts).view(LOAN, times)


def _tie_out() -> Run:
    """Compare a position with the loan, a day later each time."""
    ledger, times = _whole(), _times(PAID[-1])
    days = count(times.now_ms // DAY_MS + 1)

    def run() -> None:
        at_ms = next(days) * DAY_MS
        data = LoanPosition(
            loan_id=LOAN,
            as_of=from_ms(at_ms).date(),
            dpd=0,
            overdue=NOTHING,
            status=LoanStatus.ACTIVE,
        )
        record = journal.LoanPositionRecord(
            borrower_id=BORROWER,
            record_id="t",
            effective_at_ms=at_ms + DAY_MS,
            wall_arrival_at_ms=at_ms + DAY_MS,
            data=data,
        )
        now_ms = at_ms + DAY_MS
        ledger.apply(record, Times(now_ms, {SOURCE: Passed(at_ms=now_ms)}))

    return run


GROUPS = (
    Group(
        "one repayment in the ledger",
        (
            Line("read the journal record", _read, PAYMENTS),
            Line("put it in, in order", lambda: _apply(looking=False), PAYMENTS),
            Line("put it in and look at its loan", lambda: _apply(looking=True), PAYMENTS),
            Line("reckon anew after a restart, each of 36", _restart, PAYMENTS),
            Line("compare a position", _tie_out),
        ),
    ),
)
