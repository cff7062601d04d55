"""What takes two people: one asks through the desk, another endorses."""

from datetime import date

import pytest

from schemas.instants import HOUR_MS, wire
from tests.decide.cases.night import Night, of, refusal
from tests.decide.collection.world import triggers

RELEASE = {"legal_entity": "default", "tier": "severe"}
LIFT = {"hold": "DISPUTE", "reason": "answered"}


def asked(kind, fields):
    """A night in which ann has asked for something that takes two."""
    night = Night()
    night.payee_changed()
    night.says("ann", "hold", case=False, fields={"hold": "DISPUTE", "reason": "says so"})
    if kind == "snooze_tier":
        fields = fields | {"until": wire(night.now_ms + 40 * HOUR_MS)}
    told = night.says("ann", kind, case=False, record_id="ask", fields=fields)
    assert refusal(told) == ""
    return night


def endorse(night, operator="sue", **how):
    how.setdefault("fields", {"record_id": "ask"})
    return night.says(operator, "endorse", case=False, **how)


SNOOZE = {"legal_entity": "default", "reason": "renovation"}


@pytest.mark.parametrize(
    ("kind", "fields", "is_done"),
    [
        pytest.param("lift_hold", LIFT, lambda case: "holds" not in case, id="a hold is lifted"),
        pytest.param("snooze_tier", SNOOZE, lambda case: "snoozed_until" in case, id="put off"),
    ],
)
def test_the_first_waits_and_the_second_completes_it(kind, fields, is_done):
    night = asked(kind, fields)
    during = night.case()
    told = endorse(night)
    after = night.case()

    assert not is_done(during)
    assert [each["kind"] for each in during["pending"]] == [kind]
    assert during["entries"][-1]["done"] == "PENDING"
    assert refusal(told) == ""
    assert is_done(after)
    assert "pending" not in after
    assert after["entries"][-1]["detail"] == f"{kind} of ann"


def test_two_let_a_severe_tier_come_down():
    night = Night()
    night.payee_changed()
    night.until(night.now_ms + 4 * 24 * HOUR_MS, every_ms=12 * HOUR_MS)
    night.says("ann", "release_tier", case=False, record_id="ask", fields=RELEASE)
    during = night.case()["tier"]
    assert refusal(endorse(night)) == ""

    assert (during, night.case()["tier"]) == ("severe", "moderate")


def late(day):
    """What the core says of a loan whose first instalment, on the 18th of March, is not paid."""
    days = (day - date(2026, 3, 18)).days
    return (100_000, days) if days > 0 else (0, 0)


def test_two_release_a_contact():
    night = Night("2026-02-01T00:00")
    night.contact()
    night.outcome("HARDSHIP_CLAIMED", permit=None)
    night.until(night.now_ms + 14 * 24 * HOUR_MS)
    night.loan("2026-03-18")
    night.days_with_positions("2026-03-19T12:00", owed=late)
    fields = {"trigger_id": triggers(night.outputs)[-1]["trigger_id"]}
    ops = [triggers(night.outputs)[-1]["op"]]
    night.says("ann", "approve_trigger", case=False, record_id="ask", fields=fields)
    ops.append(triggers(night.outputs)[-1]["op"])
    assert refusal(endorse(night)) == ""
    ops.append(triggers(night.outputs)[-1]["op"])

    assert ops == ["NEED_APPROVAL", "NEED_APPROVAL", "PROPOSE"]


@pytest.mark.parametrize(
    ("operator", "how", "says"),
    [
        pytest.param("ann", {"cls": "DESK_SUPERVISOR"}, "another person than `ann`", id="oneself"),
        pytest.param("ben", {}, "may approve", id="an operator"),
        pytest.param("cat", {}, "may approve", id="compliance"),
        pytest.param("sue", {"fields": {"record_id": "a0"}}, "nothing waits", id="what is not"),
    ],
)
def test_nobody_else_endorses(operator, how, says):
    night = asked("lift_hold", LIFT)

    told = endorse(night, operator, **how)

    assert says in refusal(told)
    assert night.case()["holds"] == ["DISPUTE"]
    assert "pending" in night.case()


def test_what_nobody_endorses_lapses_after_a_day():
    night = asked("lift_hold", LIFT)
    noted_ms = night.now_ms
    told = night.until(night.now_ms + 25 * HOUR_MS)

    (lapsed,) = [each for each in of(told, "decisions") if each["kind"] == "action_refused"]
    assert (lapsed["about"], lapsed["at"]) == ("ask", wire(noted_ms + 24 * HOUR_MS))
    assert "pending" not in night.case()
    assert [each["kind"] for each in night.case()["entries"]][-1] == "lapsed"
    assert "nothing waits" in refusal(endorse(night))


def test_what_waits_is_not_asked_for_twice():
    night = asked("lift_hold", LIFT)

    told = night.says("ben", "lift_hold", case=False, fields=LIFT)

    assert "`ann` has asked for it: endorse `ask`" in refusal(told)


@pytest.mark.parametrize(
    ("hours", "says"), [(47, ""), (49, "within 48 hours"), (-1, "within 48 hours")]
)
def test_a_severe_one_is_put_off_for_two_days_at_most(hours, says):
    night = Night()
    night.payee_changed()
    fields = SNOOZE | {"until": wire(night.now_ms + hours * HOUR_MS)}

    told = night.says("ann", "snooze_tier", case=False, fields=fields)

    assert says in refusal(told)
    assert bool(refusal(told)) is bool(says)


def test_without_a_case_it_waits_on_the_borrower():
    night = Night()
    night.says("ann", "hold", case=False, fields={"hold": "DISPUTE", "reason": "says so"})
    night.says("ann", "lift_hold", case=False, record_id="ask", fields=LIFT)
    assert refusal(endorse(night)) == ""

    assert night.cases() == {}
