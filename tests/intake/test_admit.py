"""What becomes of each record: a case for every reason, and one outcome for any bytes."""

import base64
import json
from datetime import date
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.dead_letter import DeadLetter, DeadLetterReason
from schemas.envelope import MAX_BYTES
from schemas.instants import DAY_MS, from_ms, wire
from schemas.reference import TokenAlias
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Alive, Clock, Closed, Heard, Unresolved
from tests.intake.sample import (
    MONEY,
    NOW_MS,
    POS_CLEARING,
    REPAYMENT,
    SAMPLES,
    SCHEDULE,
    SETTLEMENT,
    admitted,
    alias,
    contract,
    known,
    link,
    record,
    repayment,
    settlement,
)

NESTED = {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}


def records_of(outcome):
    assert isinstance(outcome, Admitted), outcome
    return [journal.decode(value) for _, value in outcome.records]


REFUSED = [
    pytest.param(b"", "NOT_JSON", "$", id="an empty value"),
    pytest.param(b"\x00" * 64, "NOT_JSON", "$", id="NUL bytes"),
    pytest.param(b"\xff\xfe{}", "NOT_JSON", "$", id="not UTF-8"),
    pytest.param(repayment()[:-5], "NOT_JSON", "$", id="cut off"),
    pytest.param(None, "SCHEMA", "$", id="a tombstone"),
    pytest.param(b"[]", "SCHEMA", "$", id="no object"),
    pytest.param(b"{}", "SCHEMA", "$.type", id="no type"),
    pytest.param(b"[" * 100_000, "TOO_DEEP", "$", id="a hundred thousand brackets"),
    pytest.param(repayment(extra=NESTED), "TOO_DEEP", "$", id="nine levels"),
    pytest.param(b"{" + b" " * 1_000_000 + b"}", "TOO_LARGE", "$", id="near the broker's limit"),
    pytest.param(repayment(loan_id="no token"), "SCHEMA", "$.data.loan_id", id="no token"),
    pytest.param(
        repayment(amount_paid={"amount_minor": 1.5, "currency": "CNY"}),
        "SCHEMA",
        "$.data.amount_paid.amount_minor",
        id="money as a float",
    ),
    pytest.param(record("settlement.v1", SETTLEMENT), "SCHEMA", "$.type", id="another topic's"),
    pytest.param(
        repayment(amount_paid={"amount_minor": 1, "currency": "XAU"}),
        "CURRENCY",
        "$.data.amount_paid",
        id="gold has no minor unit",
    ),
    pytest.param(
        repayment(amount_paid={"amount_minor": 1, "currency": "ZZZ"}),
        "CURRENCY",
        "$.data.amount_paid",
        id="an unknown currency",
    ),
    pytest.param(repayment(loan_id=None), "MISSING_KEY", "$.data.loan_id", id="no loan"),
    pytest.param(
        repayment(payment_ref=None), "MISSING_KEY", "$.data.attempt_id", id="no business key"
    ),
    pytest.param(
        record("repayment.v1", REPAYMENT, at_ms=NOW_MS + DAY_MS + 1),
        "TIMESTAMP",
        "$.time",
        id="a day and a millisecond ahead",
    ),
    pytest.param(
        record("clock.v1", {}, at_ms=NOW_MS + DAY_MS + 1), "TIMESTAMP", "$.time", id="so a clock"
    ),
    pytest.param(
        repayment(observed_at=wire(NOW_MS + DAY_MS + 1)),
        "TIMESTAMP",
        "$.data.observed_at",
        id="observed in the future",
    ),
    pytest.param(
        repayment(observed_at="1960-01-01T00:00:00Z"),
        "TIMESTAMP",
        "$.data.observed_at",
        id="observed before 1970",
    ),
    pytest.param(
        repayment(holder_name="Zhang San"), "PII_FOUND", "$.data.holder_name", id="a name"
    ),
    pytest.param(
        repayment(borrower_id="brw_2"), "BORROWER_MISMATCH", "$.data.borrower_id", id="not his loan"
    ),
]


@pytest.mark.parametrize(("raw", "reason", "field_path"), REFUSED)
def test_what_cannot_be_taken_is_a_dead_letter_with_its_reason_and_field(raw, reason, field_path):
    outcome = admitted(raw)

    assert isinstance(outcome, DeadLetter), outcome
    assert (outcome.reason, outcome.field_path.removesuffix(".currency")) == (reason, field_path)
    assert outcome.letter_id == "repayments/2/17"
    assert outcome.message[:8] in {"expected", "Expected", "Object m"}


@pytest.mark.parametrize(("raw", "reason", "field_path"), REFUSED)
def test_a_dead_letter_carries_every_byte_but_personal_ones(raw, reason, field_path):
    outcome = admitted(raw)

    assert outcome.digest == sha256(raw or b"").hexdigest()
    if raw is None or reason == DeadLetterReason.PII_FOUND:
        assert outcome.payload is None
    else:
        assert base64.b64decode(outcome.payload) == raw
    assert b"Zhang" not in msgspec.json.encode(outcome)


def test_the_same_record_read_twice_makes_the_same_letter():
    again = admitted(b"nonsense", wall_now_ms=NOW_MS + 5)

    assert again.letter_id == admitted(b"nonsense").letter_id


@pytest.mark.parametrize("topic", SAMPLES)
def test_what_belongs_there_is_taken(topic):
    outcome = admitted(record(*SAMPLES[topic]), topic)

    (taken,) = records_of(outcome)
    assert (taken.borrower_id, taken.wall_arrival_at_ms) == ("brw_1", NOW_MS)
    assert outcome.records[0][0] == b"brw_1"


def test_a_day_ahead_is_not_too_much():
    raw = record("repayment.v1", REPAYMENT, at_ms=NOW_MS + DAY_MS)

    assert isinstance(admitted(raw), Admitted)


def test_an_event_of_a_shared_account_is_every_ones():
    links = known()
    links.apply(link("acc_1", "brw_2"))

    outcome = admitted(settlement(), "settlements", links=links)

    assert [key for key, _ in outcome.records] == [b"brw_1", b"brw_2"]
    assert [each.borrower_id for each in records_of(outcome)] == ["brw_1", "brw_2"]
    assert [each.copy for each in records_of(outcome)] == [0, 1]


@pytest.mark.parametrize(
    ("topic", "token", "field_path"),
    [
        pytest.param("repayments", "ln_1", "$.data.loan_id", id="a loan without a contract"),
        pytest.param("settlements", "acc_1", "$.data.account_token", id="an account"),
        pytest.param("pos-clearing", "mer_1", "$.data.merchant_id", id="a merchant"),
    ],
)
def test_an_event_of_a_party_that_nobody_has_linked_waits(topic, token, field_path):
    outcome = admitted(record(*SAMPLES[topic]), topic, links=Links())

    assert outcome == Unresolved(token, field_path, "e1", "core", NOW_MS)


def test_a_repayment_waits_for_its_loan_even_if_it_names_a_borrower():
    outcome = admitted(repayment(borrower_id="brw_1"), links=Links())

    assert isinstance(outcome, Unresolved)


def test_money_that_names_no_loan_goes_to_the_borrower_that_it_names():
    links = known()
    links.apply(alias("brw_1x", "brw_1"))

    outcome = admitted(repayment(loan_id=None, borrower_id="brw_1x"), links=links)

    (taken,) = records_of(outcome)
    assert (outcome.records[0][0], taken.borrower_id, taken.data.loan_id) == (
        b"brw_1",
        "brw_1",
        None,
    )
    assert taken.business_key == "brw_1|PAYMENT|p1|SUCCEEDED"


def test_an_event_after_the_end_of_its_link_waits():
    links = Links()
    links.apply(link("acc_1", "brw_1", valid_to=from_ms(NOW_MS)))

    assert isinstance(admitted(settlement(), "settlements", links=links), Unresolved)


def test_a_clock_record_says_how_far_its_source_has_come():
    raw = record("clock.v1", {}, source="acq-9", at_ms=NOW_MS - 5)

    assert admitted(raw, "pos-clearing") == Clock("acq-9", NOW_MS - 5)


def test_a_heartbeat_says_that_its_source_lives():
    for data in ({}, {"stream": "pos_clearing"}):
        raw = record("heartbeat.v1", data, source="acq-9", at_ms=NOW_MS - 5)

        assert admitted(raw, "pos-clearing") == Alive("acq-9", NOW_MS - 5)


CLOSED = {"stream": "pos_clearing", "business_date": "2026-11-20", "count": 2, "sums": [MONEY]}


def test_a_closed_date_says_how_much_there_was():
    outcome = admitted(record("business_date_closed.v1", CLOSED, source="acq-9"), "pos-clearing")

    assert isinstance(outcome, Closed)
    assert (outcome.source, outcome.said.business_date, outcome.said.count) == (
        "acq-9",
        date(2026, 11, 20),
        2,
    )


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        pytest.param("2026-11-21", True, id="it has begun in the east"),
        pytest.param("2026-11-22", False, id="it has begun nowhere"),
        pytest.param("9999-12-31", False, id="the end of time"),
    ],
)
def test_a_date_that_has_not_begun_is_not_closed(day, taken):
    raw = record("business_date_closed.v1", CLOSED | {"business_date": day})
    outcome = admitted(raw, "pos-clearing")

    assert isinstance(outcome, Closed) == taken
    assert taken or (outcome.reason, outcome.field_path) == ("TIMESTAMP", "$.data.business_date")


@pytest.mark.parametrize(
    ("record_type", "data", "topic", "field_path"),
    [
        pytest.param(
            "heartbeat.v1",
            {"stream": "settlement"},
            "pos-clearing",
            "$.data.stream",
            id="a heartbeat of another stream",
        ),
        pytest.param("heartbeat.v1", {}, "references", "$.type", id="on a topic without a feed"),
        pytest.param(
            "business_date_closed.v1",
            CLOSED,
            "settlements",
            "$.data.stream",
            id="a date of another stream",
        ),
        pytest.param(
            "business_date_closed.v1",
            CLOSED | {"count": -1},
            "pos-clearing",
            "$.data.count",
            id="less than nothing",
        ),
    ],
)
def test_a_promise_of_another_feed_is_no_promise(record_type, data, topic, field_path):
    outcome = admitted(record(record_type, data), topic)

    assert isinstance(outcome, DeadLetter)
    assert (outcome.reason, outcome.field_path) == ("SCHEMA", field_path)


@pytest.mark.parametrize(
    ("fields", "reason_class", "unknown"),
    [
        pytest.param({"reason_code": "51"}, "INSUFFICIENT_FUNDS", (), id="by the table"),
        pytest.param({"reason_code": "7X"}, "OTHER", ("reason_code",), id="not in the table"),
        pytest.param(
            {"reason_code": "51", "reason_class": "TECHNICAL"},
            "TECHNICAL",
            (),
            id="as the source says",
        ),
        pytest.param({}, None, (), id="no code"),
        pytest.param({"reason_code": "00", "status": "SUCCEEDED"}, None, (), id="no failure"),
    ],
)
def test_a_raw_failure_code_gets_its_class(fields, reason_class, unknown):
    outcome = admitted(repayment(**{"status": "FAILED", "reason_scheme": "CUP"} | fields))

    (taken,) = records_of(outcome)
    assert (taken.data.reason_class, outcome.unknown) == (reason_class, unknown)


@pytest.mark.parametrize(
    ("fields", "unknown"),
    [
        pytest.param({"method": "PIGEON"}, ("method",), id="a value of no list"),
        pytest.param({"method": "OTHER"}, (), id="the word itself"),
        pytest.param({"method": "PIGEON", "initiator": "OTHER"}, ("method",), id="one of two"),
    ],
)
def test_unknown_values_are_taken_and_counted_by_field(fields, unknown):
    outcome = admitted(repayment(**fields))

    assert records_of(outcome)[0].data.method == "OTHER"
    assert outcome.unknown == unknown


def test_both_times_and_the_business_key_are_written():
    raw = repayment(observed_at=wire(NOW_MS - 7))

    (taken,) = records_of(admitted(raw, wall_now_ms=NOW_MS + 9))
    assert (taken.event_at_ms, taken.observed_at_ms, taken.wall_arrival_at_ms) == (
        NOW_MS,
        NOW_MS - 7,
        NOW_MS + 9,
    )
    assert taken.business_key == "ln_1|PAYMENT|p1|SUCCEEDED"


def test_an_event_under_the_new_key_is_the_same_event_of_the_same_party():
    links = known()
    links.apply(alias("ln_1x", "ln_1"))
    links.apply(alias("brw_1x", "brw_1"))

    before = admitted(repayment(borrower_id="brw_1"), links=links)
    after = admitted(repayment(loan_id="ln_1x", borrower_id="brw_1x"), links=links)

    assert after.records == before.records


def test_a_schedule_waits_for_its_loans_contract():
    raw = record("repayment_schedule.v1", SCHEDULE)

    assert isinstance(admitted(raw, "references", links=Links()), Unresolved)
    assert records_of(admitted(raw, "references"))[0].borrower_id == "brw_1"


def test_a_position_goes_to_its_loans_borrower_or_waits_for_its_contract():
    position = {"loan_id": "ln_1", "as_of": "2026-11-19", "dpd": 0, "overdue": MONEY}
    raw = record("loan_position.v1", position | {"status": "ACTIVE"})

    assert isinstance(admitted(raw, "references", links=Links()), Unresolved)
    (taken,) = records_of(admitted(raw, "references"))
    assert isinstance(taken, journal.LoanPositionRecord)
    assert (taken.borrower_id, taken.data.dpd) == ("brw_1", 0)


def test_a_new_name_goes_to_whom_it_names_and_is_heard_if_that_is_nobody():
    data = {"token": "acc_2", "old_token": "acc_1", "id_key_version": 2}
    raw = record("token_alias.v1", data)

    assert admitted(raw, "references", links=Links()) == Heard()
    links = known()
    links.apply(alias("acc_2", "acc_1"))
    (taken,) = records_of(admitted(raw, "references", links=links))
    assert taken.data == TokenAlias(**data)


def test_an_operators_action_goes_to_whom_it_is_about():
    payload = {
        "record_id": "a1",
        "subject": "brw_1",
        "supersedes": None,
        "operator": "ada",
        "issued_at": wire(NOW_MS),
        "body": {"kind": "note"},
    }
    raw = json.dumps({"payload": json.dumps(payload), "signatures": []}).encode()

    (taken,) = records_of(admitted(raw, "desk-actions"))
    assert (taken.borrower_id, taken.signed.payload) == ("brw_1", json.dumps(payload))


@pytest.mark.parametrize(
    ("raw", "reason", "field_path"),
    [
        pytest.param(b"nonsense", "NOT_JSON", "$", id="not JSON"),
        pytest.param(b"{}", "SCHEMA", "$", id="not signed"),
        pytest.param(b'{"payload":"x","signatures":[]}', "NOT_JSON", "$.payload", id="no payload"),
        pytest.param(
            json.dumps({"payload": json.dumps({"subject": "ruleset"}), "signatures": []}).encode(),
            "SCHEMA",
            "$.payload",
            id="about no borrower",
        ),
        pytest.param(b"x" * (MAX_BYTES + 1), "TOO_LARGE", "$", id="too large"),
    ],
)
def test_an_action_that_cannot_be_taken_is_a_dead_letter(raw, reason, field_path):
    outcome = admitted(raw, "desk-actions")

    assert (outcome.reason, outcome.field_path.removesuffix(".subject")) == (reason, field_path)


def test_what_nobody_thought_of_is_a_dead_letter_too():
    class Broken(Links):
        def borrower_of_loan(self, _loan_id):
            raise ZeroDivisionError

    outcome = admitted(repayment(), links=Broken())

    assert (outcome.reason, outcome.message) == ("POISON", "cannot be taken: ZeroDivisionError")


topics = st.sampled_from([*SAMPLES, "desk-actions"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    sorted({*REPAYMENT, *SETTLEMENT, *POS_CLEARING, *SCHEDULE, "observed_at", "reason_code", "x"})
)
envelopes = st.builds(
    lambda sample, changes, outer: json.dumps(
        json.loads(record(sample[0], sample[1] | changes)) | outer
    ).encode(),
    st.sampled_from(list(SAMPLES.values())),
    st.dictionaries(fields, json_values, max_size=3),
    st.dictionaries(
        st.sampled_from(["id", "time", "type", "source", "y"]), json_values, max_size=1
    ),
)


def one_outcome(raw, topic):
    outcome = admitted(raw, topic)

    assert isinstance(outcome, Admitted | Clock | Unresolved | Heard | DeadLetter)
    if isinstance(outcome, DeadLetter):
        assert outcome.reason is not DeadLetterReason.POISON, outcome
        msgspec.json.decode(msgspec.json.encode(outcome), type=DeadLetter)
    if isinstance(outcome, Admitted):
        records_of(outcome)


@given(st.binary(max_size=200) | st.none(), topics)
def test_any_bytes_have_exactly_one_outcome(raw, topic):
    one_outcome(raw, topic)


@given(envelopes, topics)
def test_a_damaged_record_has_exactly_one_outcome(raw, topic):
    one_outcome(raw, topic)


@given(json_values.map(lambda value: json.dumps(value).encode()), topics)
def test_any_json_has_exactly_one_outcome(raw, topic):
    one_outcome(raw, topic)


def test_money_is_written_as_it_came():
    (taken,) = records_of(admitted(repayment(amount_paid=MONEY)))

    assert taken.data.amount_paid.amount_minor == MONEY["amount_minor"]


def test_a_contract_of_a_rotated_borrower_keeps_its_oldest_name():
    links = Links()
    links.apply(contract("ln_1", "brw_1"))
    links.apply(alias("brw_9", "brw_1"))
    raw = record("loan_contract.v1", SAMPLES["references"][1] | {"borrower_id": "brw_9"})

    (taken,) = records_of(admitted(raw, "references", links=links))
    assert (taken.borrower_id, taken.data.borrower_id) == ("brw_1", "brw_1")
