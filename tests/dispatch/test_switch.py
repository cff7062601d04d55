"""The kill switch: who can work it, and that nobody else can."""

import pytest

from schemas.signing import SignatureRefusedError
from stream.dispatch.switch import Switch


@pytest.fixture
def switch(gate):
    return Switch(gate.TRUST)


def test_one_person_switches_on_and_two_switch_off(switch, gate):
    on, on_id = gate.kill(on=True, by=["ann"], approver="ann")
    assert switch.apply(on)
    assert switch.on

    off, _ = gate.kill(on=False, supersedes=on_id)
    assert switch.apply(off)
    assert not switch.on


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"by": []}, "expected a signature", id="unsigned"),
        pytest.param({"by": ["ann"]}, "an author and of another approver", id="one of two"),
        pytest.param({"by": ["ann"], "approver": "ann"}, "another approver", id="approves itself"),
        pytest.param({"by": ["ann", "desk"], "approver": "desk"}, "may not sign", id="no right"),
        pytest.param({"supersedes": "kill-none"}, "to supersede", id="wrong predecessor"),
        pytest.param({"record_id": "first"}, "was sent before", id="an id used before"),
    ],
)
def test_who_may_not_switches_nothing_off(switch, gate, fields, says):
    switch.apply(gate.kill(on=True, record_id="first")[0])

    with pytest.raises(SignatureRefusedError, match=says):
        switch.apply(gate.kill(on=False, **{"supersedes": "first"} | fields)[0])

    assert switch.on


def test_an_old_record_sent_again_switches_nothing(switch, gate):
    first, first_id = gate.kill(on=True)
    second, second_id = gate.kill(on=False, supersedes=first_id)
    third, _ = gate.kill(on=True, supersedes=second_id)
    for record in (first, second, third):
        switch.apply(record)

    with pytest.raises(SignatureRefusedError):
        switch.apply(second)
    assert switch.on


@pytest.mark.parametrize(
    "value", [None, b"", b"no json", b"[" * 100_000, b'{"payload":"{}","signatures":[]}', b"\xff"]
)
def test_what_is_no_record_of_the_switch_is_somebody_elses(switch, value):
    assert not switch.apply(value)
    assert not switch.on
