"""The semantics of the language, slow and obvious: every answer recomputed from all events.

It walks the syntax tree, keeps no windows, compiles nothing and computes with exact fractions;
it shares the parser and the catalogue with the real engine, and nothing else. What it says is
what a rule means: the tests hold the compiled program against it, and `loanwatch rules test`
runs both.

It takes rule sets that the checker has passed, and does not look for mistakes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, NamedTuple

from rules import nodes
from rules.catalogue import CATALOGUE, EVENT_TYPES, Catalogue
from rules.check_aggregates import AGGREGATES
from rules.check_calls import SHARES
from rules.errors import Problems
from rules.measures import MEASURES
from rules.oracle_values import STREAM_OF, Moment, Values
from rules.parse import parse
from rules.scene import Loan, Scene
from rules.verdict import Context
from schemas.journal import Event

_TIERS = {"mild": 1, "moderate": 2, "severe": 3}


class Judged(NamedTuple):
    """What the oracle says of one rule: its tier (0 if not met), and the values of its lets."""

    tier: int
    hard: bool
    lets: Mapping[str, Any]


class Oracle:
    """Evaluates the rules of a rule set.

    Args:
        sources: The text of each file.
        catalogue: Where the fields are.
    """

    def __init__(self, sources: Mapping[str, str], catalogue: Catalogue = CATALOGUE) -> None:
        found = [item for file, text in sources.items() for item in parse(file, text, Problems())]
        self.rules = [item for item in found if isinstance(item, nodes.Rule)]
        self._lets = {item.name.text: item.value for item in found if isinstance(item, nodes.Let)}
        params = {item.name.text: item for item in found if isinstance(item, nodes.Param)}
        (head,) = (item for item in found if isinstance(item, nodes.RuleSet))
        zone, currency = "Asia/Shanghai", "CNY"
        for clause in head.clauses:
            if isinstance(clause, nodes.TextClause) and clause.keyword == "timezone":
                zone = clause.text.texts[0].text
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "currency":
                currency = clause.words[0].text
        self._values = Values(params, catalogue, zone=zone, currency=currency)

    def judge(
        self, rule: nodes.Rule, event: Event, history: Sequence[Event], context: Context
    ) -> Judged:
        """Say what a rule makes of an event.

        Args:
            rule: One of `rules`.
            event: The event in hand.
            history: All events of the borrower that have come, `event` among them, in any order.
            context: As for `Program.judge`.
        """
        lets = {c.name.text: c.value for c in rule.clauses if isinstance(c, nodes.Let)}
        moment = Moment(event, history, context, self._lets_of(rule))
        values = {name: self._values.of(value, moment) for name, value in lets.items()}
        for line in self._ladder(rule, moment):
            return Judged(
                _TIERS[line.tier.text], line.kind is not None and line.kind.text == "hard", values
            )
        return Judged(0, hard=False, lets=values)

    def stand(
        self, rule: nodes.Rule, loan: Loan | None, history: Sequence[Event], scene: Scene
    ) -> tuple[bool | None, ...]:
        """Say how a state rule stands: truth of `when`, of each rung, of `clear when`.

        Args:
            rule: One of `rules`, for which `is_state` holds.
            loan: For which loan, if it is judged for loans.
            history: All events of the borrower that have come, in any order.
            scene: As for `Program.look`.
        """
        lets, name = self._lets_of(rule), rule.name.text
        moment = Moment(None, history, scene, lets, loan=loan, rule=name)
        conditions = [c.condition for c in rule.clauses if isinstance(c, nodes.When)]
        lines = [c for c in rule.clauses if isinstance(c, nodes.TierLine)]
        conditions += [line.condition or conditions[0] for line in lines]
        clear = [c.condition for c in rule.clauses if isinstance(c, nodes.Clear)]
        if self._is_out(rule, moment, self._values.day(scene.now_ms)):
            return (*[False for _ in conditions], *[True for _ in clear])
        truths = [self._values.of(condition, moment) for condition in (*conditions, *clear)]
        known = [self._unknown(rule) if truth is None else truth for truth in truths[:1]]
        bare = [not line.condition for line in lines]
        rungs = [known[0] if bare[i] else truths[1 + i] for i in range(len(lines))]
        return (*known, *rungs, *truths[1 + len(lines) :])

    def is_state(self, rule: nodes.Rule) -> bool:
        """Whether a rule is true or not at an instant, and not judged at events."""
        on = [c for c in rule.clauses if isinstance(c, nodes.WordsClause) and c.keyword == "on"]
        return not on and not any(self._of_event(part) for part in self._deciding(rule))

    def per_loan(self, rule: nodes.Rule) -> bool:
        """Whether a state rule is judged once for each open loan."""
        return any(
            (isinstance(part, nodes.Window) and part.by)
            or (isinstance(part, nodes.Call) and _is_of_a_loan(part))
            or (isinstance(part, nodes.Name) and part.parts[0].text in ("loan", "贷款"))
            for part in self._deciding(rule)
        )  # fmt: skip

    def _of_event(self, node: Any) -> bool:
        if isinstance(node, nodes.Window):
            return node.before_this
        if not isinstance(node, nodes.Name) or len(node.parts) == 1:
            return False
        first = node.parts[0].text
        return first == "detector" or self._values.stream_name(first) in EVENT_TYPES

    def _deciding(self, rule: nodes.Rule) -> Iterator[Any]:
        """Yield all parts of what decides about a rule."""
        lets = self._lets_of(rule)
        for clause in rule.clauses:
            if isinstance(clause, nodes.When | nodes.TierLine | nodes.Except | nodes.Clear):
                yield from _parts(clause, lets)

    def _lets_of(self, rule: nodes.Rule) -> dict[str, nodes.Expression]:
        own = {c.name.text: c.value for c in rule.clauses if isinstance(c, nodes.Let)}
        return self._lets | own

    def _ladder(self, rule: nodes.Rule, moment: Moment) -> Iterator[nodes.TierLine]:
        """Yield the lines of the ladder that hold, if the rule is met at all."""
        event = moment.event
        if event is None or STREAM_OF[type(event)] not in self._streams(rule):
            return
        if not self._met(rule, event, moment):
            return
        for line in rule.clauses:
            if isinstance(line, nodes.TierLine):
                condition = line.condition
                if condition is None or self._values.of(condition, moment) is True:
                    yield line

    def _met(self, rule: nodes.Rule, event: Event, moment: Moment) -> bool:
        if self._is_out(rule, moment, self._values.day(event.event_at_ms)):
            return False
        (when,) = (c.condition for c in rule.clauses if isinstance(c, nodes.When))
        truth = self._values.of(when, moment)
        return truth is True or (truth is None and self._unknown(rule) is True)

    def _is_out(self, rule: nodes.Rule, moment: Moment, day: date) -> bool:
        """Whether a rule is out of season on a day, or excepted."""
        for clause in rule.clauses:
            match clause:
                case nodes.Effective(first=first, last=last):
                    if not first.text <= day.isoformat() <= (last.text if last else "9999"):
                        return True
                case nodes.Except(condition=condition, until=until):
                    in_force = until is None or day.isoformat() <= until.text
                    if in_force and self._values.of(condition, moment) is True:
                        return True
        return False

    def _unknown(self, rule: nodes.Rule) -> bool | None:
        """Return what `when` is where it is unknown."""
        for clause in rule.clauses:
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "unknown":
                return True if clause.words[0].text == "true" else None
        return None

    def _streams(self, rule: nodes.Rule) -> set[str]:
        """Return the streams at whose events the rule is judged."""
        for clause in rule.clauses:
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "on":
                return {self._values.stream_name(word.text) for word in clause.words}
        words = [
            self._values.stream_name(part.parts[0].text)
            for part in self._deciding(rule)
            if isinstance(part, nodes.Name) and len(part.parts) > 1
        ]
        return {word for word in words if word in EVENT_TYPES} or set(EVENT_TYPES)


def _is_of_a_loan(call: nodes.Call) -> bool:
    measure = MEASURES.get(call.function.text)
    return measure is not None and any(series.by_loan for series in measure.series)


def _parts(node: Any, lets: Mapping[str, nodes.Expression]) -> Iterator[Any]:
    """Yield a node and all below it, through lets too, but not what an aggregate counts."""
    yield node
    if isinstance(node, nodes.Call) and node.function.text in (*AGGREGATES, *SHARES, "since"):
        yield from _parts(node.window, lets)
        return
    if isinstance(node, nodes.Absence):
        return
    if isinstance(node, nodes.Name) and len(node.parts) == 1 and node.parts[0].text in lets:
        yield from _parts(lets[node.parts[0].text], lets)
    if is_dataclass(node):
        for field in fields(node):
            yield from _parts(getattr(node, field.name), lets)
    elif isinstance(node, tuple):
        for part in node:
            yield from _parts(part, lets)
