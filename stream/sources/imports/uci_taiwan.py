"""Card clients of a Taiwanese bank, April to September 2005, as our events and labels.

The public data set "default of credit card clients" (UCI Machine Learning Repository, 2016;
Yeh and Lien, Expert Systems with Applications 36, 2009) has one row a client: for each of six
months the repayment status, the bill and the amount paid, the newest month first, and whether
the client defaulted in October. Each month becomes, for each client:

    18th   PAYMENT    what was paid, if anything: it pays the bill of the month before
    22nd   STATUS     days past due, as 30 for each month that the status says
    25th   STATEMENT  the bill, due on the 20th of the next month

The set has months and no days: the days and hours here are ours, between 9 and 17 in Taipei,
and every event says so (`ESTIMATED`). The contract's day stands for one that is not known. A
negative bill, money that the bank owes, is a statement of 0.

The columns SEX, EDUCATION, MARRIAGE and AGE are never read.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.header import Quality
from schemas.instants import HOUR_MS, from_ms
from schemas.money import Money
from schemas.reference import BorrowerProfile, LoanContract, ProductKind
from schemas.repayment import Initiator, Repayment, RepaymentStatus, RepaymentType
from schemas.tokens import tokenise
from stream.sources.imports.tables import Row, made, midnight_ms, minor_units, read_rows
from stream.sources.labels import Label
from stream.sources.records import Record, clock

SOURCE: Final = "uci_taiwan"
FILE: Final = "UCI_Credit_Card.csv.xz"
CURRENCY: Final = "TWD"
TZ: Final = "Asia/Taipei"
ZONE: Final = ZoneInfo(TZ)

MONTHS: Final = tuple(date(2005, month, 1) for month in range(4, 10))
END: Final = date(2005, 10, 1)
BILLS: Final = tuple(f"BILL_AMT{n}" for n in range(6, 0, -1))
PAID: Final = tuple(f"PAY_AMT{n}" for n in range(6, 0, -1))
STATUSES: Final = ("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0")
"""Columns from April to September; there is no PAY_1."""

COLUMNS: Final = ("ID", "LIMIT_BAL", *STATUSES, *BILLS, *PAID, "class")

PAYMENT_DAY, DUE_DAY, STATUS_DAY, STATEMENT_DAY = 18, 20, 22, 25
OPENS_MS, OPEN_MS = 9 * HOUR_MS, 8 * HOUR_MS
DAYS_PAST_DUE_A_MONTH: Final = 30


class Client(NamedTuple):
    """One row; the three tuples run from April to September.

    `bills` and `paid` are in minor units, a bill below 0 is the bank's debt. `statuses` are
    months of delay; 0 and below is none.
    """

    borrower_id: str
    loan_id: str
    limit_minor: int
    bills: tuple[int, ...]
    paid: tuple[int, ...]
    statuses: tuple[int, ...]
    label: int


def read_clients(folder: Path, key: bytes) -> list[Client]:
    """Read the clients from the data set's file in `folder`.

    Args:
        folder: Where `FILE` is.
        key: What their tokens are made with, at least 16 bytes.

    Raises:
        ImportFileError: If there is no such file, a column is missing or a number is none.
    """
    return [
        made(lambda row: _client(row, key), row, "whole numbers")
        for row in read_rows(folder / FILE, COLUMNS)
    ]


def _client(row: Row, key: bytes) -> Client:
    return Client(
        borrower_id=tokenise("borrower", row["ID"], key=key),
        loan_id=tokenise("loan", row["ID"], key=key),
        limit_minor=minor_units(row["LIMIT_BAL"], CURRENCY),
        bills=tuple(minor_units(row[name], CURRENCY) for name in BILLS),
        paid=tuple(minor_units(row[name], CURRENCY) for name in PAID),
        statuses=tuple(int(row[name]) for name in STATUSES),
        label=int(row["class"]),
    )


def records(clients: Sequence[Client]) -> Iterator[Record]:
    """Yield references, and then six months of events with a clock record a day."""
    for client in clients:
        yield from _references(client)
    day = MONTHS[0]
    while day < END:
        yield clock(SOURCE, _midnight_ms(day))
        yield from _events(day, clients)
        day += timedelta(days=1)
    yield clock(SOURCE, _midnight_ms(END))


def labels(clients: Iterable[Client]) -> Iterator[Label]:
    """Yield who defaulted in October 2005; what is decided from then on does not count."""
    end_ms = _midnight_ms(END)
    for client in clients:
        yield Label(client.borrower_id, client.label, until_ms=end_ms, outcome_ms=end_ms)


def _references(client: Client) -> Iterator[Record]:
    at_ms = _midnight_ms(MONTHS[0])
    profile = BorrowerProfile(
        borrower_id=client.borrower_id,
        kind="CARD_CLIENT",
        region="TW",
        tz=TZ,
        currency=CURRENCY,
        segment_ids=(SOURCE,),
    )
    contract = LoanContract(
        loan_id=client.loan_id,
        borrower_id=client.borrower_id,
        product_kind=ProductKind.REVOLVING,
        principal=_money(client.limit_minor),
        disbursed_at=from_ms(at_ms),
        ledger_tz=TZ,
    )
    yield Record(f"{client.borrower_id}-profile", SOURCE, at_ms, profile)
    yield Record(f"{client.loan_id}-contract", SOURCE, at_ms, contract)


def _events(day: date, clients: Sequence[Client]) -> Iterator[Record]:
    """Yield the events of one day, spread over its open hours in the clients' order."""
    make = {PAYMENT_DAY: _payment, STATUS_DAY: _status, STATEMENT_DAY: _statement}.get(day.day)
    if make is None:
        return
    month = day.month - MONTHS[0].month
    opens_ms = _midnight_ms(day) + OPENS_MS
    for index, client in enumerate(clients):
        data = make(client, month)
        if data is not None:
            record_id = f"{client.loan_id}-{day:%Y-%m}-{data.event_type}"
            yield Record(record_id, SOURCE, opens_ms + index * OPEN_MS // len(clients), data)


def _payment(client: Client, month: int) -> Repayment | None:
    if not client.paid[month]:
        return None
    return Repayment(
        event_type=RepaymentType.PAYMENT,
        status=RepaymentStatus.SUCCEEDED,
        loan_id=client.loan_id,
        borrower_id=client.borrower_id,
        payment_ref=f"{MONTHS[month]:%Y-%m}",
        due_date=MONTHS[month].replace(day=DUE_DAY),
        amount_paid=_money(client.paid[month]),
        initiator=Initiator.BORROWER,
        quality=(Quality.ESTIMATED,),
        tz=TZ,
    )


def _status(client: Client, month: int) -> Repayment:
    return Repayment(
        event_type=RepaymentType.STATUS,
        status=RepaymentStatus.OTHER,
        loan_id=client.loan_id,
        borrower_id=client.borrower_id,
        payment_ref=f"{MONTHS[month]:%Y-%m}",
        dpd_source=DAYS_PAST_DUE_A_MONTH * max(0, client.statuses[month]),
        quality=(Quality.ESTIMATED,),
        tz=TZ,
    )


def _statement(client: Client, month: int) -> Repayment:
    next_month = MONTHS[month].replace(month=MONTHS[month].month + 1)
    return Repayment(
        event_type=RepaymentType.STATEMENT,
        status=RepaymentStatus.PENDING,
        loan_id=client.loan_id,
        borrower_id=client.borrower_id,
        payment_ref=f"{MONTHS[month]:%Y-%m}",
        due_date=next_month.replace(day=DUE_DAY),
        amount_due=_money(max(0, client.bills[month])),
        quality=(Quality.ESTIMATED,),
        tz=TZ,
    )


def _money(amount_minor: int) -> Money:
    return Money(amount_minor=amount_minor, currency=CURRENCY)


def _midnight_ms(day: date) -> int:
    return midnight_ms(day, ZONE)
