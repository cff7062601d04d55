"""Features: what shares state, whose state survives an edit, and what is bounded."""

import itertools
import os
from pathlib import Path

import msgspec
import pytest

from rules import features, load, pack
from rules.terms import describe

HEAD = "ruleset r version 1 end\n"


def program(conditions, *, head=HEAD, lets=""):
    text = head + lets
    for number, condition in enumerate(conditions):
        text += f"""
            rule r{number} signal R family repayment lane credit on repayment
              when {condition} tier mild hard reason "-"
            end
        """
    return load({"r.ewl": text})


def fingerprints(*conditions, **more):
    return [store.fingerprint for store in program(conditions, **more).features]


COUNT = "count(repayment where status = FAILED and attempt_no > 1) over 7 days"


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(f"{COUNT} >= 5", id="another threshold"),
        pytest.param(COUNT.replace("7", "30") + " >= 2", id="a longer window"),
        pytest.param(COUNT.replace("7 days", "2 weeks") + " >= 2", id="weeks are days"),
        pytest.param(
            "count(repayment where attempt_no > 1 and status = FAILED) over 7 days >= 2",
            id="the other order of `and`",
        ),
        pytest.param(f"not ({COUNT} < 2) and repayment.attempt_no = 3", id="more conditions"),
        pytest.param(f"{COUNT} before this >= 2", id="without the event in hand"),
    ],
)
def test_an_edit_that_keeps_the_same_events_keeps_their_state(edited):
    assert fingerprints(edited) == fingerprints(f"{COUNT} >= 2")


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(COUNT.replace("FAILED", "RETURNED"), id="another filter"),
        pytest.param(COUNT.replace("7 days", "7 hours"), id="another grid"),
        pytest.param(COUNT + " by loan_id", id="by key"),
        pytest.param(COUNT.replace("count(repayment", "sum(repayment.attempt_no"), id="a value"),
    ],
)
def test_an_edit_that_keeps_other_events_has_state_of_its_own(edited):
    assert fingerprints(f"{edited} >= 2") != fingerprints(f"{COUNT} >= 2")


def test_days_of_another_zone_are_other_days():
    shanghai = fingerprints(f"{COUNT} >= 2")
    berlin = fingerprints(
        f"{COUNT} >= 2", head='ruleset r version 1 timezone "Europe/Berlin" end\n'
    )
    assert berlin != shanghai


def test_rules_that_read_the_same_share_it():
    let = f"let failed = {COUNT}\n"
    conditions = [f"{COUNT} >= 2", "failed >= 3", f"{COUNT.replace('7', '3')} >= 4"]
    (store,) = program(conditions, lets=let).features
    assert store.reach == 7


def test_shipped_fingerprints_are_those_of_the_last_release():
    """If a line is gone, those windows begin anew: say so in the changelog.

    LOANWATCH_REWRITE_GOLDEN=1 writes the lines anew.
    """
    features = load(pack("postloan")).features
    lines = sorted(f"{describe(store.feature)} [{store.fingerprint}]" for store in features)
    found = "\n".join(lines) + "\n"
    golden = Path(__file__).parent / "golden" / "features.txt"
    if os.environ.get("LOANWATCH_REWRITE_GOLDEN"):
        golden.write_text(found, "utf-8")

    assert found == golden.read_text("utf-8")


def test_state_is_what_a_codec_gives_back(make):
    rules = load(pack("postloan"))
    windows = {}
    for number in range(40):
        event = make.repayment(
            number,
            make.START_MS + number * 3_600_000 * 7,
            instalment_no=number % 3,
            reason_class="INSUFFICIENT_FUNDS",
        )
        assert rules.apply(windows, event, event.event_at_ms)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(windows)) == windows
    assert msgspec.json.decode(msgspec.json.encode(windows)) == windows


def test_an_event_too_late_for_every_window_changes_nothing(make):
    rules = program([f"{COUNT} >= 2"])
    now_ms = make.START_MS + 30 * 86_400_000
    assert rules.apply({}, make.repayment(1, now_ms - 5 * 86_400_000, attempt_no=2), now_ms)
    assert not rules.apply({}, make.repayment(1, now_ms - 9 * 86_400_000, attempt_no=2), now_ms)
    assert not rules.apply({}, make.repayment(1, now_ms, attempt_no=1), now_ms)


@pytest.mark.parametrize("missing", ["instalment_no", "product_id"])
def test_an_event_without_a_part_of_its_key_is_kept_under_none(make, missing):
    rules = program([f"{COUNT} by (instalment_no, product_id) >= 1"])
    whole = {"attempt_no": 2, "instalment_no": 1, "product_id": "prd_1"}
    windows, now_ms = {}, make.START_MS
    without = make.repayment(1, now_ms, **(whole | {missing: None}))

    assert rules.apply(windows, make.repayment(1, now_ms, **whole), now_ms)
    assert not rules.apply(windows, without, now_ms)
    assert rules.judge(without, windows, make.context(now_ms)) == []


def test_keys_are_bounded_and_what_is_lost_is_counted(make, monkeypatch):
    monkeypatch.setattr(features, "MOST_KEYS", 3)
    rules = program([f"{COUNT} by loan_id >= 2"])
    windows = {}
    for number in range(5):
        at_ms = make.START_MS + number * 86_400_000
        event = make.repayment(number, at_ms, loan_id=f"ln_{number}", attempt_no=2)
        rules.apply(windows, event, at_ms)
    ((lost, _, by_key, *_),) = windows.values()
    assert (lost, list(by_key)) == (2, ["ln_2", "ln_3", "ln_4"])


def test_of_a_key_that_was_lost_nothing_is_claimed_before_it_came_again(make, monkeypatch):
    monkeypatch.setattr(features, "MOST_KEYS", 1)
    rules = program([f"{COUNT} by loan_id >= {n}" for n in (1, 2)])
    windows, day = {}, 86_400_000

    def put(number, days, loan):
        at_ms = make.START_MS + days * day
        event = make.repayment(number, at_ms, loan_id=loan, attempt_no=2)
        rules.apply(windows, event, at_ms)
        met = rules.judge(event, windows, make.context(at_ms))
        return [verdict.rule.name for verdict in met]

    assert put(1, 0, "ln_1") == ["r0"]
    assert put(2, 1, "ln_2") == []
    assert put(3, 2, "ln_1") == [], "it may be the second"
    assert put(4, 9, "ln_1") == ["r0"], "all of the last week are kept again"


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        pytest.param("sum(repayment.amount_paid) over 24 hours by loan_id >= ¥1", [], id="a sum"),
        pytest.param("count(repayment) over 24 hours by loan_id >= 100", ["r0"], id="a count"),
        pytest.param(
            "not (sum(repayment.amount_paid) over 24 hours by loan_id < ¥1)", [], id="not"
        ),
    ],
)
def test_what_too_much_was_lost_of_is_missing_to_rules_and_breaks_none(make, condition, met):
    rules, windows = program([condition]), {}
    for number in range(201):
        at_ms = make.START_MS + number
        event = make.repayment(number, at_ms, loan_id="ln_1", amount_paid=make.cny(500))
        rules.apply(windows, event, at_ms)

    verdicts = rules.judge(event, windows, make.context(at_ms))
    assert [verdict.rule.name for verdict in verdicts] == met


def test_keys_not_seen_for_a_window_are_swept(make):
    rules = program([f"{COUNT} by loan_id >= 2"])
    windows = {}
    for number, day in enumerate([0, 1, 20]):
        at_ms = make.START_MS + day * 86_400_000
        event = make.repayment(number, at_ms, loan_id=f"ln_{number}", attempt_no=2)
        rules.apply(windows, event, at_ms)
    ((lost, _, by_key, *_),) = windows.values()
    assert (lost, list(by_key)) == (0, ["ln_2"])


@pytest.mark.parametrize("seed", range(3))
def test_answers_do_not_depend_on_the_order_of_arrival(make, seed):
    """All within the horizon: every permutation of four events, then one question."""
    rules = program(
        [
            f"{COUNT.replace('and attempt_no > 1', '')} by loan_id >= 2",
            "last(repayment.status) over 30 days = FAILED",
            "streak(repayment where status = FAILED) >= 2",
            "avg(repayment.amount_paid) over 48 hours > ¥30",
        ]
    )
    events = [e for e in make.history(seed, 40, days=2).events if hasattr(e.data, "loan_id")][:4]
    now_ms = max(event.wall_arrival_at_ms for event in events)
    asked = events[0]
    answers = set()
    for order in itertools.permutations(events):
        windows = {}
        for event in order:
            rules.apply(windows, event, now_ms)
        verdicts = rules.judge(asked, windows, make.context(now_ms))
        answers.add(tuple((verdict.rule.name, verdict.measures) for verdict in verdicts))
    assert len(answers) == 1
