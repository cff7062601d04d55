"""Returning customers of a Nigerian online lender, January 2016 to July 2017.

The public data set "Loan default prediction challenge" (Data Science Nigeria, 2018) has a row
for each earlier loan of a customer, with the days on which it was first due, first repaid and
closed, and one labelled loan a customer, good or bad. Each earlier loan becomes

    approval       contract, schedule, DISBURSEMENT
    first repaid   PAYMENT of the first instalment, of a loan that has several
    closed         PAYMENT of all that was left

A loan of 60 or 90 days has an instalment each 30 days, any other one at its end; that they are
equal is ours, and so are the later due dates. Where a loan with one instalment was repaid in
parts, nobody knows how much came first: it is paid when it is closed. What is ours says so
(`ESTIMATED`). What is paid early pays what falls due later, the first of two instalments as well:
no loan here gets another schedule.

The labelled loan is judged at its approval, from what was known before; the label's lead is its
term. Where the customer was born, banks or lives, and who referred it, is never read.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.header import Quality
from schemas.instants import DAY_MS, from_ms, to_ms
from schemas.money import Money
from schemas.reference import (
    BorrowerProfile,
    Instalment,
    LoanContract,
    ProductKind,
    RepaymentSchedule,
    ScheduleReason,
)
from schemas.repayment import Initiator, Repayment, RepaymentStatus, RepaymentType
from schemas.tokens import tokenise
from stream.sources.imports.tables import Row, made, midnight_ms, minor_units, read_rows
from stream.sources.labels import Label
from stream.sources.records import Record, clock

SOURCE: Final = "superlender"
CURRENCY: Final = "NGN"
TZ: Final = "Africa/Lagos"
ZONE: Final = ZoneInfo(TZ)

LABELLED, UNLABELLED = "trainprevloans.csv.xz", "testprevloans.csv.xz"
JUDGED: Final = "trainperf.csv.xz"

LOAN_COLUMNS: Final = (
    "customerid",
    "systemloanid",
    "approveddate",
    "loanamount",
    "totaldue",
    "termdays",
    "closeddate",
    "firstduedate",
    "firstrepaiddate",
)
JUDGED_COLUMNS: Final = ("customerid", "approveddate", "termdays", "good_bad_flag")

INSTALMENT_DAYS: Final = 30
BAD: Final = {"Good": 0, "Bad": 1}


class Loan(NamedTuple):
    """One earlier loan; instants in epoch milliseconds, `first_due` a day in Lagos."""

    borrower_id: str
    loan_id: str
    approved_ms: int
    principal_minor: int
    total_minor: int
    term_days: int
    first_due: date
    first_repaid_ms: int
    closed_ms: int

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        """What is due when: equal parts, the first one with what does not divide."""
        count = max(1, self.term_days // INSTALMENT_DAYS)
        part_minor, rest_minor = divmod(self.total_minor, count)
        return tuple(
            Instalment(
                instalment_no=no + 1,
                due_date=self.first_due + timedelta(days=no * INSTALMENT_DAYS),
                amount=_money(part_minor + (0 if no else rest_minor)),
            )
            for no in range(count)
        )

    @property
    def came_in_parts(self) -> bool:
        """Whether something was repaid on an earlier day than the last."""
        return _day(self.first_repaid_ms) < _day(self.closed_ms)


def read_loans(folder: Path, key: bytes, *, labelled_only: bool = False) -> list[Loan]:
    """Read the earlier loans from the data set's files in `folder`.

    Args:
        folder: Where `LABELLED` is, and `UNLABELLED`.
        key: What the tokens are made with, at least 16 bytes.
        labelled_only: Leave out the customers that have no label.

    Raises:
        ImportFileError: If a file or a column is missing, or a value is none.
    """
    files = (LABELLED,) if labelled_only else (LABELLED, UNLABELLED)
    rows = chain.from_iterable(read_rows(folder / name, LOAN_COLUMNS) for name in files)
    return [made(lambda row: _loan(row, key), row, "a loan") for row in rows]


def _loan(row: Row, key: bytes) -> Loan:
    return Loan(
        borrower_id=tokenise("borrower", row["customerid"], key=key),
        loan_id=tokenise("loan", row["systemloanid"], key=key),
        approved_ms=_instant_ms(row["approveddate"]),
        principal_minor=minor_units(row["loanamount"], CURRENCY),
        total_minor=minor_units(row["totaldue"], CURRENCY),
        term_days=int(row["termdays"]),
        first_due=_local(row["firstduedate"]).date(),
        first_repaid_ms=_instant_ms(row["firstrepaiddate"]),
        closed_ms=_instant_ms(row["closeddate"]),
    )


def read_labels(folder: Path, key: bytes) -> list[Label]:
    """Read how the labelled loans went; each is judged at its approval.

    Raises:
        ImportFileError: If a file or a column is missing, or a value is none.
    """
    rows = read_rows(folder / JUDGED, JUDGED_COLUMNS)
    return [
        made(lambda row: _label(row, key), row, "a loan that is `Good` or `Bad`") for row in rows
    ]


def _label(row: Row, key: bytes) -> Label:
    flag = row["good_bad_flag"]
    if flag not in BAD:
        raise ValueError(f"`{flag}`")
    approved_ms, term_days = _instant_ms(row["approveddate"]), int(row["termdays"])
    return Label(
        borrower_id=tokenise("borrower", row["customerid"], key=key),
        label=BAD[flag],
        until_ms=approved_ms,
        outcome_ms=approved_ms + term_days * DAY_MS,
        lead_days=term_days,
    )


def records(loans: Iterable[Loan]) -> Iterator[Record]:
    """Yield everything in order of time, with a clock record a day.

    A loan's contract comes when it is approved: nobody knew of it before.
    """
    by_time = sorted(chain.from_iterable(map(_records, loans)), key=attrgetter("at_ms"))
    known: set[str] = set()
    next_day = _day(by_time[0].at_ms) if by_time else None
    for record in by_time:
        while next_day and next_day <= _day(record.at_ms):
            yield clock(SOURCE, midnight_ms(next_day, ZONE))
            next_day += timedelta(days=1)
        if isinstance(record.data, LoanContract) and record.data.borrower_id not in known:
            known.add(record.data.borrower_id)
            yield _profile(record.data.borrower_id, record.at_ms)
        yield record
    if next_day:
        yield clock(SOURCE, midnight_ms(next_day, ZONE))


def _records(loan: Loan) -> Iterator[Record]:
    def record(name: str, at_ms: int, data: LoanContract | RepaymentSchedule | Repayment) -> Record:
        return Record(f"{loan.loan_id}-{name}", SOURCE, at_ms, data)

    instalments = loan.instalments
    yield record("contract", loan.approved_ms, _contract(loan))
    yield record("schedule", loan.approved_ms, _schedule(loan))
    yield record("disbursed", loan.approved_ms, _disbursed(loan))
    first_minor = 0
    if len(instalments) > 1 and loan.came_in_parts:
        first_minor = instalments[0].amount.amount_minor
        yield record("first", loan.first_repaid_ms, _paid(loan, "first", first_minor))
    yield record("last", loan.closed_ms, _paid(loan, "last", loan.total_minor - first_minor))


def _profile(borrower_id: str, at_ms: int) -> Record:
    data = BorrowerProfile(
        borrower_id=borrower_id, region="NG", tz=TZ, currency=CURRENCY, segment_ids=(SOURCE,)
    )
    return Record(f"{borrower_id}-profile", SOURCE, at_ms, data)


def _contract(loan: Loan) -> LoanContract:
    return LoanContract(
        loan_id=loan.loan_id,
        borrower_id=loan.borrower_id,
        product_kind=ProductKind.INSTALMENT,
        principal=_money(loan.principal_minor),
        disbursed_at=from_ms(loan.approved_ms),
        ledger_tz=TZ,
        maturity=loan.instalments[-1].due_date,
        advance_pays_next=True,
    )


def _schedule(loan: Loan) -> RepaymentSchedule:
    return RepaymentSchedule(
        loan_id=loan.loan_id,
        schedule_version=1,
        reason=ScheduleReason.ORIGINAL,
        instalments=loan.instalments,
    )


def _disbursed(loan: Loan) -> Repayment:
    return Repayment(
        event_type=RepaymentType.DISBURSEMENT,
        status=RepaymentStatus.SUCCEEDED,
        loan_id=loan.loan_id,
        borrower_id=loan.borrower_id,
        payment_ref="disbursed",
        tz=TZ,
    )


def _paid(loan: Loan, ref: str, paid_minor: int) -> Repayment:
    return Repayment(
        event_type=RepaymentType.PAYMENT,
        status=RepaymentStatus.SUCCEEDED,
        loan_id=loan.loan_id,
        borrower_id=loan.borrower_id,
        payment_ref=ref,
        amount_paid=_money(paid_minor),
        initiator=Initiator.BORROWER,
        quality=(Quality.ESTIMATED,),
        tz=TZ,
    )


def _day(at_ms: int) -> date:
    return from_ms(at_ms).astimezone(ZONE).date()


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _instant_ms(text: str) -> int:
    return to_ms(_local(text))


def _money(amount_minor: int) -> Money:
    return Money(amount_minor=amount_minor, currency=CURRENCY)
