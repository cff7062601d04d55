"""What follows from a tier: which contact, about which loan, for how much, and what never does."""

import msgspec
import pytest

from schemas.conduct import ConductProfile
from schemas.control import FeedSpec, SourcesBody
from schemas.loan_terms import LoanStatus
from stream.decide.collection.profiles import shipped
from tests.decide.collection.histories import SEIZED
from tests.decide.collection.world import (
    INSTALMENT,
    RULES,
    Street,
    decided,
    late_since,
    short,
    topic,
    triggers,
)

DUE = "2026-03-10"


def well(*due, rules=RULES + SEIZED, **how):
    """A borrower that owes nothing yet, and can be contacted."""
    street = Street(rules=rules)
    street.contact(**how)
    street.loan(*(due or ("2026-03-20", "2026-04-20")))
    return street


def fails(street, reason="INSUFFICIENT_FUNDS"):
    number = street.number()
    return street.repayment(
        "COLLECTION_ATTEMPT", "FAILED", reason_class=reason, attempt_id=f"att{number}"
    )


def at(street, when, owed=lambda _day: (0, 0)):
    return street.days_with_positions(when, owed=owed)


def test_a_mild_borrower_is_reminded_on_the_day_before():
    street = well(DUE, "2026-04-10")
    at(street, "2026-03-08T12:00")
    fails(street)
    told = at(street, "2026-03-09T23:00")

    proposed = [each for each in triggers(told) if each["op"] == "PROPOSE"]
    assert [each["trigger_id"] for each in proposed] == [f"brw_1/ln_1/due/{DUE}"]
    assert proposed[0]["amount_due"]["amount_minor"] == INSTALMENT
    assert (proposed[0]["tier"], proposed[0]["at"][:10]) == ("mild", "2026-03-09")
    assert "rung_dpd" not in proposed[0]


def test_a_source_that_is_late_that_morning_is_waited_for():
    street = well(DUE, "2026-04-10")
    at(street, "2026-03-08T12:00")
    fails(street)
    street.lag_ms = 10 * 3_600_000
    told = at(street, "2026-03-09T15:00")

    assert short(told) == [
        ("SUPPRESS", f"due/{DUE}", "DATA_HEALTH"),
        ("PROPOSE", f"due/{DUE}", None),
    ]
    assert "2026-03-09T02" <= triggers(told)[-1]["at"] < "2026-03-09T04"


def test_who_is_well_is_not_reminded():
    street = well(DUE)
    at(street, "2026-03-10T23:00")

    assert triggers(street.outputs) == []


def moderate(street):
    at(street, "2026-03-03T12:00")
    fails(street)
    at(street, "2026-03-04T12:00")
    fails(street)


def test_a_moderate_borrower_is_asked_how_things_are_and_for_nothing():
    street = well()
    moderate(street)

    (told,) = triggers(street.outputs)
    assert (told["op"], told["action"], told["channel"]) == (
        "PROPOSE",
        "STRENGTHEN_MONITORING",
        "MESSAGE",
    )
    assert told["amount_due"]["amount_minor"] == 0
    assert told["sequence_no"] == 2
    assert told["alert_ids"] == ["brw_1/nsf/1/2"]


def test_one_loan_is_enough_to_ask_about():
    street = well()
    street.loan("2026-03-25", loan="ln_2")
    at(street, "2026-03-03T12:00")
    fails(street)
    street.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS",
                     attempt_id="x", loan="ln_2")  # fmt: skip
    street.position("2026-03-03", loan="ln_2")
    at(street, "2026-03-04T12:00")
    fails(street)

    assert {each["loan_id"] for each in triggers(street.outputs)} == {"ln_1"}


def test_what_nobody_sends_within_a_week_is_given_up():
    street = well("2026-04-20")
    moderate(street)
    for day in range(5, 14):
        at(street, f"2026-03-{day:02d}T12:00")
        fails(street)
    told = [each for each in triggers(street.outputs) if each["trigger_id"].endswith("tier/2")]

    assert told[-1]["op"] == "RETRACT"
    assert told[-1]["at"][:10] == "2026-03-11"


def test_nothing_due_no_dunning_however_severe():
    street = well()
    at(street, "2026-03-03T12:00")
    fails(street, "ACCOUNT_LEGAL")

    assert [each["to"] for each in topic(street.outputs, "tier-changes")] == ["severe"]
    assert triggers(street.outputs) == []


def severe(street):
    at(street, "2026-03-11T12:00", late_since(DUE))
    street.outputs.clear()
    return fails(street, "ACCOUNT_LEGAL")


def test_a_severe_borrower_that_is_late_is_called_if_two_people_release_it():
    street = well(DUE)
    told = severe(street)
    call = triggers(told)[-1]
    one = street.action({"kind": "approve_trigger", "trigger_id": call["trigger_id"]}, by="d")
    two = street.action({"kind": "approve_trigger", "trigger_id": call["trigger_id"]}, by="e")

    assert short(told) == [
        ("RETRACT", f"dpd-1/{DUE}", None),
        ("NEED_APPROVAL", "tier/2", "APPROVAL"),
    ]
    assert (call["action"], call["channel"], call["tier"]) == ("EARLY_COLLECTION", "CALL", "severe")
    assert triggers(one) == []
    (proposed,) = triggers(two)
    assert (proposed["op"], proposed["approvals"]) == ("PROPOSE", ["d", "e"])


@pytest.mark.parametrize("trigger_id", ["brw_1/nothing", f"brw_1/ln_1/dpd-1/{DUE}"])
def test_what_does_not_wait_for_people_cannot_be_released(trigger_id):
    street = well(DUE)
    severe(street)
    told = street.action({"kind": "approve_trigger", "trigger_id": trigger_id}, by="de")

    assert [each["kind"] for each in topic(told, "decisions")] == ["action_refused"]


def test_a_suspicion_of_fraud_never_becomes_a_contact():
    street = well("2026-03-12")
    at(street, "2026-03-10T12:00")
    street.payee_changed()
    at(street, "2026-03-12T12:00")

    assert [each["to"] for each in topic(street.outputs, "tier-changes")] == ["severe"]
    assert triggers(street.outputs) == []


def test_nor_does_it_raise_what_another_warning_leads_to():
    street = well("2026-03-12")
    at(street, "2026-03-10T12:00")
    street.payee_changed()
    fails(street)
    at(street, "2026-03-11T12:00")

    (_, told) = triggers(street.outputs)
    assert told["trigger_id"].endswith("due/2026-03-12")
    assert (told["tier"], told["alert_ids"]) == ("mild", ["brw_1/nsf/1/1"])


@pytest.mark.parametrize(("source", "simulated"), [("bank", False), ("simulator-1", True)])
def test_what_is_simulated_says_so(source, simulated):
    street = well(DUE)
    street.payee_changed(source=source)
    at(street, "2026-03-11T12:00", late_since(DUE))

    assert {each.get("simulated", False) for each in triggers(street.outputs)} == {simulated}


def test_a_warning_that_is_withdrawn_takes_its_contact_with_it():
    street = well()
    at(street, "2026-03-03T12:00")
    fails(street)
    at(street, "2026-03-04T12:00")
    fails(street)
    number = street.numbers
    told = street.repayment(
        "COLLECTION_ATTEMPT",
        "FAILED",
        reason_class="INSUFFICIENT_FUNDS",
        key=f"k{number}",
        record_kind="CANCEL",
        record_version=2,
    )

    assert short(told) == [("RETRACT", "tier/2", None)]
    assert triggers(told)[0]["cause"] == "correction"


@pytest.mark.parametrize("status", [LoanStatus.WRITTEN_OFF, LoanStatus.SOLD, LoanStatus.SETTLED])
def test_a_loan_that_is_over_leads_to_nothing(status):
    street = well(DUE)
    at(street, "2026-03-11T12:00", late_since(DUE))
    told = street.repayment("STATUS", "SUCCEEDED", loan_status=status)
    told += street.until("2026-03-20T12:00")

    assert short(told) == [("RETRACT", f"dpd-1/{DUE}", None)]


def test_a_silent_feed_takes_proposals_back():
    street = well(DUE)
    feeds = (FeedSpec(source="lms", stream="repayment", silent_after_min=60),)
    street.control(SourcesBody(feeds=feeds))
    at(street, "2026-03-11T10:00", late_since(DUE))
    street.outputs.clear()
    fails(street, "TECHNICAL")
    street.silent = True
    told = street.until("2026-03-11T14:00")

    assert short(told) == [("RETRACT", f"dpd-1/{DUE}", "DATA_HEALTH")]


# --- hold-out, profiles, bootstrap


def test_a_share_of_the_mild_is_held_out_and_never_of_the_others():
    street = Street("2026-03-09T00:00")
    street.hold_out(200)
    for n in range(1, 71):
        borrower, loan = f"brw_{n}", f"ln_{n}"
        street.contact(borrower)
        street.loan(DUE, borrower=borrower, loan=loan)
    street.until("2026-03-11T12:00")
    told = {each["borrower_id"]: each for each in triggers(street.outputs)}
    out = {b for b, each in told.items() if each["reason"]["en"].startswith("held out")}

    assert 6 <= len(out) <= 24
    assert all(told[b]["op"] == "SUPPRESS" and decided(told[b]) is None for b in out)
    assert {told[b]["op"] for b in told.keys() - out} == {"PROPOSE"}

    street.until("2026-03-16T06:00")
    for n in range(1, 71):
        street.position(
            "2026-03-15", borrower=f"brw_{n}", loan=f"ln_{n}", overdue=INSTALMENT, dpd=5
        )
    street.until("2026-03-16T12:00")
    late = {each["borrower_id"]: each["op"] for each in triggers(street.outputs)}
    assert set(late.values()) == {"PROPOSE"}, "at four days past due they are moderate"


def test_a_draft_proposes_only_if_people_accepted_it():
    street = Street()
    street.contact()
    street.loan(DUE, profile="CN")
    at(street, "2026-03-11T12:00", late_since(DUE))
    assert short(street.outputs)[-1] == ("SUPPRESS", f"dpd-1/{DUE}", "APPROVAL")
    assert triggers(street.outputs)[-1]["profile"] == {"name": "CN", "version": 1, "draft": True}

    told = street.conduct(accept_draft_profile=("CN",))
    assert short(told) == [("PROPOSE", f"dpd-1/{DUE}", None)]


def test_a_profile_that_nobody_knows_is_the_strictest():
    street = Street()
    street.contact()
    street.loan(DUE, profile="MARS")
    at(street, "2026-03-11T12:00", late_since(DUE))

    assert triggers(street.outputs)[-1]["profile"]["name"] == "DEFAULT"


def test_the_limit_of_a_partition_puts_off_to_the_next_hour():
    data = msgspec.to_builtins(shipped()["DEFAULT"])
    data["editions"][0]["per_hour"]["value"] = 2
    street = Street("2026-03-09T00:00")
    street.conduct(profiles={"DEFAULT": msgspec.convert(data, ConductProfile)})
    for n in range(1, 6):
        street.contact(f"brw_{n}")
        street.loan(DUE, borrower=f"brw_{n}", loan=f"ln_{n}")
    told = street.until("2026-03-11T12:30")

    by_hour = {}
    for each in triggers(told):
        if each["op"] == "PROPOSE":
            by_hour.setdefault(each["at"][:13], []).append(each["borrower_id"])
    assert [len(each) for each in by_hour.values()] == [2, 2, 1]
