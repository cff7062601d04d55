"""Who may do what, as the fold sees it; and that what is forged changes nothing."""

import msgspec
import pytest

from schemas.instants import HOUR_MS, wire
from schemas.operators import OperatorClass
from tests.decide.cases.night import Night, of, refusal

WORKERS = {"DESK_OPERATOR", "DESK_SUPERVISOR", "FRAUD_ANALYST"}
CALLERS = {"DESK_OPERATOR", "DESK_SUPERVISOR", "COLLECTIONS"}
ENTITLED = {
    "claim": WORKERS,
    "give_back": WORKERS,
    "assign": {"DESK_SUPERVISOR"},
    "acknowledge": WORKERS,
    "triage": WORKERS,
    "measure": WORKERS,
    "wait": WORKERS,
    "note": WORKERS,
    "outcome": WORKERS,
    "close": WORKERS,
    "endorse": {"DESK_SUPERVISOR"},
    "approve_trigger": CALLERS,
    "hold": WORKERS | {"COMPLIANCE"},
    "lift_hold": WORKERS | {"COMPLIANCE"},
    "release_tier": WORKERS,
    "snooze_tier": WORKERS,
    "release_quarantine": WORKERS,
}
"""Written apart from the code's table, from domain.md 5.6."""

FIELDS = {
    "assign": {"holder": "bob"},
    "triage": {"triage": "REAL"},
    "measure": {"measure": "CONTACT"},
    "note": {"text": "called"},
    "outcome": {"outcome": "UNKNOWN"},
    "endorse": {"record_id": "a99"},
    "approve_trigger": {"trigger_id": "t"},
    "hold": {"hold": "DISPUTE", "reason": "says so"},
    "lift_hold": {"hold": "DISPUTE", "reason": "answered"},
    "release_tier": {"legal_entity": "default", "tier": "severe"},
    "release_quarantine": {"loan_id": "ln_1", "in_doubt": "ACCEPT"},
}
OF_CASE = {"claim", "give_back", "assign", "acknowledge", "triage", "measure", "wait", "note",
           "outcome", "close"}  # fmt: skip
NOT_ENTITLED = "expected somebody who may"


def fields_of(kind, night):
    until = wire(night.now_ms + HOUR_MS)
    known = FIELDS | {
        "wait": {"until": until, "reason": "promised"},
        "snooze_tier": {"legal_entity": "default", "until": until, "reason": "renovation"},
    }
    return known.get(kind, {})


@pytest.mark.parametrize("kind", sorted(ENTITLED))
@pytest.mark.parametrize("cls", [each.value for each in OperatorClass])
def test_each_class_may_give_the_orders_of_its_class_and_no_others(kind, cls):
    night = Night()
    night.payee_changed()
    before = night.cases()

    told = night.says("zoe", kind, cls=cls, case=kind in OF_CASE, fields=fields_of(kind, night))

    is_entitled = NOT_ENTITLED not in refusal(told)
    assert is_entitled == (cls in ENTITLED[kind])
    if not is_entitled:
        assert night.cases() == before
        assert [each.topic for each in told] == ["decisions", "health"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        pytest.param({"by": "d"}, "may not sign `desk` records", id="an operator's key as desk's"),
        pytest.param({"by": "a"}, "may not sign `desk` records", id="a control key"),
        pytest.param({"by": ""}, "expected a signature", id="nobody's"),
        pytest.param({"by": "k", "cls": None}, "may not sign `action`", id="the desk as somebody"),
        pytest.param({"by": "d", "cls": None}, "the signature of the operator", id="for another"),
        pytest.param({"subject": "brw_2"}, "expected the subject", id="in another's order"),
        pytest.param({"cls": "BOSS"}, "Invalid enum value", id="a class that is none"),
    ],
)
def test_what_is_forged_changes_nothing_and_raises_an_alarm(how, says):
    night = Night()
    night.payee_changed()
    before = night.cases()

    told = night.says("ann", "claim", **how)

    assert says in refusal(told)
    assert [each.topic for each in told] == ["decisions", "health"]
    assert night.cases() == before


def test_a_refusal_names_the_record_that_was_refused():
    night = Night()
    night.payee_changed()
    told = [night.says("ann", "close"), night.says("ann", "claim", by="d")]

    refused = [each for outputs in told for each in of(outputs, "decisions")]
    assert [each["about"] for each in refused] == ["a2", "a3"]


def test_what_works_as_usual_raises_no_alarm():
    night = Night()
    night.payee_changed()
    night.says("ann", "claim")

    told = night.says("ben", "claim")

    assert refusal(told) == "`ann` holds it"
    assert of(told, "health") == []
    assert night.case()["entries"][-1] | {"at": ""} == {
        "at": "", "kind": "claim", "done": "REFUSED", "action_id": "a3", "operator": "ben",
        "detail": "`ann` holds it",
    }  # fmt: skip


def test_of_two_at_once_the_second_learns_who_was_first():
    night = Night()
    night.payee_changed()
    night.says("ann", "claim", supersedes=None)

    told = night.says("ben", "claim", supersedes=None)

    assert "to supersede `a2`, got `None`: `ann` was first with `claim`" in refusal(told)
    assert night.case()["holder"] == "ann"


@pytest.mark.parametrize("refused_first", [True, False])
def test_an_old_record_sent_again_does_nothing(refused_first):
    night = Night()
    night.payee_changed()
    if refused_first:
        night.says("ann", "close")
    else:
        night.says("ann", "claim")
    record, before = night.records[-1], night.cases()

    told = night.book.fold(*record)

    assert "was sent before" in refusal(told)
    assert [each.topic for each in told] == ["decisions", "health"]
    assert night.cases() == before


def test_an_operator_with_a_key_of_one_s_own_works_as_well():
    night = Night()
    night.payee_changed()
    for kind in ("claim", "note", "outcome", "close"):
        told = night.says("d", kind, by="d", cls=None, fields=fields_of(kind, night))
        assert refusal(told) == ""

    assert night.case()["state"] == "CLOSED"


@pytest.mark.parametrize(
    "text",
    ["called 13800138000", "电话13800138000无人接听", "mail ann@example.com", "6222021234567894"],
)
def test_notes_with_personal_data_are_refused_and_not_repeated(text):
    night = Night()
    night.payee_changed()

    told = night.says("ann", "note", fields={"text": text})

    assert "without personal data" in refusal(told)
    assert text.encode() not in b"".join(each.value for each in told)


@pytest.mark.parametrize(
    "text", ["called at 22:15, no answer", "paid 2026-03-01, ¥12,000.00", "see brw_13800138000a"]
)
def test_other_notes_are_kept(text):
    night = Night()
    night.payee_changed()
    assert refusal(night.says("ann", "note", fields={"text": text})) == ""
    assert msgspec.json.encode(night.case()).decode().count(text) == 1


def test_who_is_linked_to_a_borrower_does_nothing_about_it():
    night = Night()
    night.payee_changed()
    night.links("ann/brw_1", "ben/brw_2")
    before = night.cases()

    told = night.says("ann", "claim")

    assert "linked to the borrower, got `ann`" in refusal(told)
    assert [each.topic for each in told] == ["decisions", "health"]
    assert night.cases() == before
    assert refusal(night.says("ben", "claim")) == ""


def test_who_is_linked_does_not_sign_with_a_key_of_their_own_either():
    night = Night()
    night.payee_changed()
    night.links("d/brw_1")

    told = night.says("d", "claim", by="d", cls=None)

    assert "linked to the borrower" in refusal(told)


def test_who_is_linked_endorses_nothing():
    night = Night()
    night.payee_changed()
    night.links("sue/brw_1")
    night.says("ann", "release_tier", case=False,
               fields={"legal_entity": "default", "tier": "severe"})  # fmt: skip

    assert "linked to the borrower" in refusal(
        night.says("sue", "endorse", case=False, fields={"record_id": "a3"})
    )


@pytest.mark.parametrize(
    ("together", "says"),
    [
        pytest.param(None, "", id="alone"),
        pytest.param({"orders": 50}, "", id="fifty take one"),
        pytest.param({"orders": 51}, "expected a second person for one of 51", id="more take two"),
        pytest.param(
            {"orders": 51, "confirmed_by": "ann", "confirmer_class": "DESK_SUPERVISOR"},
            "expected a second person", id="one's own word twice",
        ),
        pytest.param(
            {"orders": 51, "confirmed_by": "ben", "confirmer_class": "DESK_OPERATOR"},
            "expected a second person who may approve", id="one who may not",
        ),
        pytest.param({"orders": 51, "confirmed_by": "sue"}, "expected a second", id="of no class"),
        pytest.param(
            {"orders": 200, "confirmed_by": "sue", "confirmer_class": "DESK_SUPERVISOR"},
            "", id="another who may",
        ),
        pytest.param(
            {"orders": 51, "confirmed_by": "liz", "confirmer_class": "DESK_SUPERVISOR"},
            "linked to the borrower, got `liz`", id="another who is linked",
        ),
    ],
)  # fmt: skip
def test_one_of_many_orders_takes_a_second_person(together, says):
    night = Night()
    night.payee_changed()
    night.links("liz/brw_1")

    told = night.says("ann", "claim", together=together)

    assert (refusal(told) == "") if not says else (says in refusal(told))


def test_what_was_confirmed_says_by_whom():
    night = Night()
    night.payee_changed()
    of_many = {"orders": 51, "confirmed_by": "sue", "confirmer_class": "DESK_SUPERVISOR"}

    told = night.says("ann", "claim", together=of_many)

    (noted,) = [each for each in of(told, "decisions") if each["kind"] == "action_noted"]
    assert noted["detail"].endswith("through the desk, one of 51, confirmed by sue")
