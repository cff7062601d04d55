"""Runs the test blocks of a rule set against an engine.

A test says what comes when (`given`), and what the rule must have made of it (`at … expect …`,
`expect exactly …`). Time is simulated: events come in the order of their arrival, deadlines in
between pass, and the run ends at the last time that the test names.

What an engine is, `Engine` says; `rules.engines` has two, and the monitor's `step` is a third.
A failed expectation is a `Diagnostic` with a caret, like a mistake in a rule.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rules import nodes
from rules.catalogue import CATALOGUE, Catalogue
from rules.check import check
from rules.check_ladder import TIERS
from rules.check_tests import NONE
from rules.errors import Diagnostic, RuleSetError
from rules.scenario import Scenario, Setup
from rules.zone import Zone
from schemas.alert import Text
from schemas.journal import Event

_WORDS = {0: "cleared"} | {int(tier): word for word, tier in TIERS.items()}


class Transition(NamedTuple):
    """What happened to a rule's episode, when and why; tier 0 is none."""

    at_ms: int
    previous_tier: int
    tier: int
    cause: str
    reason: Text


class Engine(Protocol):
    """What a test is run against."""

    def feed(self, event: Event) -> None:
        """Take an event at its `wall_arrival_at_ms`."""

    def advance(self, now_ms: int) -> None:
        """Let time pass."""

    def tier(self, rule: str) -> int:
        """Return the tier of a rule's episode now, 0 if none is open."""

    def transitions(self, rule: str) -> Sequence[Transition]:
        """Return all that happened to a rule's episodes, in order."""


class Outcome(NamedTuple):
    """The result of one test block."""

    title: str
    rule: str
    failures: tuple[Diagnostic, ...]


def run_tests(
    sources: Mapping[str, str],
    engine: Callable[[Setup], Engine],
    catalogue: Catalogue = CATALOGUE,
    only: str | None = None,
) -> list[Outcome]:
    """Run the test blocks of a rule set.

    Args:
        sources: The text of each file.
        engine: Makes an engine for one test.
        catalogue: What rules may name.
        only: The rule whose tests to run; all if `None`.

    Raises:
        RuleSetError: If the rule set does not load.
    """
    checked = check(sources, catalogue)
    errors = [finding for finding in checked.diagnostics if finding.is_error]
    if errors:
        raise RuleSetError(errors, sources)
    tests = [test for test in checked.tests if only in (None, test.rule.text)]
    return [_Run(Scenario(test, checked, sources, catalogue)).outcome(engine) for test in tests]


class _Run:
    """One test block."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._test = scenario.test
        self._zone = scenario.zone
        self._problems = scenario.problems

    def outcome(self, make: Callable[[Setup], Engine]) -> Outcome:
        """Run it."""
        scenario = self._scenario
        events, setup = scenario.events(), scenario.setup()
        states = [(scenario.at(line.at), line) for line in scenario.lines(nodes.ExpectState)]
        if not self._problems.found:
            self._play(make(setup), events, sorted(states, key=lambda state: state[0]))
        return Outcome(self._test.title.text, self._test.rule.text, self._problems.ordered())

    def _play(
        self, engine: Engine, events: list[Event], states: list[tuple[int, nodes.ExpectState]]
    ) -> None:
        waiting = iter([*events, None])
        event = next(waiting)
        for at_ms, state in states:
            while event is not None and event.wall_arrival_at_ms <= at_ms:
                engine.feed(event)
                event = next(waiting)
            engine.advance(at_ms)
            self._expect_state(state, at_ms, engine)
        while event is not None:
            engine.feed(event)
            event = next(waiting)
        for line in self._scenario.lines(nodes.ExpectExactly):
            self._expect_exactly(line, engine)

    def _expect_state(self, line: nodes.ExpectState, at_ms: int, engine: Engine) -> None:
        rule = self._test.rule.text
        have, transitions = engine.tier(rule), engine.transitions(rule)
        wanted = line.tier.text if line.tier else "nothing"
        words = ("nothing", "cleared") if not have else (_WORDS[have],)
        if wanted not in words or (wanted == "cleared" and not transitions):
            message = f"expected {wanted}, it is {words[0]}"
            self._problems.add("E410", line.span, message, help=_history(transitions, self._zone))
            return
        for kind, word in line.details:
            self._expect_detail(kind, word, at_ms, transitions)

    def _expect_detail(
        self, kind: str, word: nodes.Word, at_ms: int, transitions: Sequence[Transition]
    ) -> None:
        problems, last = self._problems, transitions[-1] if transitions else None
        history = _history(transitions, self._zone)
        if last is None:
            problems.add("E411", word.span, "nothing has happened yet")
        elif kind == "from":
            previous = _WORDS[last.previous_tier] if last.previous_tier else "nothing"
            if last.at_ms != at_ms or previous != word.text:
                message = f"expected a change from {word.text} at this instant"
                problems.add("E411", word.span, message, help=history)
        elif kind == "cause":
            if last.cause != word.text:
                problems.add("E411", word.span, f"expected {word.text}, the cause is {last.cause}")
        elif word.text not in last.reason.en and word.text not in last.reason.zh:
            help_ = f"the reason is: {last.reason.en} / {last.reason.zh}"
            problems.add("E411", word.span, "the reason does not contain this", help=help_)

    def _expect_exactly(self, line: nodes.ExpectExactly, engine: Engine) -> None:
        wanted = [word.text for word in line.tiers if word.text != NONE]
        transitions = engine.transitions(self._test.rule.text)
        have = [_WORDS[transition.tier] for transition in transitions]
        if have != wanted:
            message = f"expected exactly {_listed(wanted)}, there was {_listed(have)}"
            help_ = _history(transitions, self._zone)
            self._problems.add("E412", line.span, message, help=help_)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or NONE


def _history(transitions: Sequence[Transition], zone: Zone) -> str:
    if not transitions:
        return "nothing has happened"
    steps = [f"{_WORDS[t.tier]} at {zone.local_at(t.at_ms):%Y-%m-%d %H:%M}" for t in transitions]
    return "so far: " + ", ".join(steps)
