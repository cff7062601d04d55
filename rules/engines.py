"""Two engines for test blocks: the compiled program, and the oracle.

Both put verdicts into the plainest episode that keeps the language's promise: a rule that is met
opens or rises, stays open for `keep` after the last event that met it, then is quiet for
`cooldown` but for a higher tier. When an event comes late, those after it are judged again, as of
their own time, and the episode is walked through from its beginning. The monitor's own machine is
`stream.decide.course`, which has to say the same with less memory.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rules.catalogue import CATALOGUE
from rules.check import check
from rules.oracle import Oracle
from rules.program import Program
from rules.rows import Put, as_of
from rules.runtime import ScoreLike
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
    """The life of one rule's warnings: what it is, and what was told of it (`tier`)."""

    def __init__(self, keep_ms: int, cooldown_ms: int) -> None:
        self._keep_ms = keep_ms
        self._cooldown_ms = cooldown_ms
        self.tier = 0
        self.log: list[Transition] = []
        self.begin()

    def begin(self) -> None:
        """Go back to the beginning, to be walked through again."""
        self._open = self._closes_at_ms = self._quiet_until_ms = self._quiet_tier = 0

    def meet(self, tier: int, at_ms: int) -> None:
        """Note that the rule is met by an event, not earlier than the one before."""
        self._pass(at_ms)
        if not self._open and at_ms < self._quiet_until_ms and tier <= self._quiet_tier:
            return
        self._open = max(self._open, tier)
        self._closes_at_ms = max(self._closes_at_ms, at_ms + self._keep_ms)

    def tell(self, now_ms: int, cause: Cause, reason: Text) -> None:
        """Tell what it is by now."""
        self._pass(now_ms)
        if self._open != self.tier:
            self.log.append(Transition(now_ms, self.tier, self._open, cause, reason))
            self.tier = self._open

    def advance(self, now_ms: int) -> None:
        """Close at the deadline."""
        at_ms = self._closes_at_ms
        if self._open and at_ms <= now_ms:
            self.tell(at_ms, Cause.DECAY, _SILENT)

    def _pass(self, at_ms: int) -> None:
        if self._open and self._closes_at_ms <= at_ms:
            self._quiet_tier, self._open = self._open, 0
            self._quiet_until_ms = self._closes_at_ms + self._cooldown_ms


class _Judged(NamedTuple):
    """An event, how unusual it was when it came, and what it meets."""

    event: Event
    scores: Mapping[str, ScoreLike]
    met: list[Met]

    @property
    def at_ms(self) -> int:
        """When it happened."""
        return self.event.event_at_ms


class _Played(ABC):
    """What both engines share: time, and an episode for each rule."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._now_ms = 0
        self._program = Program(check(setup.sources), setup.sources, CATALOGUE)
        self._judged: list[_Judged] = []
        self._episodes = {
            rule.name: _Episode(rule.keep_ms, rule.cooldown_ms) for rule in self._program.rules
        }

    def feed(self, event: Event) -> None:
        """Take an event at its arrival."""
        self.advance(event.wall_arrival_at_ms)
        self._know(event)
        is_late = bool(self._judged) and event.event_at_ms < self._judged[-1].at_ms
        own = _Judged(event, self._setup.scores(self._now_ms), [])
        insort(self._judged, own, key=lambda each: each.at_ms)
        first = bisect_left(self._judged, event.event_at_ms, key=lambda each: each.at_ms)
        for each in self._judged[first:]:
            scores = each.scores
            context = Context(each.at_ms, self._setup.segment, self._setup.lists, scores)
            each.met[:] = self._judge(each.event, context)
        self._walk(self._judged if is_late else [own], own)

    def _walk(self, judged: Sequence[_Judged], own: _Judged) -> None:
        """Let the episodes follow; they begin anew unless it is the new event alone."""
        reasons = {met.rule: met.reason for each in judged for met in each.met}
        reasons |= {met.rule: met.reason for met in own.met}
        for name, episode in self._episodes.items():
            if len(judged) > 1:
                episode.begin()
            for each in judged:
                for met in each.met:
                    if met.rule == name:
                        episode.meet(met.tier, each.at_ms)
            is_own = any(met.rule == name for met in own.met)
            cause = Cause.SIGNAL if is_own else Cause.LATE_DATA
            episode.tell(self._now_ms, cause, reasons.get(name, _SILENT))

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
    def _know(self, event: Event) -> None:
        """Remember an event that has come."""

    @abstractmethod
    def _judge(self, event: Event, context: Context) -> list[Met]:
        """Return the rules that a known event meets."""


class ProgramEngine(_Played):
    """The compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._windows: dict[str, Any] = {}
        self._puts: list[Put] = []

    def _know(self, event: Event) -> None:
        row = self._program.apply(self._windows, event, 0)
        insort(self._puts, Put(event.event_at_ms, row), key=lambda put: put.at_ms)

    def _judge(self, event: Event, context: Context) -> list[Met]:
        until = bisect_right(self._puts, event.event_at_ms, key=lambda put: put.at_ms)
        windows = as_of(self._windows, self._puts[until:], self._puts[:until])
        verdicts = self._program.judge(event, windows, context)
        return [Met(verdict.rule.name, verdict.tier, verdict.reason) for verdict in verdicts]


class OracleEngine(_Played):
    """The oracle, from all events; the reasons are those of the compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._oracle = Oracle(setup.sources)
        self._history: list[Event] = []

    def _know(self, event: Event) -> None:
        self._history.append(event)

    def _judge(self, event: Event, context: Context) -> list[Met]:
        known = [each for each in self._history if each.event_at_ms <= event.event_at_ms]
        judged = [
            (rule.name.text, self._oracle.judge(rule, event, known, context))
            for rule in self._oracle.rules
        ]
        return [
            Met(rule, found.tier, self._reason(rule, event, known, context))
            for rule, found in judged
            if found.tier
        ]

    def _reason(self, rule: str, event: Event, known: Sequence[Event], context: Context) -> Text:
        """Return the reason that a program says which has seen the same events."""
        windows: dict[str, Any] = {}
        for past in known:
            self._program.apply(windows, past, context.now_ms)
        verdicts = self._program.judge(event, windows, context)
        reasons = [verdict.reason for verdict in verdicts if verdict.rule.name == rule]
        return reasons[0] if reasons else _SILENT
