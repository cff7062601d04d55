"""Control records: made, signed by two people, and judged as the fold judges them."""

import msgspec
import pytest

from rules import pack
from schemas.control import Clock, GoLiveBody, ListBody, RuleSetBody
from stream.sources.control_file import (
    ControlFileError,
    Register,
    countersigned,
    payload_of,
    read_body,
    read_records,
    signed_by,
    two_people,
)
from stream.sources.keys import make_trial_keys, read_trust, trial_signers

NOW_MS = 1_795_189_330_000
GO_LIVE = GoLiveBody(clock=Clock.INPUT)
WATCHED = ListBody(name="@watch", members=("mer_1",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    make_trial_keys(folder / "keys", folder / "trust.json")
    return folder


@pytest.fixture
def register(folder):
    return Register(read_trust(folder / "trust.json"))


@pytest.fixture
def keys(folder, register):
    return trial_signers(folder / "keys", register.trust)


def sent(register, body, keys, **changes):
    options = {
        "author": "trial-author",
        "approver": "trial-approver",
        "supersedes": register.superseded("list:watch") if isinstance(body, ListBody) else None,
        "now_ms": NOW_MS,
    }
    record = signed_by(payload_of(body, **(options | changes)), keys)
    return register.add(msgspec.json.encode(record), len(register.history))


def test_a_record_of_two_signers_is_in_force_until_superseded(register, keys):
    first = sent(register, WATCHED, keys)
    assert register.holds(WATCHED)

    more = ListBody(name="@watch", members=("mer_1", "mer_2"))
    second = sent(register, more, keys)

    assert (first.refused, second.refused) == (None, None)
    assert second.payload.supersedes == first.payload.record_id
    assert (register.holds(WATCHED), register.holds(more)) == (False, True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"supersedes": "another"}, "expected to supersede `None`", id="not the last"),
        pytest.param({"approver": "trial-author"}, "of another approver", id="one person"),
        pytest.param({"author": "somebody"}, "expected the signatures", id="not the signers"),
        pytest.param({"record_id": "no id"}, "Expected `str` matching", id="no id"),
    ],
)
def test_what_the_fold_would_refuse_is_refused_with_its_reason(register, keys, changes, says):
    stands = sent(register, GO_LIVE, keys, **changes)

    assert says in stands.refused
    assert not register.in_force


def test_a_record_sent_again_is_refused(register, keys):
    once = sent(register, GO_LIVE, keys)

    assert once.refused is None
    assert "was sent before" in sent(register, GO_LIVE, keys).refused


def test_one_signature_is_not_enough_and_a_second_makes_it_count(register, keys):
    options = {"author": "trial-author", "approver": "trial-approver"}
    payload = payload_of(GO_LIVE, supersedes=None, now_ms=NOW_MS, **options)
    record = signed_by(payload, keys[:1])

    assert "expected the signatures" in register.add(msgspec.json.encode(record), 0).refused
    record = countersigned(record, keys[1:])
    assert register.add(msgspec.json.encode(record), 1).refused is None


def test_a_rule_set_that_is_wrong_is_refused_with_its_place(register, keys):
    stands = sent(register, RuleSetBody(files={"mine.ewl": "rule x {"}), keys)

    assert "mine.ewl" in stands.refused


def test_the_shipped_rule_set_counts(register, keys):
    assert sent(register, RuleSetBody(files=pack("postloan")), keys).refused is None


@pytest.mark.parametrize("value", [None, b"", b"nonsense", b"{}"])
def test_what_is_no_record_has_its_place_in_the_history(register, value):
    stands = register.add(value, 0)

    assert (stands.payload, stands.refused[:8]) == (None, "expected")


def test_the_id_is_made_of_what_is_said():
    options = {"author": "a", "approver": "b", "supersedes": None}
    once, again = (payload_of(WATCHED, now_ms=now_ms, **options) for now_ms in (1, 2))
    other = payload_of(WATCHED, now_ms=1, **options | {"supersedes": once.record_id})

    assert once.record_id == again.record_id != other.record_id
    assert once.record_id.startswith("list:watch-")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"nonsense", id="not JSON"),
        pytest.param(b'{"kind":"golive"}', id="no such kind"),
        pytest.param(b'{"kind":"list","name":"watch","members":[]}', id="a name without @"),
    ],
)
def test_what_is_no_body_is_said(text):
    with pytest.raises(ControlFileError, match="expected the body of a control record"):
        read_body(text)


def test_what_is_no_signed_record_is_said():
    with pytest.raises(ControlFileError, match="expected signed records"):
        read_records(b'{"payload": 1}')


def test_two_keys_of_one_person_are_not_two_people(keys):
    with pytest.raises(ControlFileError, match="keys of two people"):
        two_people([keys[0], keys[0]])
    assert two_people(keys) == ("trial-author", "trial-approver")
