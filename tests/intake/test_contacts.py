"""Permits and outcomes on their way into the journal: taken as they are, or a dead letter."""

import json

import pytest

from schemas import journal
from schemas.dead_letter import Origin
from schemas.instants import wire
from schemas.reference import TokenAlias
from stream.intake.admit import admit
from stream.intake.links import Links
from stream.intake.outcomes import Admitted

NOW_MS = 1_773_100_000_000
PERMIT = {
    "schema": "permit.v1",
    "permit_id": "per-1",
    "trigger_id": "brw_1/ln_1/dpd-1/2026-03-10",
    "borrower_id": "brw_1",
    "request_key": "req-1",
    "channel": "MESSAGE",
    "granted_at": wire(NOW_MS - 1000),
    "valid_until": wire(NOW_MS + 60_000),
}
OUTCOME = {
    "schema": "collection_outcome.v1",
    "outcome_id": "out-1",
    "borrower_id": "brw_1",
    "channel": "CALL",
    "outcome": "PROMISED",
    "at": wire(NOW_MS - 1000),
    "permit_id": "per-1",
}
SAMPLES = {"permits": PERMIT, "collection-outcomes": OUTCOME}


def admitted(data, topic, links=None):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    origin = Origin(topic=topic, partition=0, offset=0)
    return admit(raw, topic=topic, origin=origin, links=links or Links(), wall_now_ms=NOW_MS)


@pytest.mark.parametrize("topic", SAMPLES)
def test_it_becomes_a_record_of_its_borrower(topic):
    outcome = admitted(SAMPLES[topic], topic)

    assert isinstance(outcome, Admitted)
    ((key, value),) = outcome.records
    record = journal.decode(value)
    assert (key, record.borrower_id, record.wall_arrival_at_ms) == (b"brw_1", "brw_1", NOW_MS)
    assert record.data.channel == SAMPLES[topic]["channel"]


@pytest.mark.parametrize("topic", SAMPLES)
def test_a_borrower_under_a_new_key_is_the_old_one(topic):
    links = Links()
    links.apply(TokenAlias(token="brw_9", old_token="brw_1", id_key_version=2))
    outcome = admitted(SAMPLES[topic] | {"borrower_id": "brw_9"}, topic, links)

    assert outcome.records[0][0] == b"brw_1"


@pytest.mark.parametrize(
    ("topic", "change", "reason", "field_path"),
    [
        pytest.param("permits", b"nonsense", "NOT_JSON", "$", id="not JSON"),
        pytest.param("permits", {"channel": "PIGEON"}, "SCHEMA", "$.channel", id="no channel"),
        pytest.param("permits", {"schema": "x.v1"}, "SCHEMA", "$.schema", id="another schema"),
        pytest.param(
            "permits",
            {"valid_until": wire(NOW_MS - 2000)},
            "TIMESTAMP",
            "$.valid_until",
            id="ends before it begins",
        ),
        pytest.param(
            "permits",
            {"granted_at": wire(NOW_MS + 2 * 86_400_000)},
            "TIMESTAMP",
            "$.granted_at",
            id="from the future",
        ),
        pytest.param(
            "collection-outcomes", {"outcome": "SHOUTED"}, "SCHEMA", "$.outcome", id="no outcome"
        ),
        pytest.param(
            "collection-outcomes", {"borrower_id": "x"}, "SCHEMA", "$.borrower_id", id="no token"
        ),
        pytest.param(
            "collection-outcomes", {"phone": "x"}, "PII_FOUND", "$.phone", id="personal data"
        ),
        pytest.param(
            "collection-outcomes", b"x" * (256 * 1024 + 1), "TOO_LARGE", "$", id="too large"
        ),
    ],
)
def test_what_is_none_is_a_dead_letter_that_names_the_field(topic, change, reason, field_path):
    data = change if isinstance(change, bytes) else SAMPLES[topic] | change

    letter = admitted(data, topic)

    assert (letter.reason, letter.field_path) == (reason, field_path)


def test_a_field_that_nobody_declared_is_not_kept():
    outcome = admitted(OUTCOME | {"mood": "fine"}, "collection-outcomes")

    assert b"mood" not in outcome.records[0][1]


CONTACT = {
    "borrower_id": "brw_1",
    "zones": ["Asia/Shanghai"],
    "consents": [{"channel": "MESSAGE", "night": True}],
    "verified": ["MESSAGE"],
    "holds": [{"kind": "LEGAL", "until": wire(NOW_MS)}],
}


def contact_state(**change):
    envelope = {"type": "contact_state.v1", "source": "crm", "id": "c1", "time": wire(NOW_MS)}
    return envelope | {"data": CONTACT | change}


def test_a_contact_state_becomes_a_record_of_its_borrower():
    ((key, value),) = admitted(contact_state(), "references").records
    record = journal.decode(value)

    assert (key, record.effective_at_ms) == (b"brw_1", NOW_MS)
    assert isinstance(record, journal.ContactStateRecord)
    assert (record.data.zones, record.data.holds[0].kind) == (("Asia/Shanghai",), "LEGAL")


@pytest.mark.parametrize(
    ("change", "field_path"),
    [
        pytest.param({"holds": [{"kind": "WHIM"}]}, "$.data.holds[0].kind", id="no such hold"),
        pytest.param({"verified": ["PIGEON"]}, "$.data.verified[0]", id="no such channel"),
        pytest.param({"zones": ["Shanghai\n"]}, "$.data.zones[0]", id="no zone's name"),
    ],
)
def test_a_contact_state_with_words_that_nobody_knows_is_a_dead_letter(change, field_path):
    letter = admitted(contact_state(**change), "references")

    assert (letter.reason, letter.field_path) == ("SCHEMA", field_path)
