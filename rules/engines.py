"""Two engines for test blocks: the compiled program, and the oracle.

Both put verdicts into the plainest episode that keeps the language's promise: a rule that is met
opens or rises, stays open for `keep` after it was last met, then is quiet for `cooldown` but for
a higher tier. The monitor's own machine is `stream.decide.episodes`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from rules.catalogue import CATALOGUE
from rules.check import check
from rules.oracle import Oracle
from rules.program import Program
from rules.scenario import Setup
from rules.testing import Transition
from rules.verdict import Context
from schemas.alert import Cause, Text
from schemas.journal import Event

_SILENT = Text(en="", zh="")


class Met(NamedTuple):
    """A rule that an event meets."""

    rule: str
    tier: int
    reason: Text


class _Episode:
    """The life of one rule's warnings."""

    def __init__(self, keep_ms: int, cooldown_ms: int) -> None:
        self._keep_ms = keep_ms
        self._cooldown_ms = cooldown_ms
        self._closes_at_ms = 0
        self._quiet_until_ms = 0
        self._quiet_tier = 0
        self.tier = 0
        self.log: list[Transition] = []

    def meet(self, tier: int, reason: Text, now_ms: int) -> None:
        """Note that the rule is met."""
        if not self.tier and now_ms < self._quiet_until_ms and tier <= self._quiet_tier:
            return
        if tier > self.tier:
            self.log.append(Transition(now_ms, self.tier, tier, Cause.SIGNAL, reason))
            self.tier = tier
        self._closes_at_ms = max(self._closes_at_ms, now_ms + self._keep_ms)

    def advance(self, now_ms: int) -> None:
        """Close at the deadline."""
        if self.tier and self._closes_at_ms <= now_ms:
            at_ms = self._closes_at_ms
            self.log.append(Transition(at_ms, self.tier, 0, Cause.DECAY, _SILENT))
            self._quiet_tier, self.tier = self.tier, 0
            self._quiet_until_ms = at_ms + self._cooldown_ms


class _Played(ABC):
    """What both engines share: time, and an episode for each rule."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._now_ms = 0
        self._program = Program(check(setup.sources), setup.sources, CATALOGUE)
        self._episodes = {
            rule.name: _Episode(rule.keep_ms, rule.cooldown_ms) for rule in self._program.rules
        }

    def feed(self, event: Event) -> None:
        """Take an event at its arrival."""
        self.advance(event.wall_arrival_at_ms)
        scores = self._setup.scores(self._now_ms)
        context = Context(self._now_ms, self._setup.segment, self._setup.lists, scores)
        for met in self._judge(event, context):
            self._episodes[met.rule].meet(met.tier, met.reason, self._now_ms)

    def advance(self, now_ms: int) -> None:
        """Let time pass."""
        self._now_ms = max(self._now_ms, now_ms)
        for episode in self._episodes.values():
            episode.advance(self._now_ms)

    def tier(self, rule: str) -> int:
        """Return the tier of a rule's episode now."""
        return self._episodes[rule].tier

    def transitions(self, rule: str) -> Sequence[Transition]:
        """Return all that happened to a rule's episodes."""
        return self._episodes[rule].log

    @abstractmethod
    def _judge(self, event: Event, context: Context) -> list[Met]:
        """Return the rules that an event meets."""


class ProgramEngine(_Played):
    """The compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._windows: dict[str, Any] = {}

    def _judge(self, event: Event, context: Context) -> list[Met]:
        self._program.apply(self._windows, event, context.now_ms)
        verdicts = self._program.judge(event, self._windows, context)
        return [Met(verdict.rule.name, verdict.tier, verdict.reason) for verdict in verdicts]


class OracleEngine(_Played):
    """The oracle, from all events; the reasons are those of the compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._oracle = Oracle(setup.sources)
        self._history: list[Event] = []

    def _judge(self, event: Event, context: Context) -> list[Met]:
        self._history.append(event)
        judged = [
            (rule.name.text, self._oracle.judge(rule, event, self._history, context))
            for rule in self._oracle.rules
        ]
        return [
            Met(rule, found.tier, self._reason(rule, event, context))
            for rule, found in judged
            if found.tier
        ]

    def _reason(self, rule: str, event: Event, context: Context) -> Text:
        """Return the reason that a program says which has seen the same events."""
        windows: dict[str, Any] = {}
        for past in self._history:
            self._program.apply(windows, past, context.now_ms)
        verdicts = self._program.judge(event, windows, context)
        reasons = [verdict.reason for verdict in verdicts if verdict.rule.name == rule]
        return reasons[0] if reasons else _SILENT
