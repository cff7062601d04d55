"""Two engines for test blocks: the compiled program, and the oracle.

Both put verdicts of event rules into the plainest episode that keeps the language's promise: a
rule that is met opens or rises, stays open for `keep` after it was last met, then is quiet for
`cooldown` but for a higher tier. The monitor's own machine is `stream.decide.episodes`. State
rules live as they do in the monitor (`rules.life`). Of a rule set, the rule under test is run.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from rules.catalogue import CATALOGUE
from rules.check import check
from rules.living import Living
from rules.oracle import Oracle
from rules.program import Program
from rules.scenario import Setup
from rules.scene import Loan, Scene
from rules.testing import Transition
from rules.verdict import Context, Standing
from schemas.alert import Cause, Text
from schemas.journal import Event

_SILENT = Text(en="", zh="")


class Met(NamedTuple):
    """The rule is met at an event."""

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
        checked = check(setup.sources)
        under_test = tuple(rule for rule in checked.rules if rule.name == setup.rule)
        self._program = Program(replace(checked, rules=under_test), setup.sources, CATALOGUE)
        (self._rule,) = self._program.rules
        self._windows: dict[str, Any] = {}
        self._episode = _Episode(self._rule.keep_ms, self._rule.cooldown_ms)
        self._living = Living(self._reason_of)

    def feed(self, event: Event) -> None:
        """Take an event at its arrival."""
        self.advance(event.wall_arrival_at_ms)
        self._take(event)
        if self._rule.is_state:
            self._look()
            return
        scores = self._setup.scores(self._now_ms)
        context = Context(self._now_ms, self._setup.segment, self._setup.lists, scores)
        for met in self._judge(event, context):
            self._episode.meet(met.tier, met.reason, self._now_ms)

    def advance(self, now_ms: int) -> None:
        """Let time pass, and look at state rules whenever it may have changed something."""
        if self._rule.is_state:
            while (next_ms := self._next_ms(now_ms)) is not None:
                self._now_ms = next_ms
                self._look()
        self._now_ms = max(self._now_ms, now_ms)
        self._episode.advance(self._now_ms)

    def tier(self, rule: str) -> int:
        """Return the tier of a rule's episode now."""
        return self._living.tier(rule) if self._rule.is_state else self._episode.tier

    def transitions(self, rule: str) -> Sequence[Transition]:
        """Return all that happened to a rule's episodes."""
        return self._living.logs.get(rule, []) if self._rule.is_state else self._episode.log

    def _scene(self) -> Scene:
        opened_ms = self._living.opened_ms
        return self._setup.surroundings.scene(self._now_ms, self._setup.lists, opened_ms)

    def _look(self) -> None:
        scene = self._scene()
        self._living.look(self._stand(scene), scene)

    def _next_ms(self, until_ms: int) -> int | None:
        """Return the next instant at which something may happen by itself."""
        surroundings = self._setup.surroundings
        instants = [*surroundings.changes_ms, *self._living.deadlines]
        if self._now_ms:  # nothing waits before the test begins
            wakes = self._program.wakes(self._windows, self._scene())
            instants += [at for at in map(surroundings.due_ms, wakes) if at is not None]
        return min([at for at in instants if self._now_ms < at <= until_ms], default=None)

    def _take(self, event: Event) -> None:
        self._program.apply(self._windows, event, self._now_ms)

    def _reason_of(self, standing: Standing, tier: int, scene: Scene) -> Text:
        return self._program.prove(standing, tier, self._windows, scene).reason

    @abstractmethod
    def _stand(self, scene: Scene) -> list[Standing]:
        """Return how the state rule stands."""

    @abstractmethod
    def _judge(self, event: Event, context: Context) -> list[Met]:
        """Return whether an event meets the rule."""


class ProgramEngine(_Played):
    """The compiled program."""

    def _stand(self, scene: Scene) -> list[Standing]:
        return self._program.look(self._windows, scene)

    def _judge(self, event: Event, context: Context) -> list[Met]:
        verdicts = self._program.judge(event, self._windows, context)
        return [Met(verdict.tier, verdict.reason) for verdict in verdicts]


class OracleEngine(_Played):
    """The oracle, from all events; the reasons are those of the compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._oracle = Oracle(setup.sources)
        (self._node,) = (rule for rule in self._oracle.rules if rule.name.text == setup.rule)
        self._per_loan = self._oracle.per_loan(self._node)
        self._history: list[Event] = []

    def _take(self, event: Event) -> None:
        super()._take(event)
        self._history.append(event)

    def _stand(self, scene: Scene) -> list[Standing]:
        subjects: list[tuple[str, Loan | None]] = [("", None)]
        if self._per_loan:
            subjects = [*scene.loans.items()]
        return [
            Standing(self._rule, name, self._oracle.stand(self._node, loan, self._history, scene))
            for name, loan in sorted(subjects, key=lambda each: each[0])
        ]

    def _judge(self, event: Event, context: Context) -> list[Met]:
        found = self._oracle.judge(self._node, event, self._history, context)
        return [Met(found.tier, self._reason(event, context))] if found.tier else []

    def _reason(self, event: Event, context: Context) -> Text:
        """Return the reason that a program says which has seen the same events."""
        verdicts = self._program.judge(event, self._windows, context)
        return verdicts[0].reason if verdicts else _SILENT
