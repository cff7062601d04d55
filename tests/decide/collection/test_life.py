"""The life of a trigger, in a whole book: from an arrear to its payment, and what comes between."""

import msgspec
import pytest

from schemas import journal
from schemas.alert import Phase
from schemas.control import Clock, GoLiveBody
from schemas.reference import HoldKind
from stream.decide.collection.life import consider
from stream.decide.outbox import Outbox
from stream.decide.turn import Turn
from tests.decide.collection.world import (
    INSTALMENT,
    Street,
    decided,
    late_since,
    ms,
    short,
    topic,
    triggers,
)

DUE = "2026-03-10"
"""A Tuesday."""


def overdue(when="2026-03-11T10:00", *, clock=Clock.WALL, **how):
    """A borrower that has not paid, at an hour at which it may be contacted."""
    street = Street(clock=clock)
    street.contact()
    street.loan(DUE, "2026-04-10", **how)
    street.days_with_positions(when, owed=late_since(DUE))
    return street


def test_an_arrear_is_put_off_to_the_morning_and_then_proposed():
    street = overdue()

    first, second = triggers(street.outputs)
    assert (first["op"], decided(first), first["at"]) == (
        "DEFER",
        "QUIET_HOURS",
        "2026-03-10T16:00:00.000Z",
    )
    assert (second["op"], decided(second)) == ("PROPOSE", None)
    assert second["at"] == second["earliest_at"] == first["earliest_at"]
    assert "2026-03-11T01:00" <= second["at"] < "2026-03-11T01:45"
    assert second["latest_at"] == "2026-03-11T11:00:00.000Z"
    assert second["amount_due"] == {"amount_minor": INSTALMENT, "currency": "CNY"}
    assert (second["action"], second["channel"], second["rung_dpd"]) == ("REMIND", "MESSAGE", 1)
    assert len(second["guards"]) == 16
    assert all(each["legal_basis"] for each in second["guards"])


def test_every_record_of_a_trigger_is_a_decision_too():
    street = overdue()
    street.pay()

    decisions = topic(street.outputs, "decisions")
    told = [each["trigger"] for each in decisions if each["kind"] == "trigger"]
    assert told == triggers(street.outputs)
    assert [each["ordinal"] for each in told] == [1, 2, 3]


def test_the_money_that_comes_takes_it_back_at_once():
    street = overdue()

    assert short(street.pay()) == [("RETRACT", f"dpd-1/{DUE}", None)]
    assert triggers(street.until("2026-03-20T12:00")) == []


def test_what_nobody_sent_is_taken_back_in_the_evening_and_proposed_again():
    street = overdue()
    told = street.until("2026-03-11T20:00")
    told += street.position("2026-03-11", overdue=INSTALMENT, dpd=1)
    told += street.until("2026-03-12T10:00")

    assert [each[0] for each in short(told)] == ["RETRACT", "PROPOSE"]
    assert triggers(told)[0]["reason"]["en"] == "nobody sent it in time"


def test_the_ladder_goes_up_by_the_days_past_due():
    street = overdue("2026-04-20T12:00")

    proposed = [each for each in triggers(street.outputs) if each["op"] == "PROPOSE"]
    firsts = {each["trigger_id"]: each for each in reversed(proposed)}
    assert [
        (each["rung_dpd"], each["channel"], each["at"][:10])
        for each in sorted(firsts.values(), key=lambda each: each["at"])
    ] == [
        (1, "MESSAGE", "2026-03-11"),
        (3, "MESSAGE", "2026-03-13"),
        (7, "CALL", "2026-03-17"),
        (15, "LETTER", "2026-03-25"),
    ]
    assert max(each["at"] for each in proposed) < "2026-04-09", "people have it from day 30 on"


def test_an_arrear_that_is_known_late_gets_the_latest_rung_alone():
    street = Street("2026-03-01T00:00")
    street.contact()
    street.loan("2026-04-10")
    street.until("2026-03-19T10:00")
    street.loan(DUE, loan="ln_2")
    street.position("2026-03-18", overdue=INSTALMENT, dpd=8, loan="ln_2")
    street.until("2026-03-19T12:00")

    assert [each[1] for each in short(street.outputs)] == [f"dpd-7/{DUE}"]
    assert triggers(street.outputs)[0]["at"].startswith("2026-03-19T02")


def test_bootstrap_says_nothing_and_go_live_the_present_rung():
    street = Street(live=False)
    street.contact()
    street.loan(DUE)
    street.days_with_positions("2026-03-19T10:00", owed=late_since(DUE))
    assert triggers(street.outputs) == []

    street.control(GoLiveBody(clock=Clock.WALL))
    (told,) = triggers(street.outputs)
    assert (told["op"], told["rung_dpd"], told["cause"]) == ("PROPOSE", 7, "go_live")


@pytest.mark.parametrize(
    ("hold", "guard"),
    [
        (HoldKind.LEGAL, "LEGAL_HOLD"),
        (HoldKind.DECEASED, "DECEASED"),
        (HoldKind.COMPLIANCE, "COMPLIANCE_HOLD"),
        (HoldKind.DISPUTE, "DISPUTE"),
        (HoldKind.COMPLAINT, "DISPUTE"),
        (HoldKind.HARDSHIP, "HARDSHIP"),
        (HoldKind.MORATORIUM, "HARDSHIP"),
        (HoldKind.DISASTER_AREA, "HARDSHIP"),
        (HoldKind.VULNERABLE, "HARDSHIP"),
    ],
)
def test_a_hold_takes_back_and_its_end_proposes_again(hold, guard):
    street = overdue()
    began = street.contact(holds=({"kind": hold.value},))
    ended = street.contact()

    assert short(began) == [("RETRACT", f"dpd-1/{DUE}", guard)]
    assert short(ended) == [("PROPOSE", f"dpd-1/{DUE}", None)]


def test_compliance_does_not_say_why():
    street = overdue()
    (told,) = triggers(street.contact(holds=({"kind": "COMPLIANCE"},)))

    answers = {each["guard"]: each["detail"] for each in told["guards"]}
    assert answers["COMPLIANCE_HOLD"] == "a hold is in force"
    assert told["reason"]["en"] == "a hold is in force"


def test_a_hold_that_begins_in_the_afternoon_ends_the_proposal_there():
    street = Street()
    street.contact(holds=({"kind": "MORATORIUM", "since": "2026-03-11T06:00:00Z"},))
    street.loan(DUE)
    street.days_with_positions("2026-03-11T10:00", owed=late_since(DUE))

    proposed = triggers(street.outputs)[-1]
    assert (proposed["op"], proposed["latest_at"]) == ("PROPOSE", "2026-03-11T06:00:00.000Z")
    assert short(street.until("2026-03-11T14:30")) == [("RETRACT", f"dpd-1/{DUE}", "HARDSHIP")]


def test_a_reason_that_stays_is_told_once():
    street = Street()
    street.loan(DUE)
    street.days_with_positions("2026-03-12T20:00", owed=late_since(DUE))

    assert short(street.outputs) == [("SUPPRESS", f"dpd-1/{DUE}", "CONSENT")]


# --- the kill switch


@pytest.mark.parametrize("clock", Clock)
def test_the_kill_switch_takes_back_everything_by_one_signature(clock):
    street = overdue(clock=clock)

    assert short(street.kill_switch(on=True)) == [("RETRACT", f"dpd-1/{DUE}", "KILL_SWITCH")]


@pytest.mark.parametrize("clock", Clock)
def test_it_takes_two_people_to_let_contacts_go_on_and_then_little_by_little(clock):
    street = overdue(clock=clock)
    street.kill_switch(on=True)
    refused = street.kill_switch(on=False, by="a")
    assert [each["kind"] for each in topic(refused, "health")] == ["control_refused"]
    assert triggers(refused) == []

    told = street.kill_switch(on=False)
    assert [each[0] for each in short(told)] == []
    told = street.until("2026-03-11T11:00", every_ms=60_000)
    assert [each[0] for each in short(told)] == ["PROPOSE"]


def test_a_kill_switch_without_a_signature_that_counts_changes_nothing():
    street = overdue()
    told = street.kill_switch(on=True, by="d")

    assert triggers(told) == []
    assert [each["kind"] for each in topic(told, "health")] == ["control_refused"]


def test_an_old_switch_sent_again_does_nothing():
    street = overdue()
    street.kill_switch(on=True)
    key, value = street.records[-1]
    street.kill_switch(on=False)
    street.until("2026-03-11T11:00")
    record = journal.decode(value)
    record = msgspec.structs.replace(record, seq=street.controls, prev_seq=street.controls - 1)
    told = street.add(key, record)

    assert triggers(told) == []
    assert [each["kind"] for each in topic(told, "health")] == ["control_refused"]


# --- permits and outcomes


def contacted(**how):
    street = overdue(**how)
    permit, told = street.permit(triggers(street.outputs)[-1])
    return street, permit, told


def test_leave_ends_the_trigger_and_counts():
    street, permit, told = contacted()

    assert triggers(told) == []
    assert [each["kind"] for each in topic(told, "decisions")] == ["permit_noted"]
    assert triggers(street.until("2026-03-11T20:00")) == []
    _, again = street.permit(
        {"trigger_id": "x", "borrower_id": "brw_1", "channel": "CALL"}, permit_id=permit
    )
    assert again == []


def test_a_payment_after_the_contact_needs_no_amends():
    street, _, _ = contacted()
    street.until("2026-03-11T16:00")

    assert triggers(street.pay()) == []


@pytest.mark.parametrize(
    ("waited", "paid_at"),
    [
        pytest.param("2026-03-11T10:01", "2026-03-11T10:00", id="leave is still good"),
        pytest.param("2026-03-11T16:00", "2026-03-11T09:30", id="paid before the contact"),
    ],
)
def test_a_payment_that_was_made_before_or_meanwhile_needs_amends(waited, paid_at):
    street, _, _ = contacted()
    street.until(waited, every_ms=60_000)
    (told,) = triggers(street.pay(at_ms=ms(paid_at)))

    assert (told["op"], told["compensate"]) == ("RETRACT", True)


def test_a_contact_whose_leave_came_late_can_need_amends_too():
    street = overdue("2026-03-11T19:00")
    proposed = next(each for each in triggers(street.outputs) if each["op"] == "PROPOSE")
    street.permit(proposed, granted_ms=ms("2026-03-11T18:59"))
    street.until("2026-03-11T23:00")
    (told,) = triggers(street.pay(at_ms=ms("2026-03-11T12:00")))

    assert (told["op"], told["compensate"]) == ("RETRACT", True)


def test_a_hold_calls_back_what_leave_was_given_for_a_moment_ago():
    street, _, _ = contacted()
    (told,) = triggers(street.contact(holds=({"kind": "LEGAL"},)))

    assert (told["op"], told["compensate"]) == ("RETRACT", True)


def health(told):
    return [(each["kind"], each["message"]) for each in topic(told, "health")]


def test_leave_for_what_was_taken_back_is_a_breach():
    street = overdue()
    trigger = triggers(street.outputs)[-1]
    street.pay()
    _, told = street.permit(trigger)

    ((kind, message),) = health(told)
    assert kind == "conduct_breach"
    assert (
        message == f"leave for `{trigger['trigger_id']}`, which ended at 2026-03-11T02:00:00.000Z"
    )
    assert "conduct_breach" in [each["kind"] for each in topic(told, "decisions")]
    (retracted,) = triggers(told)
    assert (retracted["op"], retracted["compensate"]) == ("RETRACT", True)


def test_leave_that_was_given_in_time_and_comes_late_is_no_breach():
    street = overdue("2026-03-11T19:00")
    proposed = next(each for each in triggers(street.outputs) if each["op"] == "PROPOSE")
    assert triggers(street.outputs)[-1]["op"] == "RETRACT"
    _, told = street.permit(proposed, granted_ms=ms("2026-03-11T18:59"))

    assert health(told) == []
    assert triggers(told + street.until("2026-03-12T12:00")) == []


def test_leave_that_crossed_a_payment_needs_amends():
    street = overdue()
    trigger = triggers(street.outputs)[-1]
    street.tick("2026-03-11T10:05")
    street.pay()
    _, told = street.permit(trigger, granted_ms=ms("2026-03-11T10:04"))

    assert health(told) == []
    (retracted,) = triggers(told)
    assert (retracted["op"], retracted["compensate"]) == ("RETRACT", True)


def test_leave_for_what_is_no_trigger_is_a_breach():
    street = overdue()
    _, told = street.permit(triggers(street.outputs)[-1] | {"trigger_id": "brw_1/nothing"})

    assert health(told) == [("conduct_breach", "leave for `brw_1/nothing`, which is no trigger")]


def test_leave_given_twice_is_a_breach():
    street, _, _ = contacted()
    _, told = street.permit(triggers(street.outputs)[-1])

    assert health(told)[0][0] == "conduct_breach"


def test_a_contact_without_leave_is_a_breach_and_counts():
    street = Street()
    street.contact()
    street.loan(DUE)
    street.days_with_positions("2026-03-10T23:00", owed=late_since(DUE))
    told = street.outcome("DELIVERED")
    assert health(told) == [("conduct_breach", "a contact for which nobody gave leave")]

    told = street.until("2026-03-11T12:00")
    assert short(told)[-1] == ("DEFER", f"dpd-1/{DUE}", "FREQUENCY_CAP")


def test_an_outcome_may_be_here_before_its_permit():
    street = overdue()
    trigger = triggers(street.outputs)[-1]
    early = street.outcome("DELIVERED", permit="permit-x", trigger=trigger["trigger_id"])
    _, late = street.permit(trigger, permit_id="permit-x")

    assert health(early + late + street.until("2026-03-11T12:00")) == []


def test_an_outcome_whose_permit_never_comes_is_a_breach_in_the_end():
    street = overdue()
    told = street.outcome("DELIVERED", permit="permit-x")
    assert health(told) == []

    told = street.until("2026-03-11T12:00", every_ms=60_000)
    assert health(told) == [("conduct_breach", "a contact under `permit-x`, which is no permit")]


@pytest.mark.parametrize(
    ("kind", "guard"),
    [
        ("DISPUTED", "DISPUTE"),
        ("COMPLAINT", "DISPUTE"),
        ("HARDSHIP_CLAIMED", "HARDSHIP"),
        ("WRONG_PARTY", "IDENTITY"),
    ],
)
def test_what_a_borrower_says_holds(kind, guard):
    street, permit, _ = contacted()
    street.outcome(kind, permit=permit)
    told = street.days_with_positions("2026-03-13T12:00", owed=late_since(DUE))

    assert short(told)[-1] == ("SUPPRESS", f"dpd-3/{DUE}", guard)


@pytest.mark.parametrize(
    ("kind", "days", "guard"),
    [("HARDSHIP_CLAIMED", 14, "HARDSHIP"), ("DISPUTED", 30, "DISPUTE")],
)
def test_it_does_not_end_by_itself_but_waits_for_people(kind, days, guard):
    street = Street("2026-02-01T00:00")
    street.contact()
    street.outcome(kind, permit=None)
    street.until(street.now_ms + days * 86_400_000)
    street.loan("2026-03-18")
    street.days_with_positions("2026-03-19T12:00", owed=late_since("2026-03-18"))

    assert short(street.outputs)[-1] == ("NEED_APPROVAL", "dpd-1/2026-03-18", guard)
    street.action({"kind": "lift_hold", "hold": guard, "reason": "answered"}, by="d")
    assert short(street.outputs)[-1][0] == "NEED_APPROVAL"
    street.action({"kind": "lift_hold", "hold": guard, "reason": "answered"}, by="de")
    assert short(street.outputs)[-1][0] == "PROPOSE"


@pytest.mark.parametrize(
    ("reason", "guard"), [("DECEASED", "DECEASED"), ("CUSTOMER_DISPUTE", "DISPUTE")]
)
def test_a_returned_payment_holds_by_its_reason(reason, guard):
    street = overdue()
    told = street.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class=reason)

    assert short(told) == [("RETRACT", f"dpd-1/{DUE}", guard)]


def test_a_payment_on_its_way_takes_back_until_it_has_failed():
    street = overdue()
    begun = street.repayment("PAYMENT", "PENDING", payment_ref="wire-1", fen=INSTALMENT)
    failed = street.repayment("PAYMENT", "FAILED", payment_ref="wire-1")

    assert short(begun) == [("RETRACT", f"dpd-1/{DUE}", "AMOUNT_CHECK")]
    assert short(failed) == [("PROPOSE", f"dpd-1/{DUE}", None)]


def test_a_part_that_is_paid_gives_a_day_of_rest_and_asks_for_the_rest():
    street = overdue()
    paid = street.pay(INSTALMENT // 4)
    assert short(paid) == [("RETRACT", f"dpd-1/{DUE}", "AMOUNT_CHECK")]

    street.until("2026-03-11T23:00")
    street.position("2026-03-11", overdue=INSTALMENT * 3 // 4, dpd=1)
    told = street.until("2026-03-12T12:00")
    assert triggers(told)[-1]["amount_due"]["amount_minor"] == INSTALMENT * 3 // 4


def test_what_is_said_again_and_again_is_held_once():
    street = overdue()
    for _ in range(5):
        street.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="CUSTOMER_DISPUTE")
        street.outcome("COMPLAINT")
    holds = street.book._shelf.take("brw_1").collection.holds

    assert sorted(each.kind for each in holds) == ["COMPLAINT", "DISPUTE"]


# --- operators


def test_an_operators_hold_takes_back_and_two_lift_it():
    street = overdue()
    held = street.action({"kind": "hold", "hold": "VULNERABLE", "reason": "specialists have it"})
    alone = street.action({"kind": "lift_hold", "hold": "VULNERABLE", "reason": "well"})
    lifted = street.action({"kind": "lift_hold", "hold": "VULNERABLE", "reason": "well"}, by="de")

    assert short(held) == [("RETRACT", f"dpd-1/{DUE}", "HARDSHIP")]
    assert triggers(held)[0]["cause"] == "operator"
    assert [each["kind"] for each in topic(alone, "decisions")] == ["action_refused"]
    assert short(lifted) == [("PROPOSE", f"dpd-1/{DUE}", None)]


def test_compliance_holds_are_not_an_operators():
    street = overdue()
    told = street.action({"kind": "hold", "hold": "COMPLIANCE", "reason": "x"})

    assert [each["kind"] for each in topic(told, "decisions")] == ["action_refused"]


def test_before_the_first_tick_nothing_is_asked_and_nothing_waited_for():
    """Else what is put off by an hour at the beginning of time is asked again each hour since."""
    book = overdue().book
    borrower, broadcast, outbox = book._shelf.take("brw_1"), book._broadcast, Outbox(Phase.LIVE)
    waits = dict(borrower.header.waits)
    broadcast.position.now_ms = 0
    consider(borrower, Turn(broadcast, 0, outbox))

    assert (borrower.header.waits, outbox.outputs) == (waits, [])
