"""What operators sign, as far as the step has to obey: tables of named cases."""

import pytest

RELEASE = {"kind": "release_tier", "legal_entity": "default", "tier": "moderate"}
SNOOZE = {
    "kind": "snooze_tier",
    "legal_entity": "default",
    "until": "2024-10-20T00:00:00Z",
    "reason": "shop is being renovated",
}


def moderate(trial):
    """A borrower that is moderate, whose cause has ended on day 8."""
    log = trial.Log().rules().failed_debit(0).failed_debit(1)
    return log.go_live().tick(9)


def tiers(trial, log):
    changes = [each.get("tier_change") for each in trial.told(trial.run(log.records), "decisions")]
    return [(change["to"], change["cause"]) for change in changes if change]


def decisions(trial, log, kind):
    told = trial.told(trial.run(log.records), "decisions")
    return [each for each in told if each["kind"] == kind]


@pytest.mark.parametrize(
    ("by", "body", "comes_down"),
    [
        pytest.param("de", RELEASE, True, id="two people"),
        pytest.param("d", RELEASE, False, id="one alone"),
        pytest.param(
            "de", RELEASE | {"tier": "severe"}, False, id="of a tier that they did not see"
        ),
        pytest.param("de", RELEASE | {"legal_entity": "le_2"}, False, id="towards somebody else"),
    ],
)
def test_the_wait_of_a_tier_is_ended_by_two_people_who_saw_it(trial, by, body, comes_down):
    log = moderate(trial).action(9.5, body, by=by)

    changes = tiers(trial, log)

    assert changes[:2] == [("mild", "signal"), ("moderate", "signal")]
    assert (changes[-1] == ("mild", "operator")) is comes_down


def test_who_signs_alone_is_told_that_it_does_not_count(trial):
    refused = decisions(trial, moderate(trial).action(9.5, RELEASE), "tier")[-1]

    assert refused["about"] == "default/release_people"


def test_a_snooze_keeps_people_away_and_is_told(trial):
    log = moderate(trial).action(9.5, SNOOZE)
    before, after = (
        trial.told(trial.run(each.records), "tiers")[-1] for each in (moderate(trial), log)
    )

    assert before["admission"] != after["admission"]
    assert "snoozed" in str(after["admission"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(RELEASE | {"tier": "red"}, "Invalid enum value", id="an unknown tier"),
        pytest.param({"kind": "snooze_tier"}, "missing required field", id="no end"),
        pytest.param({"kind": "release_quarantine"}, "missing required field", id="no loan"),
    ],
)
def test_an_order_that_says_not_what_is_refused_by_name(trial, body, message):
    log = moderate(trial).action(9.5, body)

    (refused,) = decisions(trial, log, "action_refused")
    assert message in refused["detail"]
    assert decisions(trial, log, "action_noted") == []


def test_what_asks_for_nothing_is_noted(trial):
    log = moderate(trial).action(9.5, {"kind": "remark", "text": "called"})

    (noted,) = decisions(trial, log, "action_noted")
    assert noted["detail"] == "s by op_1, signed by d"
