"""One journal in, decisions out: control, time, duplicates, episodes, and what is stored."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.control import Clock
from schemas.header import RecordKind


def summary(outputs, told):
    """What the alerts say, shortly."""
    return [
        (a["borrower_id"], a["rule"]["name"], a["transition"], a["tier"], a["detected_at"][:10])
        for a in told(outputs, "alerts")
    ]


def test_a_first_event_becomes_a_warning_with_its_proof(trial):
    log = trial.Log().rules().go_live().tick(0).failed_debit(1)

    (alert,) = trial.told(trial.run(log.records), "alerts")

    assert alert["alert_id"] == "brw_1/nsf/1/1"
    assert (alert["tier"], alert["hard"], alert["signal"]) == ("mild", True, "RP02")
    assert alert["reason"] == {"en": "failed on 1 days", "zh": "1天扣款失败"}
    assert alert["evidence_event_ids"] == ["e3"]
    assert alert["measures"][0]["name"] == "days"
    assert alert["rule"]["ruleset"] == "trial"
    assert alert["simulated"] is True


def test_repetition_escalates_and_time_clears(trial):
    log = trial.Log().rules().go_live().failed_debit(1).failed_debit(2.5).tick(9).tick(9.5)

    assert summary(trial.run(log.records), trial.told) == [
        ("brw_1", "nsf", "opened", "mild", "2024-10-05"),
        ("brw_1", "nsf", "escalated", "moderate", "2024-10-06"),
        ("brw_1", "nsf", "cleared", "none", "2024-10-13"),
    ]


def test_a_timer_fires_before_the_record_that_brought_it_about_and_is_stamped_with_its_deadline(
    trial,
):
    log = trial.Log().rules().go_live().payee_changed(1).payee_changed(6)

    assert [row[2:] for row in summary(trial.run(log.records), trial.told)] == [
        ("opened", "severe", "2024-10-05"),
        ("cleared", "none", "2024-10-08"),
        ("opened", "severe", "2024-10-10"),
    ]


def test_a_live_severe_alert_is_urgent_and_nothing_else_is(trial):
    log = trial.Log().rules().go_live().failed_debit(1).payee_changed(2)

    urgent = [output.topic for output in trial.run(log.records) if output.urgent]

    assert urgent == ["alerts", "tier-changes"]


def test_nothing_is_handed_out_before_go_live_and_open_warnings_are_carried_over_it(trial):
    log = trial.Log().rules().failed_debit(1).tick(1.5)
    before = trial.run(log.records)
    log.go_live().failed_debit(2.5)
    after = trial.run(log.records)

    assert trial.told(before, "alerts") == []
    assert {d["phase"] for d in trial.told(before, "decisions")} == {"bootstrap"}
    assert [(a["transition"], a["cause"], a["ordinal"]) for a in trial.told(after, "alerts")] == [
        ("carried", "go_live", 2),
        ("escalated", "signal", 3),
    ]


@pytest.mark.parametrize(
    ("clock", "days"),
    [pytest.param(Clock.INPUT, 1, id="input"), pytest.param(Clock.WALL, 5, id="wall")],
)
def test_arrival_goes_by_the_clock_in_force(trial, clock, days):
    log = trial.Log().rules().go_live(clock)
    data = msgspec.json.decode(
        trial.Log().failed_debit(1).records[0][1], type=journal.JournalRecord
    )
    late = msgspec.structs.replace(data, wall_arrival_at_ms=trial.at(5))
    log.add(b"brw_1", late)

    (alert,) = trial.told(trial.run(log.records), "alerts")

    assert alert["detected_at"][:10] == trial.told_day(days)
    assert alert["effective_from"][:10] == trial.told_day(1)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        pytest.param({"by": "a"}, "an author and of another approver", id="one signature of two"),
        pytest.param({"by": "aa"}, "another approver", id="the same person twice"),
        pytest.param({"approver": "a"}, "another approver", id="author approves"),
        pytest.param({"by": "abd"}, "may not sign", id="a key without the right"),
        pytest.param({"supersedes": "c9"}, "to supersede `c0`, got `c9`", id="wrong predecessor"),
        pytest.param({"subject": "go_live"}, "expected the subject `ruleset`", id="wrong subject"),
        pytest.param({"record_id": "c0"}, "was sent before", id="an id used before"),
        pytest.param({"text": "rule"}, "error E", id="a rule set that does not load"),
    ],
)
def test_a_control_record_that_does_not_count_changes_nothing_and_is_reported(trial, how, says):
    good = trial.Log().rules().go_live().tick(0)
    text = how.pop("text", trial.RULES.replace("version 1", "version 2"))
    bad = trial.Log(list(good.records), good.controls)
    bad.rules(text, **{"supersedes": "c0"} | how)

    outputs = trial.run([*bad.records, *trial.Log([], 9).failed_debit(1).records])
    (finding,) = trial.told(outputs, "health")
    (alert,) = trial.told(outputs, "alerts")

    assert finding["kind"] == "control_refused"
    assert says in finding["message"]
    assert alert["rule"]["ruleset_version"] == 1


def test_an_old_control_record_sent_again_does_nothing(trial):
    log = trial.Log().rules().rules(trial.RULES.replace("version 1", "version 2"), supersedes="c0")
    first = log.records[0]
    replayed = journal.decode(first[1])
    log.go_live()
    log.add(first[0], msgspec.structs.replace(replayed, seq=3, prev_seq=2))
    log.failed_debit(1)

    outputs = trial.run(log.records)

    assert trial.told(outputs, "health")[0]["message"] == "record `c0` was sent before"
    assert trial.told(outputs, "alerts")[0]["rule"]["ruleset_version"] == 2


def test_a_copy_of_a_control_record_counts_once(trial):
    log = trial.Log().rules().go_live()
    log.records += log.records

    kinds = [d["kind"] for d in trial.told(trial.run(log.records), "decisions")]

    assert kinds == ["control_applied", "control_applied"]


def test_a_void_control_record_is_reported_and_stops_nobody(trial):
    log = trial.Log().rules().control(None).go_live().failed_debit(1)

    outputs = trial.run(log.records)

    assert trial.told(outputs, "health")[0]["message"] == "not JSON"
    assert len(trial.told(outputs, "alerts")) == 1


def test_lists_and_parameters_take_effect_at_their_place(trial):
    log = trial.Log().rules().go_live().payee_changed(1, "brw_1")
    log.members("@announced", "cp_1").payee_changed(2, "brw_2")

    assert [a["borrower_id"] for a in trial.told(trial.run(log.records), "alerts")] == ["brw_1"]


def test_wrong_parameters_are_refused_and_name_the_field(trial):
    log = trial.Log().parameters({"default": {"repaiment": {}}})

    (finding,) = trial.told(trial.run(log.records), "health")

    assert "repaiment" in finding["message"]


def test_a_test_record_and_a_duplicate_decide_nothing(trial):
    log = trial.Log().rules().go_live().failed_debit(1)
    again = journal.decode(log.records[-1][1])
    log.add(b"brw_1", msgspec.structs.replace(again, event_id="other"))
    log.failed_debit(3, quality=("TEST",))

    kinds = [d["kind"] for d in trial.told(trial.run(log.records), "decisions")][2:]

    assert kinds == ["episode", "tier", "duplicate", "test_record"]


def test_a_version_conflict_becomes_a_dead_letter(trial):
    log = trial.Log().rules().go_live().failed_debit(1)
    first = journal.decode(log.records[-1][1])
    log.add(b"brw_1", msgspec.structs.replace(first, event_at_ms=first.event_at_ms + 1))

    (letter,) = trial.told(trial.run(log.records), "dead-letters")

    assert (letter["reason"], letter["event_id"]) == ("VERSION_CONFLICT", "e2")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(b"brw_1", b"", id="empty"),
        pytest.param(b"brw_1", b"\xff\x00", id="not UTF-8"),
        pytest.param(b"brw_1", b'{"kind":"wish"}', id="unknown kind"),
        pytest.param(None, b"[" * 5_000, id="deep, no key"),
    ],
)
def test_a_record_that_cannot_be_read_is_put_aside(trial, key, value):
    (letter,) = trial.told(trial.run([(key, value)]), "dead-letters")

    assert letter["reason"] == "POISON"


def test_a_record_under_another_borrowers_key_is_put_aside(trial):
    log = trial.Log().rules().go_live().failed_debit(1)
    log.records.append((b"brw_2", trial.Log().failed_debit(2).records[0][1]))

    (letter,) = trial.told(trial.run(log.records), "dead-letters")

    assert "expected the key `brw_1`" in letter["message"]


def test_a_tick_under_a_borrowers_key_does_not_move_the_time(trial):
    """The journal's reader judges ticks and control records by their key."""
    log = trial.Log().rules().go_live().failed_debit(1)
    log.records.append((b"brw_1", trial.Log().tick(99).records[0][1]))

    outputs = trial.run(log.records)

    assert "expected the key `#tick`" in trial.told(outputs, "dead-letters")[0]["message"]
    assert [a["transition"] for a in trial.told(outputs, "alerts")] == ["opened"]


@given(st.one_of(st.none(), st.binary(max_size=8)), st.binary(max_size=80))
def test_fold_never_raises(trial_book, key, value):
    trial_book.fold(key, value)


@pytest.mark.parametrize(
    ("days", "features"),
    [pytest.param(6, 2, id="kept for a week"), pytest.param(9, 1, id="forgotten after it")],
)
def test_windows_of_a_dropped_feature_can_be_had_back_for_a_week(trial, days, features):
    longer = trial.RULES.replace("by loan_id", "by event_type").replace("version 1", "version 2")
    log = trial.Log().rules().go_live().tick(1).failed_debit(1)
    log.rules(longer, supersedes="c0").failed_debit(days)
    book = trial.Book(trial.TRUST, speaks=True)
    trial.run(log.records, book)

    (windows,) = [value for key, value in book.changes() if key.endswith(b"/windows")]

    assert len(msgspec.msgpack.decode(windows)) == features


borrowers = st.sampled_from(["brw_1", "brw_2", "brw_3"])
happenings = ["failed_debit", "payee_changed", "sale"]
repairs = ["CORRECTION", "CANCEL", "REVERSAL"]
steps = st.lists(
    st.tuples(
        st.sampled_from([*happenings, *happenings, "tick", "late", *repairs]),
        st.floats(0, 2),
        borrowers,
    ),
    max_size=25,
)


def history(trial, drawn):
    """A journal: what happens, in part late, and what is said of it again, days later."""
    log = trial.Log().rules().go_live()
    days, said = 0.0, []
    for what, gap, borrower in drawn:
        days += gap
        if what == "tick":
            log.tick(days)
        elif what in happenings or (what == "late" and not said):
            of = what if what in happenings else "failed_debit"
            said.append([of, days, borrower, f"k{len(said)}", 1])
            getattr(log, of)(days, borrower, key=f"k{len(said) - 1}")
        elif what == "late":
            getattr(log, said[-1][0])(max(0, days - 2 * gap), borrower)
        elif said:
            say_again(log, said[int(gap * 1000) % len(said)], RecordKind(what))
    return log.tick(days + 30)


def say_again(log, fact, kind):
    """Correct, cancel or reverse what happened; a correction moves it by an hour."""
    of, days, borrower, key, version = fact
    fact[4] = version + 1
    how = {"key": key, "record_version": version + 1}
    moved = days + 1 / 24 if kind is RecordKind.CORRECTION else days
    getattr(log, of)(moved, borrower, record_kind=kind, **how)


@given(steps, st.integers(1, 7))
def test_restoring_a_snapshot_at_any_place_leaves_no_trace(trial_tools, drawn, every):
    log = history(trial_tools, drawn)
    straight = trial_tools.run(log.records)

    outputs, stored, book = [], {}, trial_tools.Book(trial_tools.TRUST, speaks=True)
    for number, (key, value) in enumerate(log.records):
        outputs += book.fold(key, value)
        if number % every == 0:
            stored |= dict(book.changes())
            book = trial_tools.Book(trial_tools.TRUST, speaks=True)
            for state_key, state in stored.items():
                book.restore(state_key, state)

    assert outputs == straight


@given(steps, st.sampled_from([2, 4, 8]))
def test_a_split_journal_gives_the_same_decisions(trial_tools, drawn, partitions):
    log = history(trial_tools, drawn)
    whole = trial_tools.run(log.records)

    books = [trial_tools.Book(trial_tools.TRUST, speaks=n == 0) for n in range(partitions)]
    split = []
    for key, value in log.records:
        broadcast = key in (journal.TICK_KEY, journal.CONTROL_KEY)
        number = None if broadcast else sum(key) % partitions
        for n, book in enumerate(books):
            if number in (None, n):
                split += book.fold(key, value)

    assert by_subject(split) == by_subject(whole)
    assert by_subject(whole)


def by_subject(outputs):
    """Messages by topic and key, in order; crossings and closed days name partitions."""
    found = {}
    for output in outputs:
        if output.topic == "crossings" or output.key.startswith(b"#day-"):
            continue
        found.setdefault((output.topic, output.key), []).append(output.value)
    return found
