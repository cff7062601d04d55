"""The state rules of a program: how they stand at an instant, the proof, when to look again.

    look    every rule, for the borrower or for each of its open loans
    prove   one standing, as the verdict that an alert carries
    wakes   the instants at which time alone may change something

Pure, like the rest of the program: they read windows and a scene and change nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from rules.checked import CheckedRule
from rules.compile import CompiledState, Compiler
from rules.features import Windows
from rules.measures import MEASURES, Measure, for_peers
from rules.measures.festival import has_reopened
from rules.memory import Memory
from rules.proof import Proof
from rules.readings import Readings, Subject
from rules.scene import Loan, Scene
from rules.story import SALES, StoryDay, story_of
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Function,
    MeasureCall,
    PerDay,
    Since,
    parts,
)
from rules.verdict import Rule, Standing, Verdict, Wake
from rules.wakes import Wakers
from rules.zone import Zone

Params = tuple[Any, ...]


class _State(NamedTuple):
    """A state rule, ready to be looked at.

    Attributes:
        compiled: What it asks.
        proof: Makes its verdict.
        measures: All that it asks, if time alone does not change how it stands; else `None`.
    """

    compiled: CompiledState
    proof: Proof
    measures: tuple[Measure, ...] | None


PEER_WINDOWS: Final = (7, 14, 28)
"""The windows in days of what a segment is told (domain.md 3.1)."""


class AsPeer(NamedTuple):
    """What a borrower is among its peers.

    Attributes:
        ratios: Its sales over expected sales in millionths, by window in days, where known.
        reopened: Whether it has sold since the festival; `None` where that is not asked.
    """

    ratios: dict[int, int]
    reopened: bool | None


class States:
    """The state rules of one program.

    Args:
        rules: Those that are state rules, each with its proof.
        compiler: Of the program.
        wakers: Of the same.
        readings: Of the same.
        zone: Whose days count.
    """

    def __init__(
        self,
        rules: Collection[tuple[CheckedRule, Proof]],
        compiler: Compiler,
        wakers: Wakers,
        readings: Readings,
        zone: Zone,
    ) -> None:
        self._zone = zone
        self._readings = readings
        self._wakers = wakers.of(rule for rule, _ in rules)
        self._states = {
            rule.name: _State(compiler.state_rule(rule, proof.evidence), proof, _timeless(rule))
            for rule, proof in rules
        }

    def look(
        self, windows: Windows, scene: Scene, params: Params, memory: Memory
    ) -> Iterator[Standing]:
        """Yield how each rule stands, for the borrower or for each of its open loans."""
        readings = self._readings.at(windows, scene, memory)
        for state in self._states.values():
            rule = state.proof.rule
            for subject, loan in _subjects(rule, scene.loans):
                asked = readings.of(rule.name, loan)
                arguments = self._arguments(asked, loan, windows, scene, params)
                find = partial(state.compiled.truths, *arguments)
                if state.measures is None:
                    holds = find()
                else:
                    holds = readings.standing(rule.name, asked, state.measures, find)
                yield Standing(rule, subject, holds)

    def prove(
        self, standing: Standing, tier: int, windows: Windows, scene: Scene, params: Params
    ) -> Verdict:
        """Return the verdict of a standing whose warning is at a tier."""
        state = self._states[standing.rule.name]
        loan = scene.loans[standing.subject] if standing.rule.per_loan else None
        asked = self._readings.at(windows, scene, Memory()).of(standing.rule.name, loan)
        found = state.compiled.evidence(*self._arguments(asked, loan, windows, scene, params))
        verdict = state.proof.verdict(_rung(standing, tier), found)
        return verdict._replace(tier=tier, subject=standing.subject)

    def as_peer(self, windows: Windows, scene: Scene) -> AsPeer:
        """Return what the borrower is among its peers; no episode freezes that."""
        reading = self._readings.reading(windows, scene, None, None)
        return AsPeer(for_peers(reading, PEER_WINDOWS), has_reopened(reading))

    def story(self, windows: Windows, scene: Scene, days: int) -> list[StoryDay]:
        """Return what happened on the last `days` days, as far as measures have it kept."""
        opened = [
            self._zone.day_at(scene.opened_ms[rule.name])
            for rule in (state.proof.rule for state in self._states.values())
            if rule.family == SALES and rule.name in scene.opened_ms
        ]
        since = min(opened, default=None)
        reading = self._readings.reading(windows, scene, None, since, open_days=True)
        today = self._zone.day_at(scene.now_ms)
        return story_of(reading, today - days + 1, today)

    def wakes(self, windows: Windows, scene: Scene) -> list[Wake]:
        """Return when time alone may change how a rule stands, the soonest first."""
        return sorted({wake for waker in self._wakers for wake in waker(windows, scene)})

    def _arguments(
        self,
        asked: Subject,
        loan: Loan | None,
        windows: Windows,
        scene: Scene,
        params: Params,
    ) -> tuple[Any, ...]:
        now_ms, today = scene.now_ms, self._zone.day_at(scene.now_ms)
        who = (scene.feeds, asked, loan, scene.profile, scene.contact, scene.payee)
        return *who, windows, now_ms, today, params, scene.lists


def _timeless(rule: CheckedRule) -> tuple[Measure, ...] | None:
    """Return the measures that a rule asks, `None` if time alone may change how it stands."""
    found = [part for condition in rule.conditions() for part in parts(condition)]
    dated = [rule.first_day, rule.last_day, *(each.until for each in rule.exceptions)]
    if any(dated) or any(map(_goes_by, found)):
        return None
    names = {each.measure for each in found if isinstance(each, MeasureCall)}
    return tuple(MEASURES[name] for name in sorted(names))


def _goes_by(term: AnyTerm) -> bool:
    """Whether a term may say something else as time goes by, though nothing happens."""
    return isinstance(term, Aggregate | Absence | Since | PerDay) or (
        isinstance(term, Function) and term.name in {"today", "age"}
    )


def _subjects(rule: Rule, loans: Mapping[str, Loan]) -> Iterable[tuple[str, Loan | None]]:
    return sorted(loans.items()) if rule.per_loan else [("", None)]


def _rung(standing: Standing, tier: int) -> int:
    """Return the rung, from 1, that accounts for a tier.

    It is the first that holds at this tier or below; if none does, because the warning is only
    kept open, the highest that is not above it.
    """
    rungs = list(enumerate(standing.rule.lifetime.tiers, start=1))
    below = [number for number, each in rungs if each <= tier] or [rungs[-1][0]]
    holding = [number for number in below if standing.holds[number] is True]
    return (holding or below)[0]
