"""The adapter of the card clients, on a file written by hand in the same layout."""

import lzma
from collections import Counter
from pathlib import Path

import pytest

from schemas.envelope import decode
from schemas.instants import DAY_MS, parse
from stream.sources.imports import uci_taiwan
from stream.sources.imports.tables import PUBLIC_KEY, ImportFileError
from stream.sources.imports.uci_taiwan import COLUMNS, FILE, read_clients
from stream.sources.labels import Label
from stream.sources.records import TYPE_OF, line

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "uci_taiwan"
IGNORED = ("SEX", "EDUCATION", "MARRIAGE", "AGE")

# Nobody's: newest month first, as the columns of the set are.
ANNA = {
    "ID": "1",
    "LIMIT_BAL": "50000.0",
    **dict(zip(("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"), "320002", strict=True)),
    **{f"BILL_AMT{n}": f"{1000 + n}.0" for n in range(1, 7)},
    **{f"PAY_AMT{n}": f"{100 + n}" for n in range(1, 7)},
    **dict.fromkeys(IGNORED, "SECRET"),
    "class": "1",
}
BORIS = ANNA | {
    "ID": "2",
    **dict.fromkeys(("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"), "-2"),
    "BILL_AMT6": "-77",
    **{f"PAY_AMT{n}": "0" for n in range(1, 7)},
    "class": "0",
}


@pytest.fixture
def folder(tmp_path):
    """Return what writes rows into a folder, as the data set is."""

    def write(*rows, without=()):
        names = [name for name in (*COLUMNS, *IGNORED) if name not in without]
        lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
        with lzma.open(tmp_path / FILE, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return tmp_path

    return write


def imported(folder, key=PUBLIC_KEY):
    records = uci_taiwan.records(read_clients(folder, key))
    return [decode(line(record, TYPE_OF[type(record.data)]).rstrip()) for record in records]


def of(envelopes, event_type):
    events = [each for each in envelopes if each.type == "repayment.v1"]
    return [each for each in events if each.data.event_type == event_type]


def test_the_newest_month_stands_first_in_the_row_and_last_in_the_file(folder):
    bills = of(imported(folder(ANNA)), "STATEMENT")

    assert [each.data.amount_due.amount_minor for each in bills] == [
        100_600, 100_500, 100_400, 100_300, 100_200, 100_100
    ]  # fmt: skip
    assert [str(each.data.due_date) for each in bills] == [
        f"2005-{month:02}-20" for month in range(5, 11)
    ]


def test_what_is_paid_in_a_month_pays_the_bill_of_the_month_before(folder):
    envelopes = imported(folder(ANNA))
    bills = of(envelopes, "STATEMENT")
    payments = of(envelopes, "PAYMENT")

    assert [each.data.amount_paid.amount_minor for each in payments] == [
        10_600, 10_500, 10_400, 10_300, 10_200, 10_100
    ]  # fmt: skip
    assert [each.data.due_date for each in payments[1:]] == [
        each.data.due_date for each in bills[:-1]
    ]
    assert all(bill.at_ms < paid.at_ms for bill, paid in zip(bills, payments[1:], strict=False))


def test_a_status_tells_the_months_of_delay_as_days(folder):
    statuses = of(imported(folder(ANNA, BORIS)), "STATUS")

    assert [each.data.dpd_source for each in statuses[::2]] == [60, 0, 0, 0, 60, 90]
    assert [each.data.dpd_source for each in statuses[1::2]] == [0] * 6  # below zero is none


def test_who_pays_nothing_makes_no_payment_and_a_credit_is_a_bill_of_nothing(folder):
    envelopes = imported(folder(BORIS))

    assert of(envelopes, "PAYMENT") == []
    assert of(envelopes, "STATEMENT")[0].data.amount_due.amount_minor == 0


def test_amounts_are_dollars_of_a_hundred_minor_units(folder):
    contract = next(each for each in imported(folder(ANNA)) if each.type == "loan_contract.v1")

    assert contract.data.principal.amount_minor == 5_000_000
    assert contract.data.principal.currency == "TWD"


def test_events_lie_in_the_working_day_of_taipei_and_say_that_the_time_is_ours(folder):
    events = [each for each in imported(folder(ANNA, BORIS)) if each.type == "repayment.v1"]

    assert events[0].at_ms == parse("2005-04-18T09:00:00+08:00")
    assert {each.data.quality for each in events} == {("ESTIMATED",)}
    for each in events:
        midnight_ms = (each.at_ms + 8 * 3_600_000) // DAY_MS * DAY_MS - 8 * 3_600_000
        assert 9 <= (each.at_ms - midnight_ms) / 3_600_000 < 17


def test_references_come_first_then_events_and_a_clock_record_a_day_in_time(folder):
    envelopes = imported(folder(ANNA, BORIS))
    in_time = envelopes[4:]
    clocks = [each.at_ms for each in envelopes if each.type == "clock.v1"]

    assert Counter(each.type for each in envelopes[:4]) == {
        "borrower_profile.v1": 2,
        "loan_contract.v1": 2,
    }
    assert [each.at_ms for each in in_time] == sorted(each.at_ms for each in in_time)
    assert clocks == [parse("2005-04-01T00:00:00+08:00") + DAY_MS * n for n in range(184)]


def test_events_and_ids_are_unique(folder):
    events = [each for each in imported(folder(ANNA, BORIS)) if each.type == "repayment.v1"]

    assert len({each.id for each in events}) == len({e.business_key for e in events}) == len(events)


def test_sex_marriage_education_and_age_are_nowhere_and_need_not_be_there(folder):
    with_them = imported(folder(ANNA, BORIS))

    assert with_them == imported(folder(ANNA, BORIS, without=IGNORED))
    assert "SECRET" not in str(with_them)


def test_labels_are_under_the_same_tokens_as_the_events_and_end_with_september(folder):
    clients = read_clients(folder(ANNA, BORIS), PUBLIC_KEY)
    october_ms = parse("2005-10-01T00:00:00+08:00")

    assert list(uci_taiwan.labels(clients)) == [
        Label(clients[0].borrower_id, 1, october_ms, october_ms),
        Label(clients[1].borrower_id, 0, october_ms, october_ms),
    ]
    assert {each.data.borrower_id for each in of(imported(folder(ANNA, BORIS)), "STATUS")} == {
        each.borrower_id for each in clients
    }


def test_another_key_gives_other_tokens(folder):
    where = folder(ANNA)
    (public,), (other,) = read_clients(where, PUBLIC_KEY), read_clients(where, b"k" * 16)

    assert public.borrower_id != other.borrower_id
    assert public.loan_id != other.loan_id
    assert public.bills == other.bills


def test_a_missing_column_is_named(folder):
    with pytest.raises(ImportFileError, match=r"expected the column `PAY_AMT3` in .*, found none"):
        read_clients(folder(ANNA, without=["PAY_AMT3"]), PUBLIC_KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"BILL_AMT2": "many"}, id="no number"),
        pytest.param({"BILL_AMT2": ""}, id="nothing"),
        pytest.param({"BILL_AMT2": "nan"}, id="not a number, as such"),
        pytest.param({"BILL_AMT2": "0.001"}, id="less than a minor unit"),
        pytest.param({"PAY_0": "1.5"}, id="half a month"),
    ],
)
def test_what_is_no_number_is_refused_with_its_line(folder, wrong):
    with pytest.raises(ImportFileError, match=r"line 3: expected whole numbers, got "):
        read_clients(folder(ANNA, BORIS | wrong), PUBLIC_KEY)


def test_a_folder_without_the_data_set_says_what_is_missing(tmp_path):
    with pytest.raises(ImportFileError, match=r"expected the data set at .*\.csv\.xz, found no"):
        read_clients(tmp_path, PUBLIC_KEY)


@pytest.mark.skipif(not (SHARED / FILE).is_file(), reason="the data set is not in ../shared/data")
def test_the_real_set_has_its_clients_and_labels_and_every_line_is_an_envelope():
    clients = read_clients(SHARED, PUBLIC_KEY)
    some = clients[::300]
    envelopes = [
        decode(line(record, TYPE_OF[type(record.data)]).rstrip())
        for record in uci_taiwan.records(some)
    ]

    assert len(clients) == len({client.borrower_id for client in clients}) == 30_000
    assert sum(client.label for client in clients) == 6_636
    assert len(of(envelopes, "STATEMENT")) == len(of(envelopes, "STATUS")) == 6 * len(some)
    assert max(each.data.dpd_source for each in of(envelopes, "STATUS")) <= 240
