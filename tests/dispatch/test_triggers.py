"""Triggers and permits of one partition: what is kept, what is forgotten, what is refused."""

import msgspec
import pytest

from schemas.collection_trigger import Op
from schemas.instants import DAY_MS, from_ms, wire
from schemas.signing import SignatureRefusedError
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream.dispatch.grants import Grants
from stream.dispatch.switch import Switch
from stream.dispatch.triggers import KEPT_MS, Triggers
from tests.dispatch.conftest import NOW, TRUST, Gate, kill, request, trigger


def progress(tick_at_ms):
    return msgspec.json.encode(TriggerProgress(tick_at_ms=tick_at_ms))


def test_the_record_with_the_highest_ordinal_stands_whatever_comes_again():
    gate = Gate().tell(trigger(ordinal=2, op=Op.RETRACT), trigger(ordinal=1))

    assert gate.triggers["t1"].op is Op.RETRACT


def test_progress_never_goes_back():
    triggers = Triggers()
    for tick in (NOW, NOW - 60_000):
        triggers.fold(PROGRESS_KEY, progress(tick))

    assert triggers.through_ms == NOW


def test_triggers_are_forgotten_when_their_last_record_is_old_and_no_sooner():
    gate = Gate()
    gate.tell(trigger("old", at=wire(NOW - 1)), trigger("young", at=wire(NOW)))
    gate.triggers.fold(PROGRESS_KEY, progress(NOW + KEPT_MS))

    assert ("old" in gate.triggers, "young" in gate.triggers) == (False, True)
    assert KEPT_MS == 14 * DAY_MS


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(b"brw_2", msgspec.json.encode(trigger()), id="another borrower's key"),
        pytest.param(PROGRESS_KEY, msgspec.json.encode(trigger()), id="the key of progress"),
        pytest.param(b"brw_1", progress(NOW), id="progress under a borrower's key"),
        pytest.param(b"brw_1", None, id="a tombstone"),
        pytest.param(b"brw_1", b"\xff", id="no text"),
        pytest.param(b"brw_1", b"[" * 100_000, id="a deep one"),
        pytest.param(b"brw_1", msgspec.json.encode(trigger(at="yesterday")), id="no instant"),
    ],
)
def test_a_record_that_cannot_be_read_holds_its_key_back(key, value):
    triggers = Triggers()

    with pytest.raises(ValueError, match=r".+"):
        triggers.fold(key, value)

    assert triggers.unreadable == {key}
    assert len(triggers) == 0
    assert triggers.through_ms is None


def test_a_permit_is_open_to_its_last_millisecond():
    gate = Gate().tell(trigger())
    permit = gate.ask(request()).permit
    until_ms = gate.now + gate.limits.valid_ms

    assert gate.grants.open_of("brw_1", until_ms) == permit
    assert gate.grants.open_of("brw_1", until_ms + 1) is None


def test_the_first_permit_of_a_trigger_stands():
    gate = Gate().tell(trigger())
    permit = gate.ask(request()).permit
    grants = Grants()
    second = msgspec.structs.replace(permit, permit_id="pm_2", granted_at=from_ms(NOW + 1))

    assert [grants.add(permit), grants.add(second)] == [True, False]
    assert grants.of("t1") == permit
    assert len(grants.recent(NOW)) == 1


def test_nobody_switches_on_in_anothers_name():
    switch = Switch(TRUST)

    with pytest.raises(SignatureRefusedError, match="signature of the author"):
        switch.apply(kill(on=True, by=["bob"], author="ann", approver="ann")[0])
    assert not switch.on
