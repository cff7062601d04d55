"""The adapter of the web shop, on a file written by hand in the same layout."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from schemas.instants import parse
from stream.sources.imports import online_retail
from stream.sources.imports.online_retail import FILE
from stream.sources.imports.tables import PUBLIC_KEY, ImportFileError

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "online_retail"

# Nobody's.
LINE = {
    "InvoiceNo": "1",
    "StockCode": "S",
    "Description": "A THING",
    "Quantity": "3",
    "InvoiceDate": "2011-07-01 08:26:00",
    "UnitPrice": "2.55",
    "CustomerID": "17.0",
    "Country": "Nowhere",
}


@pytest.fixture
def imported(table, decoded):
    return lambda *rows: decoded(online_retail.records(table(FILE, rows), PUBLIC_KEY))


def sold(envelopes):
    return [each for each in envelopes if each.type == "pos_clearing.v1"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({}, [("SALE", 765)], id="a sale"),
        pytest.param({"InvoiceNo": "C2", "Quantity": "-1"}, [("REFUND", 255)], id="a refund"),
        pytest.param({"InvoiceNo": "A3", "UnitPrice": "-9.0"}, [("ADJUSTMENT", 2700)], id="a debt"),
        pytest.param({"UnitPrice": "0.0"}, [], id="nothing was sold"),
        pytest.param({"UnitPrice": "0.001", "Quantity": "1500"}, [("SALE", 150)], id="rounded"),
    ],
)
def test_a_line_becomes(imported, row, expected):
    events = sold(imported(LINE | row))

    assert [(e.data.txn_type, e.data.amount_gross.amount_minor) for e in events] == expected


def test_equal_lines_are_one_fact_under_two_ids(imported):
    events = sold(imported(LINE, LINE, LINE | {"Quantity": "4"}))

    assert len({each.id for each in events}) == 3
    assert [each.business_key for each in events[:2]] == [events[0].business_key] * 2
    assert events[2].business_key != events[0].business_key


def test_a_line_without_a_customer_has_no_payer(imported):
    first, second = sold(imported(LINE, LINE | {"CustomerID": ""}))

    assert first.data.payer_token.startswith("pyr_")
    assert second.data.payer_token is None


def test_times_are_those_of_london_and_every_day_has_its_clock_record(imported):
    envelopes = imported(LINE, LINE | {"InvoiceDate": "2011-07-03 10:00:00"})
    clocks = [each.at_ms for each in envelopes if each.type == "clock.v1"]

    assert sold(envelopes)[0].at_ms == parse("2011-07-01T08:26:00+01:00")
    assert len(clocks) == 4
    assert [e.at_ms for e in envelopes] == sorted(e.at_ms for e in envelopes)


def test_there_is_one_merchant_and_what_is_known_of_it_comes_first(imported):
    envelopes = imported(LINE)

    assert [each.type for each in envelopes[:2]] == ["borrower_profile.v1", "party_link.v1"]
    assert {each.data.merchant_id for each in sold(envelopes)} == {envelopes[1].data.token}


def test_what_is_no_line_is_refused_with_its_place(imported):
    with pytest.raises(ImportFileError, match=r"line 3: expected a line of an invoice, got"):
        imported(LINE, LINE | {"Quantity": "three"})


@pytest.mark.skipif(not (SHARED / FILE).is_file(), reason="the data set is not in ../shared/data")
def test_the_real_set_has_its_lines_and_every_line_is_an_envelope(decoded):
    lines = [line for line in online_retail.read_lines(SHARED, PUBLIC_KEY) if line]
    kinds = Counter(line.txn_type for line in lines)
    some = decoded(islice(online_retail.records(SHARED, PUBLIC_KEY), 2_000))

    assert len(lines) == 541_909 - 2_515 - 4  # four come to less than half a penny
    assert (kinds["REFUND"], kinds["ADJUSTMENT"]) == (9_288, 3)
    assert len(sold(some)) > 1_900
