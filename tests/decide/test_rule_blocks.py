"""The shipped rules' own tests, on the very step that the monitor folds with.

`loanwatch rules test` runs the same blocks on the compiled program and on the oracle; a third
engine that agrees says that episodes, time and windows hold together in the step, too.
"""

import msgspec
import pytest

import rules
from detectors import DETECTORS, Score
from detectors.suite import Scoring
from rules.testing import Transition, run_tests
from schemas import journal
from schemas.alert import Alert, Text, Tier
from schemas.control import Clock, RuleSetBody
from schemas.instants import parse
from schemas.reference import BorrowerProfile

TIERS = {tier.word: int(tier) for tier in Tier}


class Said:
    """A suite that says what a test block gives instead of learning."""

    def __init__(self, engine):
        self.detectors = DETECTORS
        self._engine = engine

    def score_one(self, _rows, _x, _segment):
        return Scoring(self._engine.scores(), {}, ())

    def learn_one(self, *_):
        pass

    def said(self, _scoring):
        return []


class StepEngine:
    """A book with one borrower, driven as a test block wants it."""

    def __init__(self, trial, setup):
        self._trial, self._setup = trial, setup
        self._book = trial.Book(trial.TRUST, speaks=True)
        self._now_ms = 0
        self._alerts = {}
        log = trial.Log().control(RuleSetBody(files=dict(setup.sources)))
        for name, members in setup.lists.items():
            log.members(name, *members)
        log.go_live(Clock.WALL)
        self._fold(log.records)
        self._book._broadcast.suite = Said(self)

    def scores(self):
        given = self._setup.scores(self._now_ms)
        return {
            name: Score(
                said.p_value,
                z=9.0 if said.z is None else said.z,
                n=99,
                expected=4.0,
                scale=0.5,
                observed=9.0,
                ready=said.ready,
            )
            for name, said in given.items()
        }

    def feed(self, event):
        borrower_id = event.borrower_id
        profile = journal.BorrowerProfileRecord(
            borrower_id=borrower_id,
            record_id="p1",
            effective_at_ms=0,
            wall_arrival_at_ms=event.wall_arrival_at_ms,
            data=BorrowerProfile(borrower_id=borrower_id, segment_ids=(self._setup.segment,)),
        )
        self.advance(event.wall_arrival_at_ms)
        for record in (profile, event):
            self._fold([(borrower_id.encode(), journal.encode(record))])

    def advance(self, now_ms):
        self._now_ms = max(self._now_ms, now_ms)
        self._fold([(journal.TICK_KEY, journal.encode(journal.Tick(wall_at_ms=self._now_ms)))])

    def tier(self, rule):
        told = self._alerts.get(rule)
        return TIERS[told[-1].tier] if told else 0

    def transitions(self, rule):
        return [
            Transition(
                parse(alert.detected_at),
                TIERS[alert.previous_tier],
                TIERS[alert.tier],
                alert.cause,
                Text(en=alert.reason.en, zh=alert.reason.zh),
            )
            for alert in self._alerts.get(rule, [])
        ]

    def _fold(self, records):
        for output in self._trial.run(records, self._book):
            if output.topic in {"alerts", "alerts-restricted"}:
                alert = msgspec.json.decode(output.value, type=Alert)
                self._alerts.setdefault(alert.rule.name, []).append(alert)


def test_the_shipped_rules_hold_on_the_step(trial):
    pack = rules.pack("postloan")
    outcomes = [
        outcome
        for rule in rules.load(pack).rules
        if not rule.is_state  # whose tests say how loans stand, which is the ledger's here
        for outcome in run_tests(pack, lambda setup: StepEngine(trial, setup), only=rule.name)
    ]

    assert len(outcomes) >= 10
    assert {outcome.title: outcome.failures for outcome in outcomes if outcome.failures} == {}


@pytest.mark.parametrize("keep", ["6 days", "8 days"])
def test_a_wrong_expectation_is_seen(trial, keep):
    changed = {
        name: text.replace("keep     7 days", f"keep     {keep}")
        for name, text in rules.pack("postloan").items()
    }

    outcomes = run_tests(changed, lambda setup: StepEngine(trial, setup), only="rp02_failed_debit")

    assert any(outcome.failures for outcome in outcomes)
