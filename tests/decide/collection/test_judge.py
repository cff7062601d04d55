"""The judge and the guards, written apart, agree: no contact is wrong, and many are made.

A few hundred histories here, many more with `python -m bench.conduct`. That the judge can say no is
shown by taking the guards away, one by one.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest

from schemas.collection_trigger import Guard
from stream.decide.collection import asking
from stream.decide.collection.ask import allow
from stream.decide.collection.guards import GUARDS
from tests.decide.collection.histories import Walk

STREETS = 15
"""Of twenty borrowers each."""

CAUGHT = {
    Guard.KILL_SWITCH: "still_proposed_after_the_switch",
    Guard.LEGAL_HOLD: "on_a_hold",
    Guard.DECEASED: "on_a_hold",
    Guard.DISPUTE: "on_a_hold",
    Guard.HARDSHIP: "on_a_hold",
    Guard.AMOUNT_CHECK: "paid_a_moment_ago",
    Guard.CONSENT: "without_consent",
    Guard.IDENTITY: "to_a_stranger",
    Guard.QUIET_HOURS: "outside_hours",
    Guard.FREQUENCY_CAP: "over_a_cap",
    Guard.PUBLIC_HOLIDAY: "on_a_holiday",
    Guard.APPROVAL: "by_a_draft",
}
"""What the judge says when a guard sleeps. Of a compliance hold, a missing position and the rate
there are too few in so few histories; of debits there are none."""


def test_the_judge_has_read_nothing_of_the_guards():
    tree = ast.parse(Path(__file__).with_name("judge.py").read_text("utf-8"))
    modules = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }

    assert modules <= {"json", "datetime", "pathlib", "typing", "zoneinfo"}


@pytest.mark.parametrize("part", range(3))
def test_no_contact_is_wrong_and_most_of_what_is_proposed_may_be_sent(part):
    wrongs, permits, proposed = Counter(), 0, 0
    for seed in range(part * STREETS // 3, (part + 1) * STREETS // 3):
        result = Walk(seed).walk()
        wrongs += result.wrongs
        permits, proposed = permits + result.permits, proposed + result.proposed

    assert not wrongs
    assert permits > 50
    assert permits > proposed / 2


@pytest.mark.parametrize("guard", CAUGHT, ids=lambda guard: guard.value)
def test_the_judge_catches_a_guard_that_sleeps(guard, monkeypatch):
    awake = {**GUARDS, guard: lambda _ask: allow("asleep")}
    monkeypatch.setattr(asking, "GUARDS", awake)

    for seed in range(40):
        if CAUGHT[guard] in Walk(seed, days=12).walk().wrongs:
            return
    pytest.fail(f"nobody missed {guard.value} in 800 histories")
