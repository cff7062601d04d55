"""The story behind a simulated case: sales stop, and then two debits fail."""

import math
import random
from datetime import date, timedelta

from schemas.case import Case
from schemas.case_file import DAYS, CaseFile, Day, FileInstalment, FileLoan, FilePayment
from schemas.instants import HOUR_MS, MINUTE_MS, wire
from tests.browser.world import START_MS, yuan

TODAY = date(2026, 11, 23)
STOPS = date(2026, 11, 14)
UNPAID_SINCE = date(2026, 11, 10)
FIRST_DUE = date(2026, 9, 11)
INSTALMENT_MINOR = 862_500
HOLIDAY = (date(2026, 10, 1), date(2026, 10, 7))


def _expected(day: date) -> int:
    weekend = 1.35 if day.weekday() >= 5 else 1.0
    holiday = 1.5 if HOLIDAY[0] <= day <= HOLIDAY[1] else 1.0
    return int(310_000 * weekend * holiday)


def _sold(day: date, rng: random.Random) -> int:
    share = 1.0 if day <= STOPS else 0.2 if day <= STOPS + timedelta(days=2) else 0.0
    return int(_expected(day) * share * rng.lognormvariate(0, 0.16))


def _day(day: date, rng: random.Random) -> Day:
    expected, sold = _expected(day), _sold(day, rng)
    inflow = 0 if day.weekday() >= 5 else int(sold * 0.96)
    return Day(
        day=day,
        sales_minor=sold,
        sales=sold // 5200,
        inflow_minor=inflow,
        outflow_minor=inflow // 2,
        low_minor=int(expected * 0.62),
        expected_minor=expected,
        high_minor=int(expected * 1.45),
        special="NATIONAL_DAY" if HOLIDAY[0] <= day <= HOLIDAY[1] else None,
        peers=round(0.97 + 0.04 * math.sin(day.toordinal()), 3),
    )


def _instalment(loan: str, number: int, due: date) -> FileInstalment:
    paid = due < UNPAID_SINCE
    return FileInstalment(
        loan_id=loan,
        number=number,
        due=due,
        amount=yuan(INSTALMENT_MINOR),
        paid_minor=INSTALMENT_MINOR if paid else 0,
        overdue=not paid and due < TODAY,
    )


def _payment(loan: str, day: date, failure: str | None = None) -> FilePayment:
    return FilePayment(
        at=f"{day}T02:10:00Z",
        loan_id=loan,
        kind="COLLECTION_ATTEMPT" if failure else "PAYMENT",
        amount=yuan(INSTALMENT_MINOR),
        event_id=f"evt-{day}",
        failure=failure,
    )


def case_file(about: Case) -> CaseFile:
    """Return the story as it was known two minutes ago."""
    rng = random.Random(about.case_id)
    loan = "ln_" + about.borrower_id[4:]
    dues = [FIRST_DUE + timedelta(days=14 * i) for i in range(7)]
    paid = [_payment(loan, due) for due in dues if due < UNPAID_SINCE]
    failed = [
        _payment(loan, dues[5] + timedelta(days=days), "INSUFFICIENT_FUNDS") for days in (0, 1)
    ]
    return CaseFile(
        borrower_id=about.borrower_id,
        at=wire(START_MS - 2 * MINUTE_MS),
        zone="Asia/Shanghai",
        currency="CNY",
        days=tuple(_day(TODAY - timedelta(days=DAYS - i), rng) for i in range(DAYS)),
        instalments=tuple(_instalment(loan, 2 + i, due) for i, due in enumerate(dues)),
        payments=(*paid, *failed),
        loans=(
            FileLoan(
                loan_id=loan,
                outstanding=about.exposure or yuan(0),
                overdue=about.overdue or yuan(0),
                dpd=about.dpd,
                next_due=dues[6],
            ),
        ),
        sources={"core": wire(START_MS - MINUTE_MS), "acquirer-a": wire(START_MS - 3 * HOUR_MS)},
        simulated=True,
    )
