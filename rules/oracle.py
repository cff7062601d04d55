"""The semantics of the language, slow and obvious: every answer recomputed from all events.

It walks the syntax tree, keeps no windows, compiles nothing and computes with exact fractions;
it shares the parser and the catalogue with the real engine, and nothing else. What it says is
what a rule means: the tests hold the compiled program against it, and `loanwatch rules test`
runs both.

It takes rule sets that the checker has passed, and does not look for mistakes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from rules import nodes
from rules.catalogue import CATALOGUE, EVENT_TYPES, Catalogue
from rules.check_aggregates import AGGREGATES
from rules.errors import Problems
from rules.oracle_values import STREAM_OF, Moment, Values
from rules.parse import parse
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
        moment = Moment(event, history, context, self._lets | lets)
        values = {name: self._values.of(value, moment) for name, value in lets.items()}
        for line in self._ladder(rule, moment):
            return Judged(
                _TIERS[line.tier.text], line.kind is not None and line.kind.text == "hard", values
            )
        return Judged(0, hard=False, lets=values)

    def _ladder(self, rule: nodes.Rule, moment: Moment) -> Iterator[nodes.TierLine]:
        """Yield the lines of the ladder that hold, if the rule is met at all."""
        if STREAM_OF[type(moment.event)] not in self._streams(rule) or not self._met(rule, moment):
            return
        for line in rule.clauses:
            if isinstance(line, nodes.TierLine):
                condition = line.condition
                if condition is None or self._values.of(condition, moment) is True:
                    yield line

    def _met(self, rule: nodes.Rule, moment: Moment) -> bool:
        day = self._values.day(moment.event.event_at_ms)
        unknown = False
        for clause in rule.clauses:
            match clause:
                case nodes.WordsClause(keyword="unknown", words=(word,)):
                    unknown = word.text == "true"
                case nodes.Effective(first=first, last=last):
                    if not first.text <= day.isoformat() <= (last.text if last else "9999"):
                        return False
                case nodes.Except(condition=condition, until=until):
                    in_force = until is None or day.isoformat() <= until.text
                    if in_force and self._values.of(condition, moment) is True:
                        return False
                case nodes.When(condition=condition):
                    truth = self._values.of(condition, moment)
        return truth is True or (truth is None and unknown)

    def _streams(self, rule: nodes.Rule) -> set[str]:
        """Return the streams at whose events the rule is judged."""
        read: set[str] = set()
        for clause in rule.clauses:
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "on":
                return {self._values.stream_name(word.text) for word in clause.words}
            if isinstance(clause, nodes.When | nodes.TierLine | nodes.Except):
                read |= set(self._reads(clause, rule))
        return read or set(EVENT_TYPES)

    def _reads(self, node: Any, rule: nodes.Rule) -> Iterator[str]:
        """Yield the streams whose fields a node reads of the event in hand, through lets too."""
        if isinstance(node, nodes.Call) and node.function.text in AGGREGATES:
            return
        if isinstance(node, nodes.Name):
            first = node.parts[0].text
            if len(node.parts) > 1 and self._values.stream_name(first) in EVENT_TYPES:
                yield self._values.stream_name(first)
            named = self._lets | {
                c.name.text: c.value for c in rule.clauses if isinstance(c, nodes.Let)
            }
            if len(node.parts) == 1 and first in named:
                yield from self._reads(named[first], rule)
        if is_dataclass(node):
            for field in fields(node):
                yield from self._reads(getattr(node, field.name), rule)
        elif isinstance(node, tuple):
            for part in node:
                yield from self._reads(part, rule)
