"""Journal records survive their codec, and the generated documents are current."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import generate, journal
from schemas.failure_codes import ReasonClass, normalise
from schemas.money import Money, UnknownCurrencyError, exponent
from schemas.pos_clearing import PosClearing, TxnType

instants = st.integers(0, 4_102_444_800_000)
sales = st.builds(
    PosClearing,
    txn_type=st.sampled_from(TxnType),
    merchant_id=st.from_regex("mer_[a-z0-9]{1,8}", fullmatch=True),
    amount_gross=st.builds(
        Money,
        amount_minor=st.integers(0, 2**53 - 1),
        currency=st.sampled_from(["CNY", "JPY", "KWD"]),
    ),
    clearing_date=st.none() | st.dates(),
    record_version=st.integers(1, 99),
)
events = st.builds(
    journal.PosClearingEvent,
    event_id=st.from_regex("[a-z0-9]{1,12}", fullmatch=True),
    source=st.just("acq-1"),
    borrower_id=st.just("brw_1"),
    business_key=st.text(max_size=20),
    event_at_ms=instants,
    wall_arrival_at_ms=instants,
    observed_at_ms=st.none() | instants,
    data=sales,
)
ticks = st.builds(journal.Tick, wall_at_ms=instants, input_at_ms=st.none() | instants)


@given(events | ticks)
def test_what_is_written_is_read_back(record):
    assert journal.decode(journal.encode(record)) == record


@given(st.binary(max_size=100))
def test_anything_else_is_a_decode_error(value):
    try:
        journal.decode(value)
    except msgspec.DecodeError:
        return


@pytest.mark.parametrize("name", generate.texts())
def test_the_generated_json_schemas_are_current(name):
    current = (generate.FOLDER / name).read_text(encoding="utf-8")

    assert current == generate.texts()[name], "run `make schemas`"


@pytest.mark.parametrize(
    ("scheme", "code", "reason_class"),
    [
        ("ISO20022", "AM04", "INSUFFICIENT_FUNDS"),
        ("NACHA", "R09", "INSUFFICIENT_FUNDS"),
        ("ISO8583", "61", "LIMIT_EXCEEDED"),
        ("CUP", "96", "TECHNICAL"),
        ("ISO20022", "MD07", "DECEASED"),
        ("NACHA", "51", "OTHER"),
        (None, None, "OTHER"),
    ],
)
def test_failure_codes_are_normalised_by_scheme(scheme, code, reason_class):
    assert normalise(scheme, code) is ReasonClass(reason_class)


@pytest.mark.parametrize(("currency", "decimals"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_exponents_are_those_of_iso_4217(currency, decimals):
    assert exponent(currency) == decimals


def test_money_of_an_unknown_currency_cannot_be_made():
    with pytest.raises(UnknownCurrencyError, match="ISO 4217"):
        Money(amount_minor=1, currency="XXQ")
