"""What the tests of the tier share: signals in one line, and a watch that plays a story."""

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from stream.decide.tiers.facts import (
    FLOOR,
    ROUTINE,
    Facts,
    Occasion,
    Payments,
    Release,
    Signal,
    Snooze,
)
from stream.decide.tiers.machine import look
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.state import TierState

DAY_MS = 86_400_000
HOUR = 1 / 24
START_MS = 20_000 * DAY_MS
FAR_MS = START_MS + 10_000 * DAY_MS
LOOKS_MOST = 100
"""Between two things that happen; more is a loop."""

FAMILIES = {
    "rp": "repayment",
    "p": "sales",
    "f": "liquidity",
    "d": "diversion",
    "x": "authenticity",
}


def at(days):
    """Epoch milliseconds of a day of the story."""
    return START_MS + round(days * DAY_MS)


def paid(*days, late=(), interval=None):
    """How one loan is paid: instalments that fell due on these days and were paid on time."""
    on_time = tuple(at(day) for day in sorted(days, reverse=True))
    last_due_ms = max((*on_time, *map(at, late)), default=None)
    return Payments(on_time_due_ms=on_time, last_due_ms=last_due_ms, interval_days=interval)


def signal(rule, tier, kind="soft", **how):
    """A signal; its family is told by the letters of the rule's name."""
    letters = rule.rstrip("0123456789_")
    how.setdefault("signal", rule.upper())
    how.setdefault("family", FAMILIES.get(letters, letters))
    how.setdefault("lane", "credit")
    how.setdefault("alert_id", f"brw_1/{rule}/1/1")
    return Signal(rule=rule, tier=tier, hard=kind == "hard", **how)


@dataclass
class Watch:
    """Plays a story: opens and ends warnings, sets facts, and looks at each deadline between."""

    policy: object = DEFAULT
    state: TierState = field(default_factory=TierState)
    signals: dict = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    changes: list = field(default_factory=list)
    earned: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    admissions: list = field(default_factory=list)
    readmitted: list = field(default_factory=list)
    locks: list = field(default_factory=list)

    def open(self, days, rule, tier, kind="soft", **how):
        self._pass(days)
        self.signals[rule] = signal(rule, tier, kind, **how)
        return self._look(days)

    def end(self, days, *rules):
        self._pass(days)
        for rule in rules:
            del self.signals[rule]
        return self._look(days)

    def take_back(self, days, *rules, cause=None):
        self._pass(days)
        for rule in rules:
            self.signals.pop(rule, None)
        return self._look(days, Occasion(cause=cause, taken_back=dict.fromkeys(rules, 0)))

    def know(self, days, occasion=ROUTINE, **facts):
        """Learn of facts; the floor follows from `dpd` unless it is said."""
        self._pass(days)
        if "dpd" in facts:
            facts = {"floor": sum(facts["dpd"] >= least for least in (1, 4, 30))} | facts
        if "floor" in facts and "left_ms" not in facts:
            facts["left_ms"] = self._left_ms(days, facts["floor"])
        self.facts = replace(self.facts, **facts)
        return self._look(days, occasion)

    def _left_ms(self, days, floor):
        """An arrear that is paid now, as the ledger says it."""
        was = self.facts.floor
        return tuple(
            at(days) if floor < tier <= was else FAR_MS if tier <= floor else left_ms
            for tier, left_ms in enumerate(self.facts.left_ms, start=1)
        )

    def mark(self, days, rule, **how):
        """Change what is said of an open warning."""
        self._pass(days)
        self.signals[rule] = replace(self.signals[rule], **how)
        return self._look(days)

    def until(self, days):
        self._pass(days)
        return self

    @property
    def tier(self):
        return self.state.tier

    def steps(self):
        """`(day, before, after, cause)` of each change."""
        return [(round(day, 3), *change[:2], change.cause.value) for day, change in self.changes]

    def refused(self):
        return [each.code.value for _, each in self.refusals]

    def _pass(self, days):
        looks = 0
        while self.state.deadline_ms is not None and self.state.deadline_ms <= at(days):
            looks += 1
            assert looks < LOOKS_MOST, f"time stands still at {self.state}"
            self._look((self.state.deadline_ms - START_MS) / DAY_MS)

    def _look(self, days, occasion=ROUTINE):
        found = look(
            self.state,
            signals=list(self.signals.values()),
            facts=self.facts,
            now_ms=at(days),
            policy=self.policy,
            occasion=occasion,
        )
        self.state = found.state
        if found.change:
            self.changes.append((days, found.change))
            self.earned.append(found.found.earned)
        if found.readmitted or found.change:
            self.admissions.append(
                (round(days, 3), found.answer.to.value, found.answer.reason.value)
            )
        if found.readmitted:
            self.readmitted.append(days)
        if found.locks:
            self.locks.append(days)
        self.refusals += [(round(days, 3), each) for each in found.refused]
        self.found = found
        return self


class Kit:
    """Names of this module, which a test module cannot import."""

    DAY_MS, HOUR, START_MS, FLOOR = DAY_MS, HOUR, START_MS, FLOOR
    Facts, Occasion, Payments = Facts, Occasion, Payments
    Release, Snooze, Watch = Release, Snooze, Watch
    at, paid, signal = staticmethod(at), staticmethod(paid), staticmethod(signal)


@pytest.fixture(scope="session")
def kit():
    """This module's tools; of the session, so that properties may ask for it."""
    return Kit
