"""State rules: the compiled program against the oracle, their proof, and when to look again."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import load
from rules.memory import Memory
from rules.oracle import Oracle
from rules.rows import features_of
from rules.scene import Feed, Loan
from rules.verdict import Wake
from rules.zone import Zone
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, from_ms

FILE = "states.ewl"
SOURCES = {FILE: Path(__file__).with_name(FILE).read_text("utf-8")}
PROGRAM = load(SOURCES)
ORACLE = Oracle(SOURCES)
STATE_RULES = [rule for rule in ORACLE.rules if ORACLE.is_state(rule)]


def expected(history, scene):
    """Return what the oracle says, by rule and subject."""
    found = {}
    for rule in STATE_RULES:
        loans = sorted(scene.loans.items()) if ORACLE.per_loan(rule) else [("", None)]
        for subject, loan in loans:
            found[rule.name.text, subject] = ORACLE.stand(rule, loan, history, scene)
    return found


def found(windows, scene):
    standings = PROGRAM.look(windows, scene)
    return {(each.rule.name, each.subject): each.holds for each in standings}


def disagreements(make, seed, length):
    """Yield where program and oracle differ, at events and between them."""
    scenes, windows, seen, now_ms = make.scenes(seed), {}, [], 0
    for event in make.history(seed, length).events:
        seen.append(event)
        now_ms = max(now_ms, event.wall_arrival_at_ms)
        PROGRAM.apply(windows, event, now_ms)
        for scene in (scenes.at(now_ms), scenes.at(now_ms + 7 * HOUR_MS)):
            have, want = found(windows, scene), expected(seen, scene)
            for standing in PROGRAM.look(windows, scene):
                assert PROGRAM.prove(standing, 1, windows, scene).reason
            if have != want:
                yield {key: (have.get(key), want.get(key)) for key in have | want}


@pytest.mark.parametrize("seed", range(10))
def test_state_rules_stand_as_the_oracle_says(make, seed):
    assert list(disagreements(make, seed, 40)) == []


@settings(max_examples=15)
@given(seed=st.integers(1000, 10**9), length=st.integers(1, 40))
def test_state_rules_stand_as_the_oracle_says_of_any_history(make, seed, length):
    assert list(disagreements(make, seed, length)) == []


def long_history(make, seed):
    """Half a year of a shop, some days without sales, its settlements and a failed instalment."""
    pick, events = Random(seed), []
    for day in range(180):
        at_ms = make.START_MS + day * DAY_MS
        today = from_ms(at_ms).date()
        for hour in pick.sample(range(24), pick.choice([0, 2, 3, 4])):
            amount = make.cny(pick.randrange(1, 9) * 1000)
            kind = pick.choice(["SALE", "SALE", "SALE", "REFUND", "VOID"])
            clearing = {"clearing_date": pick.choice([today, None])}
            part = make.pos_clearing(
                len(events), at_ms + hour * HOUR_MS, txn_type=kind, amount_gross=amount, **clearing
            )
            events.append(part)
        settled = {"event_type": "MERCHANT_SETTLEMENT", "direction": "CREDIT"}
        settled["amount"] = make.cny(pick.randrange(20_000))
        settled["clearing_date"] = today - timedelta(days=1)
        events.append(make.settlement(len(events), at_ms + HOUR_MS, **settled))
    return sorted(events, key=lambda event: event.event_at_ms)


@pytest.mark.parametrize("seed", range(2))
def test_measures_over_a_long_history_are_those_of_series_made_anew(make, seed):
    events, windows, known = long_history(make, seed), {}, set()
    for number, event in enumerate(events):
        PROGRAM.apply(windows, event, event.event_at_ms)
        if number % 97 == 96:
            now_ms = event.event_at_ms + HOUR_MS
            scene = with_feeds(make.scenes(number).at(now_ms))
            have, want = found(windows, scene), expected(events[: number + 1], scene)
            assert have == want
            known |= {holds for holds in have["measures", ""] if holds is not None}
    assert known == {True, False}


@pytest.mark.parametrize("seed", range(2))
def test_what_is_remembered_is_what_would_be_found(make, seed):
    """Events come days late, so that what was found of closed days must be found anew."""
    late = Random(seed)
    arrivals = sorted(
        (event.event_at_ms + late.randrange(6) * DAY_MS, number, event)
        for number, event in enumerate(long_history(make, seed))
    )
    windows, memory, answers = {}, Memory(), set()
    scene = make.scenes(seed).at(arrivals[0][0])
    for now_ms, number, event in arrivals:
        row = PROGRAM.apply(windows, event, now_ms)
        memory.touch(features_of(row) if row else {})
        if number % 5 == 0:
            scene = with_feeds(scene._replace(now_ms=now_ms))
            standings = PROGRAM.look(windows, scene, memory)
            have = {(each.rule.name, each.subject): each.holds for each in standings}
            assert have == found(windows, scene)
            answers.add(have["measures", ""])
    assert len(answers) > 1


LATE_MS = {"repayment": 0, "settlement": 2 * HOUR_MS, "pos_clearing": 36 * HOUR_MS}


def with_feeds(scene):
    """A scene in which every feed is late by what it usually is."""
    zone, feeds = Zone("Europe/Berlin"), {}
    for stream, late_ms in LATE_MS.items():
        passed_ms = scene.now_ms - late_ms
        closed = zone.date_at(passed_ms) - timedelta(days=1)
        feeds[stream] = Feed(passed_ms, closed, scene.now_ms - 90 * DAY_MS)
    return scene._replace(feeds=feeds)


def is_due(wake, scene):
    passed = [scene.feeds[stream].passed_ms >= wake.past_ms for stream in wake.streams]
    return wake.at_ms <= scene.now_ms and all(passed)


@pytest.mark.parametrize("seed", range(4))
def test_between_wakes_nothing_changes(make, seed):
    """Instant after instant while feeds go on: where no wake is due, all stands as it did."""
    windows, events = {}, make.history(seed, 30).events
    now_ms = max(event.wall_arrival_at_ms for event in events)
    for event in events:
        PROGRAM.apply(windows, event, event.wall_arrival_at_ms)
    scene = with_feeds(make.scenes(seed).at(now_ms))
    wakes, before, looks = PROGRAM.wakes(windows, scene), found(windows, scene), 0
    for at_ms in range(now_ms, now_ms + 9 * DAY_MS, 30 * MINUTE_MS):
        scene = with_feeds(scene._replace(now_ms=at_ms))
        now = found(windows, scene)
        due = any(is_due(wake, scene) for wake in wakes)
        assert due or now == before, at_ms
        if due:
            wakes, before, looks = PROGRAM.wakes(windows, scene), now, looks + 1
    assert looks < 9 * 8, "a few wakes a day"


def one_rule(body):
    text = f"ruleset r version 1 end\nrule r signal R family repayment lane credit\n{body}\nend\n"
    return load({"r.ewl": text})


DPD = (
    "when loan.tier_dpd >= 1 tier severe if loan.tier_dpd >= 30 hard "
    "tier moderate if loan.tier_dpd >= 4 soft tier mild hard "
    'clear when loan.tier_dpd = 0 lasting 2 days reason "{loan.tier_dpd} days, {loan.overdue}"'
)


def test_a_rule_that_reads_loans_stands_for_each_of_them(make):
    loans = [Loan(loan_id="ln_2", tier_dpd=5), Loan(loan_id="ln_1")]
    standings = one_rule(DPD).look({}, make.scene(make.START_MS, loans=loans))

    assert [(each.subject, each.holds) for each in standings] == [
        ("ln_1", (False, False, False, False, True)),
        ("ln_2", (True, False, True, True, False)),
    ]


@pytest.mark.parametrize(
    ("tier", "hard", "threshold"),
    [
        pytest.param(3, False, ">= 4", id="raised by its age, proved by what holds"),
        pytest.param(2, False, ">= 4", id="as it stands"),
        pytest.param(1, True, ">= 1", id="not yet raised"),
    ],
)
def test_a_standing_is_proved_at_the_tier_of_its_warning(make, tier, hard, threshold):
    loan = Loan(loan_id="ln_1", tier_dpd=5, overdue=123_45, currency="CNY")
    rules, scene = one_rule(DPD), make.scene(make.START_MS, loans=[loan])
    (standing,) = rules.look({}, scene)
    verdict = rules.prove(standing, tier, {}, scene)

    assert (verdict.tier, verdict.hard, verdict.subject) == (tier, hard, "ln_1")
    (measure,) = verdict.measures
    assert (measure.name, measure.value, measure.threshold) == ("loan.tier_dpd", 5, threshold)
    assert verdict.reason.en == "5 days, CNY 123.45"
    assert verdict.clears.en == "ends when days past due of loan is 0, for 2 days on end"


def test_what_is_kept_open_is_proved_by_the_rung_of_its_tier(make):
    rules, scene = one_rule(DPD), make.scene(make.START_MS, loans=[Loan(loan_id="ln_1")])
    (standing,) = rules.look({}, scene)

    assert rules.prove(standing, 2, {}, scene).measures[0].threshold == ">= 4"


def test_what_counts_wakes_when_the_oldest_day_or_event_leaves(make):
    rules = one_rule(
        "when count(repayment) over 3 days >= 2 or count(repayment) over 5 hours >= 1 "
        'tier mild hard reason "-"'
    )
    at_ms = make.START_MS + HOUR_MS  # 09:00 in Shanghai
    assert rules.wakes({}, make.scene(at_ms)) == []

    windows = {}
    for number, hours in enumerate((0, 2)):
        event = make.repayment(number, at_ms + hours * HOUR_MS)
        rules.apply(windows, event, event.event_at_ms)
    now_ms = at_ms + 3 * HOUR_MS
    assert rules.wakes(windows, make.scene(now_ms)) == [
        Wake(at_ms + 5 * HOUR_MS),
        Wake(make.START_MS + 16 * HOUR_MS + 2 * DAY_MS),
    ]
    assert rules.wakes(windows, make.scene(now_ms + 4 * DAY_MS)) == []
