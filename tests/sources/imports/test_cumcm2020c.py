"""The adapter of the invoices, on files written by hand in the same layout."""

from pathlib import Path

import pytest

from schemas.instants import DAY_MS, parse
from stream.sources.imports import cumcm2020c
from stream.sources.imports.cumcm2020c import Invoices
from stream.sources.imports.tables import PUBLIC_KEY, ImportFileError

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cumcm2020c_dev"

# Nobody's.
SALE = {
    "row": "0",
    "企业代号": "X1",
    "发票号码": "77",
    "开票日期": "2017/8/4",
    "购方单位代号": "B1",
    "金额": "9.0",
    "税额": "1.0",
    "价税合计": "10.0",
    "发票状态": "有效发票",
}
PURCHASE = {("销方单位代号" if name == "购方单位代号" else name): SALE[name] for name in SALE}
FIRM = {"企业代号": "X1", "企业名称": "SECRET", "信誉评级": "RATING", "是否违约": "是"}
VOID = {"发票状态": "作废发票"}


@pytest.fixture
def tables(table):
    """What writes the tables of the labelled firms and returns the reader of them."""

    def write(sales, purchases=(PURCHASE,), firms=(FIRM,), without=()):
        table("sales_labelled.csv.xz", sales, without=without)
        table("purchases_labelled.csv.xz", purchases)
        return Invoices(table("firms_labelled.csv.xz", firms), PUBLIC_KEY, labelled_only=True)

    return write


@pytest.fixture
def imported(tables, decoded):
    return lambda *args, **options: decoded(cumcm2020c.records(tables(*args, **options).read()))


def of(envelopes, name):
    return [each.data for each in envelopes if each.type == name]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({}, [("SALE", 1_000)], id="a sale"),
        pytest.param({"价税合计": "-0.3"}, [("REFUND", 30)], id="below 0: given back"),
        pytest.param(VOID, [("SALE", 1_000), ("VOID", 1_000)], id="void: sold and taken back"),
        pytest.param(VOID | {"价税合计": "-5.0"}, [], id="a void refund is nothing"),
    ],
)
def test_a_sales_invoice_becomes(imported, row, expected):
    sales = of(imported([SALE | row]), "pos_clearing.v1")

    assert [(each.txn_type, each.amount_gross.amount_minor) for each in sales] == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({}, [("TRANSFER", "DEBIT")], id="a purchase"),
        pytest.param({"价税合计": "-0.3"}, [("RETURN", "CREDIT")], id="below 0: given back"),
        pytest.param(VOID, [("TRANSFER", "DEBIT"), ("REVERSAL", "CREDIT")], id="void"),
        pytest.param(VOID | {"价税合计": "-5.0"}, [], id="a void return is nothing"),
    ],
)
def test_a_purchase_invoice_becomes(imported, row, expected):
    paid = of(imported([SALE], [PURCHASE | row]), "settlement.v1")

    assert [(each.event_type, each.direction) for each in paid] == expected
    assert {each.counterparty_class for each in paid} <= {"SUPPLIER"}


def test_equal_numbers_are_two_facts_and_rows_keep_their_order_in_the_day(imported):
    envelopes = imported([SALE, SALE | {"row": "1", "价税合计": "20.0"}])
    sales = [each for each in envelopes if each.type == "pos_clearing.v1"]

    assert [each.data.amount_gross.amount_minor for each in sales] == [1_000, 2_000]
    assert sales[0].at_ms < sales[1].at_ms
    assert len({each.business_key for each in sales}) == 2


def test_hours_are_ours_and_the_event_says_so(imported):
    envelopes = imported([SALE])
    (sale,) = [each for each in envelopes if each.type == "pos_clearing.v1"]

    midnight_ms = parse("2017-08-04T00:00:00+08:00")
    assert 9 <= (sale.at_ms - midnight_ms) / 3_600_000 < 17
    assert sale.data.quality == ("ESTIMATED",)


def test_what_is_known_of_a_firm_comes_first_and_a_clock_record_a_day(imported):
    later = SALE | {"row": "1", "开票日期": "2017/8/6"}
    envelopes = imported([SALE, later])
    clocks = [each.at_ms for each in envelopes if each.type == "clock.v1"]

    assert [each.type for each in envelopes[:3]] == ["borrower_profile.v1", *["party_link.v1"] * 2]
    assert clocks == [parse("2017-08-04T00:00:00+08:00") + DAY_MS * n for n in range(4)]


def test_name_and_rating_are_nowhere_and_need_not_be_there(tables, imported):
    firms = [{name: FIRM[name] for name in ("企业代号", "是否违约")}]
    read = tables([SALE], firms=firms)

    assert [label.label for label in read.labels(read.read())] == [1]
    assert "SECRET" not in str(imported([SALE]))
    assert "RATING" not in str(imported([SALE]))


def test_nothing_counts_after_the_last_invoice_of_good_and_bad_alike(tables):
    good = FIRM | {"企业代号": "X2", "是否违约": "否"}
    other = SALE | {"企业代号": "X2", "开票日期": "2017/9/1"}
    read = tables([SALE, other], firms=[FIRM, good])
    bad_label, good_label = read.labels(read.read())

    assert bad_label.until_ms == bad_label.outcome_ms == parse("2017-08-05T00:00:00+08:00")
    assert good_label.until_ms == parse("2017-09-02T00:00:00+08:00")
    assert good_label.outcome_ms is None


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"价税合计": "ten"}, id="amount"),
        pytest.param({"开票日期": "2017-08-04"}, id="day"),
        pytest.param({"发票状态": "?"}, id="state"),
    ],
)
def test_what_is_no_invoice_is_refused_with_its_line(tables, wrong):
    with pytest.raises(ImportFileError, match=r"line 3: expected an invoice, got"):
        tables([SALE, SALE | wrong]).read()


def test_a_missing_column_is_named(tables):
    with pytest.raises(ImportFileError, match="expected the column `发票状态`"):
        tables([SALE], without=["发票状态"]).read()


@pytest.mark.skipif(
    not (SHARED / "firms_labelled.csv.xz").is_file(), reason="the data set is not in ../shared/data"
)
def test_the_real_set_has_its_firms_and_invoices_and_every_line_is_an_envelope(decoded):
    tables = Invoices(SHARED, PUBLIC_KEY, labelled_only=True)
    invoices = tables.read()
    labels = list(tables.labels(invoices))

    assert len(invoices) == 88_822 + 95_111
    assert (len(labels), sum(label.label for label in labels)) == (68, 15)
    assert all(label.until_ms for label in labels)
    assert len(decoded(cumcm2020c.records(invoices[::100]))) > 1_500
