"""Two engines for test blocks: the compiled program, and the oracle.

Both put verdicts of event rules into the plainest episode (`rules.walked`). An event is judged as
of its own time, and again when one before it comes late. State rules live as they do in the
monitor (`rules.life`). Of a rule set, the rule under test is run.
"""

from abc import ABC, abstractmethod
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from rules.catalogue import CATALOGUE, RESTRICTED
from rules.check import check
from rules.features import Windows
from rules.living import Living
from rules.oracle import Oracle
from rules.program import Program
from rules.rows import Put, as_of
from rules.runtime import ScoreLike
from rules.scenario import Setup
from rules.scene import Loan, Scene
from rules.testing import Transition
from rules.verdict import Context, Standing, Verdict
from rules.walked import Episode, Met
from schemas.alert import Text
from schemas.journal import Event

_SILENT = Text(en="", zh="")


class _Judged(NamedTuple):
    """An event, what detectors said when it came, and the put that it was to the windows."""

    event: Event
    scores: Mapping[str, ScoreLike]
    put: Put


def _when(judged: _Judged) -> int:
    return judged.event.event_at_ms


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
        self._judged: list[_Judged] = []
        self._episode = Episode(self._rule.keep_ms, self._rule.cooldown_ms)
        self._living = Living(self._reason_of)

    def feed(self, event: Event) -> None:
        """Take an event at its arrival."""
        self.advance(event.wall_arrival_at_ms)
        kept_ms = self._now_ms if self._rule.is_state else 0
        put = Put(event.event_at_ms, self._program.apply(self._windows, event, kept_ms))
        judged = _Judged(event, self._setup.scores(self._now_ms), put)
        insort(self._judged, judged, key=_when)
        if self._rule.is_state:
            self._look()
        elif self._judged[-1] is judged:
            for met in self._meets(judged):
                self._episode.meet(met, self._now_ms)
        else:
            all_met = [met for each in self._judged for met in self._meets(each)]
            self._episode.walk(all_met, self._now_ms)

    def _meets(self, judged: _Judged) -> list[Met]:
        event, scores, _ = judged
        at_ms = event.event_at_ms
        context = Context(at_ms, self._setup.segment, self._setup.lists, scores)
        until = bisect_right(self._judged, at_ms, key=_when)
        later = [each.put for each in self._judged[until:]]
        earlier = (each.put for each in self._judged[:until])
        return self._judge(event, as_of(self._windows, later, earlier), context)

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

    def _reason_of(self, standing: Standing, tier: int, scene: Scene) -> Text:
        return self._program.prove(standing, tier, self._windows, scene).reason

    def _verdicts(self, event: Event, windows: Windows, context: Context) -> list[Verdict]:
        restricted = self._rule.lane == RESTRICTED
        return self._program.judge(event, windows, context, restricted=restricted)

    @abstractmethod
    def _stand(self, scene: Scene) -> list[Standing]:
        """Return how the state rule stands."""

    @abstractmethod
    def _judge(self, event: Event, windows: Windows, context: Context) -> list[Met]:
        """Return whether an event meets the rule, with the windows as of its time."""


class ProgramEngine(_Played):
    """The compiled program."""

    def _stand(self, scene: Scene) -> list[Standing]:
        return self._program.look(self._windows, scene)

    def _judge(self, event: Event, windows: Windows, context: Context) -> list[Met]:
        verdicts = self._verdicts(event, windows, context)
        return [Met(event.event_at_ms, verdict.tier, verdict.reason) for verdict in verdicts]


class OracleEngine(_Played):
    """The oracle, from all events; the reasons are those of the compiled program."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._oracle = Oracle(setup.sources)
        (self._node,) = (rule for rule in self._oracle.rules if rule.name.text == setup.rule)
        self._per_loan = self._oracle.per_loan(self._node)

    def _stand(self, scene: Scene) -> list[Standing]:
        subjects: list[tuple[str, Loan | None]] = [("", None)]
        if self._per_loan:
            subjects = [*scene.loans.items()]
        history = [each.event for each in self._judged]
        return [
            Standing(self._rule, name, self._oracle.stand(self._node, loan, history, scene))
            for name, loan in sorted(subjects, key=lambda each: each[0])
        ]

    def _judge(self, event: Event, windows: Windows, context: Context) -> list[Met]:
        history = [e.event for e in self._judged if e.event.event_at_ms <= event.event_at_ms]
        found = self._oracle.judge(self._node, event, history, context)
        if not found.tier:
            return []
        verdicts = self._verdicts(event, windows, context)
        reason = verdicts[0].reason if verdicts else _SILENT
        return [Met(event.event_at_ms, found.tier, reason)]
