"""What is told when a record shows that a warning was wrong: withdrawn, lowered, with its cause."""

import pytest

from schemas.header import RecordKind

CORRECTION, CANCEL, REVERSAL = RecordKind.CORRECTION, RecordKind.CANCEL, RecordKind.REVERSAL


def told(trial, log):
    """Transitions of the alerts, in order."""
    alerts = trial.told(trial.run(log.records), "alerts")
    return [(a["transition"], a["tier"], a["cause"]) for a in alerts]


def decided(trial, log):
    decisions = trial.told(trial.run(log.records), "decisions")
    return [d["kind"] for d in decisions if d["subject_kind"] == "BORROWER" and d["kind"] != "tier"]


def live(trial):
    return trial.Log().rules().go_live()


OPENED = ("opened", "mild", "signal")


@pytest.mark.parametrize(
    ("how", "then"),
    [
        pytest.param(
            {"record_version": 2, "reason": "TECHNICAL", "record_kind": CORRECTION},
            [("withdrawn", "none", "correction")],
            id="a correction that does not meet the rule",
        ),
        pytest.param(
            {"record_version": 2, "record_kind": CORRECTION}, [], id="one that still meets it"
        ),
        pytest.param(
            {"record_version": 2, "record_kind": CANCEL},
            [("withdrawn", "none", "correction")],
            id="a cancellation, whatever it repeats",
        ),
        pytest.param(
            {"record_kind": REVERSAL, "original_event_id": "first"},
            [("withdrawn", "none", "correction")],
            id="a reversal that names it",
        ),
        pytest.param(
            {"record_kind": REVERSAL}, [("withdrawn", "none", "correction")], id="a reversal"
        ),
    ],
)
def test_what_is_said_of_an_event_later_decides(trial, how, then):
    log = live(trial).failed_debit(1, key="k", event_id="first").tick(1.5)
    log.failed_debit(1, key="k", **how)

    assert told(trial, log) == [OPENED, *then]


def test_a_correction_under_another_key_takes_back_the_event_that_it_names(trial):
    log = live(trial).failed_debit(1, key="k", event_id="first").tick(1.5)
    log.failed_debit(1, reason="TECHNICAL", record_kind=CORRECTION, original_event_id="first")

    assert told(trial, log)[1:] == [("withdrawn", "none", "correction")]


def test_a_warning_falls_to_what_the_rest_of_its_events_say(trial):
    log = live(trial).failed_debit(1, key="k").failed_debit(2.5).tick(2.6)
    log.failed_debit(1, key="k", record_version=2, record_kind=CANCEL)

    assert told(trial, log) == [
        OPENED,
        ("escalated", "moderate", "signal"),
        ("lowered", "mild", "correction"),
    ]


def test_a_fall_is_proved_by_what_is_left(trial):
    log = live(trial).failed_debit(1, key="k").failed_debit(2.5, event_id="left").tick(2.6)
    log.failed_debit(1, key="k", record_version=2, record_kind=CANCEL)

    *_, last = trial.told(trial.run(log.records), "alerts")

    assert last["reason"]["en"] == "failed on 1 days"
    assert last["evidence_event_ids"] == ["left"]


def test_a_withdrawal_names_what_it_rested_on(trial):
    log = live(trial).failed_debit(1, key="k", event_id="first").tick(1.5)
    log.failed_debit(1, key="k", record_version=2, record_kind=CANCEL)

    *_, last = trial.told(trial.run(log.records), "alerts")

    assert last["alert_id"] == "brw_1/nsf/1/2"
    assert last["evidence_event_ids"] == ["first"]
    assert last["reason"]["en"].startswith("corrected at 2024-10-05T12:00")


def test_late_data_raises_the_verdict_about_what_came_after_it(trial):
    log = live(trial).failed_debit(2.5).tick(2.6).failed_debit(1)

    assert told(trial, log) == [OPENED, ("escalated", "moderate", "late_data")]


def test_an_event_whose_warning_would_be_over_is_a_decision_and_no_warning(trial):
    log = live(trial).tick(20).failed_debit(1)

    assert told(trial, log) == []
    assert decided(trial, log) == ["over"]


def test_a_late_event_can_show_that_a_warning_had_not_ended(trial):
    """It keeps the warning open from its own time, so that the cool-down had not begun."""
    log = live(trial).failed_debit(1).tick(8.5).failed_debit(7.5)

    assert [each[:2] for each in told(trial, log)] == [
        ("opened", "mild"),
        ("cleared", "none"),
        ("opened", "moderate"),
    ]


def test_what_is_put_right_before_go_live_is_told_to_nobody(trial):
    log = trial.Log().rules().failed_debit(1, key="k").tick(1.5)
    log.failed_debit(1, key="k", record_version=2, record_kind=CANCEL).go_live()

    assert told(trial, log) == []


def test_a_withdrawn_warning_leaves_no_cool_down(trial):
    log = live(trial).failed_debit(1, key="k").tick(1.5)
    log.failed_debit(1, key="k", record_version=2, record_kind=CANCEL).failed_debit(2)

    assert told(trial, log)[2:] == [OPENED]


def test_the_tier_falls_with_what_is_withdrawn_and_says_so(trial):
    log = live(trial).payee_changed(1, key="k").tick(1.5)
    log.payee_changed(1, key="k", record_version=2, record_kind=CANCEL)

    changes = trial.told(trial.run(log.records), "tier-changes")

    assert [(c["to"], c["cause"]) for c in changes][-1] == ("none", "correction")


def test_a_reversal_of_what_has_not_come_yet_waits_for_it(trial):
    log = live(trial).failed_debit(2, record_kind=REVERSAL, original_event_id="first")
    log.failed_debit(1, key="k", event_id="first")

    assert told(trial, log) == []
