"""The simulator's own ledger: by hand, and against its own events."""

from collections import defaultdict
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from schemas.instants import parse
from schemas.pos_clearing import PosClearing, TxnType
from schemas.repayment import Repayment, RepaymentStatus
from stream.sources.simulator.book import Book
from stream.sources.simulator.truth import Debt, Due, LoanDay, SalesDay, writer

START = date(2026, 1, 5)


@pytest.fixture
def debt():
    """Three instalments of 100, on the 5th, 12th and 19th; grace of three days."""
    return Debt(
        loan_id="ln_1",
        currency="CNY",
        instalments=[Due(date(2026, 1, day), 100) for day in (5, 12, 19)],
        grace_days=3,
        cut_off=time(22),
        zone=ZoneInfo("Asia/Shanghai"),
    )


def at(text):
    return parse(f"2026-01-{text}+08:00")


def standing(debt, day):
    row = debt.at_end_of(date(2026, 1, day))
    return row.owed_minor, row.paid_minor, row.overdue_minor, row.dpd


@pytest.mark.parametrize(
    ("moves", "day", "expected"),
    [
        pytest.param([], 4, (0, 0, 0, 0), id="before anything is due"),
        pytest.param([], 5, (100, 0, 0, 0), id="on the due date"),
        pytest.param([], 8, (100, 0, 0, 0), id="on the last day of grace"),
        pytest.param([], 9, (100, 0, 100, 4), id="after grace, from the due date"),
        pytest.param([], 16, (200, 0, 200, 11), id="two, by the oldest"),
        pytest.param([("09T10:00:00", 100)], 9, (100, 100, 0, 0), id="paid late, and cured"),
        pytest.param([("05T22:00:00", 100)], 5, (100, 100, 0, 0), id="paid at the cut-off"),
        pytest.param([("05T22:00:01", 100)], 5, (100, 0, 0, 0), id="paid after it"),
        pytest.param([("05T22:00:01", 100)], 6, (100, 100, 0, 0), id="... is paid the next day"),
        pytest.param([("06T10:00:00", 40)], 9, (100, 40, 60, 4), id="in part"),
        pytest.param([("16T10:00:00", 130)], 16, (200, 130, 70, 4), id="the oldest first"),
        pytest.param(
            [("05T10:00:00", 100), ("25T10:00:00", -100)], 24, (300, 100, 200, 12), id="as known"
        ),
        pytest.param(
            [("05T10:00:00", 100), ("25T10:00:00", -100)], 25, (300, 0, 300, 20), id="taken back"
        ),
    ],
)
def test_a_loan_stands(debt, moves, day, expected):
    for text, amount in moves:
        debt.move(at(text), amount)

    assert standing(debt, day) == expected


@pytest.fixture(scope="module")
def told():
    """A book with stories: its events, and its truth by loan or merchant and day."""
    book = Book(
        seed=5,
        borrowers=30,
        days=45,
        start=START,
        lifelike=True,
        stories=("returned_payment", "corrected_file", "feed_silent", "other_currencies"),
    )
    sales, loans = {}, {}

    def truth(sales_day, loan_day):
        sales[sales_day.merchant_id, sales_day.day] = sales_day
        loans[loan_day.loan_id, loan_day.day] = loan_day

    records = list(book.records(truth=truth))
    return book, records, sales, loans


def test_sales_are_those_of_the_events_when_all_corrections_are_in(told):
    _, records, sales, _ = told
    counted = defaultdict(lambda: [0, 0, 0, 0])
    latest = {}
    for record in records:
        if isinstance(record.data, PosClearing):
            key = record.record_id
            for suffix in ("-again", "-correction", "-cancel"):
                key = key.removesuffix(suffix)
            known = latest.get(key)
            if known is None or record.data.record_version > known.record_version:
                latest[key] = record.data
    for data in latest.values():
        if data.record_kind == "CANCEL":
            continue
        row = counted[data.merchant_id, data.local_txn_date]
        offset = 0 if data.txn_type is TxnType.SALE else 2
        row[offset] += 1
        row[offset + 1] += data.amount_gross.amount_minor

    last = START + timedelta(days=42)  # what is corrected later is not in the file
    assert {
        key: [row.sales, row.sales_minor, row.refunds, row.refunds_minor]
        for key, row in sales.items()
        if (row.sales or row.refunds) and key[1] <= last
    } == {key: row for key, row in counted.items() if key[1] <= last}


def test_what_is_paid_is_what_the_events_brought_less_what_they_took_back(told):
    _, records, _, loans = told
    paid = defaultdict(int)
    for record in records:
        data = record.data
        if isinstance(data, Repayment):
            sign = {RepaymentStatus.SUCCEEDED: 1, RepaymentStatus.RETURNED: -1}.get(data.status, 0)
            paid[data.loan_id] += sign * data.amount_paid.amount_minor
    last = START + timedelta(days=44)

    assert {loan_id: row.paid_minor for (loan_id, day), row in loans.items() if day == last} == {
        loan_id: paid[loan_id] for loan_id, day in loans if day == last
    }


def test_days_past_due_of_a_returned_payment_count_from_its_due_date(told):
    book, records, _, loans = told
    (row,) = [each for each in book.planted if each.rule == "RP15"]
    (returned,) = [
        each.data for each in records if getattr(each.data, "event_type", "") == "RETURN"
    ]
    due, day = returned.due_date, returned.booking_date
    loan_id = row.borrower_id.replace("brw", "ln")

    assert (day - due).days == 20
    assert loans[loan_id, day - timedelta(days=1)].dpd == 0
    assert loans[loan_id, day].dpd == 20
    assert loans[loan_id, day + timedelta(days=4)].dpd == 24
    assert loans[loan_id, day + timedelta(days=5)].dpd == 0


def test_a_healthy_loan_is_never_overdue(told):
    book, _, _, loans = told
    planted = {each.borrower_id.replace("brw", "ln") for each in book.planted}

    assert all(row.dpd == 0 for row in loans.values() if row.loan_id not in planted)


def test_currencies_are_those_of_the_shops(told):
    _, _, sales, loans = told

    assert {row.currency for row in sales.values()} == {"CNY", "JPY", "KWD"}
    assert {row.currency for row in loans.values()} == {"CNY", "JPY", "KWD"}


def test_rows_are_written_as_lines(tmp_path):
    path = tmp_path / "truth.jsonl"
    with path.open("wb") as out:
        writer(out)(
            SalesDay(START, "mer_1", "CNY", 1, 100, 0, 0),
            LoanDay(START, "ln_1", "CNY", 100, 100, 0, 0),
        )
    first, second = (orjson.loads(line) for line in path.read_bytes().splitlines())

    assert (first["merchant_id"], first["day"], first["sales_minor"]) == (
        "mer_1",
        "2026-01-05",
        100,
    )
    assert (second["loan_id"], second["dpd"]) == ("ln_1", 0)
