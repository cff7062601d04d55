"""Who is linked to which borrower, as the signed register says: what is forged changes nothing."""

from __future__ import annotations

import msgspec
import pytest

from schemas.control import ControlPayload, ListBody, subject_of
from schemas.instants import from_ms
from schemas.operators import OPERATOR_LINKS
from schemas.signing import Right, Signed, Trust, sign
from stream.roles.desk_feed.control import Governing
from stream.sources.keys import trusted
from tests.decide.conftest import KEYS

TRUST = Trust(keys=tuple(trusted(name, KEYS[name].public_key(), (Right.CONTROL,)) for name in "ab"))


def record(record_id, *members, supersedes=None, by="ab", name=OPERATOR_LINKS):
    body = ListBody(name=name, members=members)
    payload = ControlPayload(
        record_id=record_id,
        subject=subject_of(body),
        supersedes=supersedes,
        author="a",
        approver="b",
        issued_at=from_ms(0),
        body=body,
    )
    text = msgspec.json.encode(payload).decode()
    signatures = tuple(sign(text, key_id=key, key=KEYS[key]) for key in by)
    return msgspec.json.encode(Signed(payload=text, signatures=signatures))


def told(writes):
    return [msgspec.json.decode(each.value) for each in writes]


def test_the_list_is_taken_and_replaced():
    governing = Governing(TRUST)

    first = governing.take(record("r1", "ann/brw_2", "ann/brw_1"), 1, 0)
    second = governing.take(record("r2", supersedes="r1"), 2, 0)

    assert (told(first), told(second)) == ([["ann/brw_1", "ann/brw_2"]], [[]])
    assert second[0].version > first[0].version
    assert {each.field for each in (*first, *second)} == {OPERATOR_LINKS}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(record("r2", supersedes="r1", by="a"), id="signed by one"),
        pytest.param(record("r2", supersedes=None), id="that does not know what it replaces"),
        pytest.param(record("r1", "ann/brw_1", supersedes=None), id="sent again"),
        pytest.param(record("r2", name="@watch"), id="another list"),
        pytest.param(b"{", id="no record"),
    ],
)
def test_what_does_not_count_changes_nothing(value):
    governing = Governing(TRUST)
    governing.take(record("r1", "ann/brw_1"), 1, 0)

    assert governing.take(value, 2, 0) == []
