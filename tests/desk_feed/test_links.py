"""Who is linked to whom, as the lender's reference records say."""

from __future__ import annotations

import msgspec
import pytest

from schemas.desk_keys import Name, Party
from schemas.envelope import DecodeError, decode, encode
from schemas.instants import DAY_MS, wire
from stream.desk_feed.links import ALWAYS, of_reference
from stream.intake.keys import record_key
from tests.desk.made import AT_MS

LINK = {"token": "acc_1", "borrower_id": "brw_1", "relation": "ACCOUNT"}


def record(kind="party_link.v1", **data):
    return encode(record_id="r1", source="core", record_type=kind, at_ms=AT_MS, data=LINK | data)


def kept(puts):
    return {
        (each.name, each.subject, each.field): msgspec.json.decode(each.value, type=Party)
        for each in puts
    }


def test_a_link_is_kept_both_ways():
    until = {"valid_from": wire(AT_MS), "valid_to": wire(AT_MS + DAY_MS)}

    found = kept(of_reference(b"party_link:acc_1:brw_1", record(**until), 7))

    party = Party(relation="ACCOUNT", from_ms=AT_MS, to_ms=AT_MS + DAY_MS)
    assert found == {
        (Name.TOKENS, "brw_1", "acc_1"): party,
        (Name.PARTIES, "acc_1", "brw_1"): party,
    }


def test_a_link_without_dates_is_for_ever():
    for party in kept(of_reference(b"k", record(), 0)).values():
        assert (party.from_ms, party.to_ms) == ALWAYS


def test_what_is_taken_back_is_by_the_key_that_ingest_makes():
    key = record_key(decode(record()).data).encode()
    assert key == b"party_link:acc_1:brw_1"

    (mine, theirs) = of_reference(key, None, 8)

    assert {each.to_ms for each in kept((mine, theirs)).values()} == {0}
    assert mine.version > next(iter(of_reference(key, record(), 7))).version


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(b"token_alias:acc_1", None, id="an alias that is taken back"),
        pytest.param(None, None, id="nothing at all"),
        pytest.param(b"party_link:acc_1", None, id="a key of another form"),
        pytest.param(b"x", b'{"type":"loan_contract.v1"}', id="another kind of reference"),
    ],
)
def test_all_else_changes_nothing(key, value):
    assert list(of_reference(key, value, 1)) == []


def test_a_link_that_cannot_be_read_says_so():
    with pytest.raises(DecodeError):
        list(of_reference(b"k", record(token="no token"), 1))
