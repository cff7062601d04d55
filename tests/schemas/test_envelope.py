"""One pass over the bytes of a record: what is taken, and what each refusal says."""

import json
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetterReason as Reason
from schemas.envelope import MAX_BYTES, DecodeError, decode, encode
from schemas.failure_codes import ReasonClass
from schemas.repayment import RepaymentStatus

FAILED_DEBIT = {
    "specversion": "1.0",
    "type": "repayment.v1",
    "source": "lms-1",
    "id": "e1",
    "time": "2026-11-20T15:42:10.120Z",
    "data": {
        "event_type": "COLLECTION_ATTEMPT",
        "loan_id": "ln_7f2",
        "attempt_id": "att_91",
        "status": "FAILED",
        "amount_requested": {"amount_minor": 862_500, "currency": "CNY"},
        "reason_scheme": "CUP",
        "reason_code": "51",
        "reason_class": "INSUFFICIENT_FUNDS",
    },
}


def changed(path, value=None, *, drop=False):
    """`FAILED_DEBIT` with one field changed or dropped, as bytes."""
    record = deepcopy(FAILED_DEBIT)
    *parents, last = path.split(".")
    place = record
    for name in parents:
        place = place[name]
    if drop:
        del place[last]
    else:
        place[last] = value
    return json.dumps(record).encode()


def test_a_good_record_is_read_whole():
    envelope = decode(json.dumps(FAILED_DEBIT).encode())

    assert (envelope.id, envelope.source, envelope.at_ms) == ("e1", "lms-1", 1_795_189_330_120)
    assert envelope.data.reason_class is ReasonClass.INSUFFICIENT_FUNDS
    assert envelope.business_key == "ln_7f2|COLLECTION_ATTEMPT|att_91|FAILED"


@pytest.mark.parametrize(
    ("raw", "reason", "path"),
    [
        pytest.param(b"", Reason.NOT_JSON, "$", id="nothing"),
        pytest.param(b"repayment", Reason.NOT_JSON, "$", id="no JSON"),
        pytest.param(b'{"id": "\xff"}', Reason.NOT_JSON, "$", id="not UTF-8"),
        pytest.param(b'{"id": NaN}', Reason.NOT_JSON, "$", id="NaN is no JSON"),
        pytest.param(b"[]", Reason.SCHEMA, "$", id="no object"),
        pytest.param(b"[" * 100_000, Reason.TOO_DEEP, "$", id="deep beyond the parser"),
        pytest.param(b'{"a":' * 20 + b"1" + b"}" * 20, Reason.TOO_DEEP, "$", id="deep"),
        pytest.param(b" " * (MAX_BYTES + 1), Reason.TOO_LARGE, "$", id="large"),
        pytest.param(changed("type", "payroll.v1"), Reason.SCHEMA, "$.type", id="unknown type"),
        pytest.param(changed("type", ["x"]), Reason.SCHEMA, "$.type", id="type of another kind"),
        pytest.param(changed("id", drop=True), Reason.MISSING_KEY, "$.id", id="no event id"),
        pytest.param(changed("time", drop=True), Reason.MISSING_KEY, "$.time", id="no time"),
        pytest.param(changed("time", "2026-11-20T15:42:10"), Reason.SCHEMA, "$.time", id="no zone"),
        pytest.param(
            changed("time", "1812-01-01T00:00:00Z"), Reason.TIMESTAMP, "$.time", id="before 1970"
        ),
        pytest.param(changed("data", drop=True), Reason.SCHEMA, "$.data", id="no data"),
        pytest.param(
            changed("data.loan_id", drop=True), Reason.MISSING_KEY, "$.data.loan_id", id="no loan"
        ),
        pytest.param(
            changed("data.loan_id", "4711"), Reason.SCHEMA, "$.data.loan_id", id="a raw identifier"
        ),
        pytest.param(
            changed("data.loan_id", "ln_1\n"),
            Reason.SCHEMA,
            "$.data.loan_id",
            id="a token and a line end",
        ),
        pytest.param(
            changed("data.attempt_id", drop=True),
            Reason.MISSING_KEY,
            "$.data.attempt_id",
            id="nothing to tell it from others",
        ),
        pytest.param(
            changed("data.amount_requested.currency", "XXQ"),
            Reason.CURRENCY,
            "$.data.amount_requested",
            id="unknown currency",
        ),
        pytest.param(
            changed("data.amount_requested.currency", "XAU"),
            Reason.CURRENCY,
            "$.data.amount_requested",
            id="a currency without minor unit",
        ),
        pytest.param(
            changed("data.amount_requested.currency", "yuan"),
            Reason.CURRENCY,
            "$.data.amount_requested.currency",
            id="no currency code",
        ),
        pytest.param(
            changed("data.amount_requested.amount_minor", -1),
            Reason.SCHEMA,
            "$.data.amount_requested.amount_minor",
            id="a flipped sign",
        ),
        pytest.param(
            changed("data.amount_requested.amount_minor", 8625.5),
            Reason.SCHEMA,
            "$.data.amount_requested.amount_minor",
            id="a float for money",
        ),
        pytest.param(
            changed("data.amount_requested.amount_minor", 2**53),
            Reason.SCHEMA,
            "$.data.amount_requested.amount_minor",
            id="more than a JSON reader keeps",
        ),
    ],
)
def test_a_refusal_names_reason_and_field(raw, reason, path):
    with pytest.raises(DecodeError) as refused:
        decode(raw)

    assert (refused.value.reason, refused.value.field_path) == (reason, path)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        pytest.param("data.phone", "x", "$.data.phone", id="by name"),
        pytest.param("data.Remark", "x", "$.data.Remark", id="free text"),
        pytest.param("data.extra", "13800138000", "$.data.extra", id="a mobile number"),
        pytest.param("data.extra", "11010519491231002X", "$.data.extra", id="an identity number"),
        pytest.param("data.extra", 4111111111111111, "$.data.extra", id="a card number as number"),
        pytest.param("data.extra", {"a": ["x@y.org"]}, "$.data.extra.a[0]", id="deep inside"),
        pytest.param("owner", {"full_name": "x"}, "$.owner.full_name", id="beside the data"),
        pytest.param("data.extra", {"13800138000": 1}, "$.data.extra.*", id="as a field's name"),
    ],
)
def test_personal_data_in_an_undeclared_field_is_refused(path, value, found):
    with pytest.raises(DecodeError) as refused:
        decode(changed(path, value))

    assert (refused.value.reason, refused.value.field_path) == (Reason.PII_FOUND, found)
    assert "13800138000" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("data.weather", "rain", id="a word"),
        pytest.param("data.batch_size", 4111111111111112, id="a number that is no card's"),
        pytest.param("dataschema", "x", id="a CloudEvents attribute"),
        pytest.param("data.nested", {"a": {"b": [1, 2]}}, id="a newer structure"),
    ],
)
def test_other_unknown_fields_are_ignored(path, value):
    assert decode(changed(path, value)).id == "e1"


def test_an_unknown_enum_value_reads_as_other():
    assert decode(changed("data.status", "WEIRD")).data.status is RepaymentStatus.OTHER


def test_what_encode_writes_decode_reads():
    raw = encode(
        record_id="e1",
        source="lms-1",
        record_type="repayment.v1",
        at_ms=1_795_189_330_120,
        data=FAILED_DEBIT["data"],
    )

    assert decode(raw) == decode(json.dumps(FAILED_DEBIT).encode())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "data", "type", "currency"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused_with_a_decode_error(raw):
    with suppress(DecodeError):
        decode(raw)


@given(
    st.sampled_from(sorted(FAILED_DEBIT) + [f"data.{f}" for f in FAILED_DEBIT["data"]]), json_values
)
def test_any_value_in_any_field_is_taken_or_refused_with_a_decode_error(path, value):
    with suppress(DecodeError):
        decode(changed(path, value))
