"""The semantics of the language, slow and obvious: every answer recomputed from all events.

It walks the syntax tree, keeps no windows, compiles nothing and computes with exact fractions;
it shares the parser and the catalogue with the real engine, and nothing else. What it says is
what a rule means: the tests hold the compiled program against it, and `loanwatch rules test`
runs both.

It takes rule sets that the checker has passed, and does not look for mistakes.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rules import nodes
from rules.catalogue import CATALOGUE, EVENT_TYPES, Catalogue
from rules.check_aggregates import AGGREGATES
from rules.errors import Problems
from rules.parse import parse
from rules.verdict import Context
from schemas.instants import from_ms, to_ms
from schemas.journal import Event
from schemas.money import Money, exponent

_TIERS = {"mild": 1, "moderate": 2, "severe": 3}
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
_RELATIONS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
_STREAM_OF = {event: stream for stream, event in EVENT_TYPES.items()}


class Judged(NamedTuple):
    """What the oracle says of one rule: its tier (0 if not met), and the values of its lets."""

    tier: int
    hard: bool
    lets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where an expression is evaluated: at which event, with which others, when.

    `row` is the event that a `where` is about; `lets` are the names that can be seen.
    """

    event: Event
    history: Sequence[Event]
    context: Context
    lets: Mapping[str, nodes.Expression]
    row: Event | None = None


class Oracle:
    """Evaluates the rules of a rule set.

    Args:
        sources: The text of each file.
        catalogue: Where the fields are.
    """

    def __init__(self, sources: Mapping[str, str], catalogue: Catalogue = CATALOGUE) -> None:
        self._catalogue = catalogue
        found = [item for file, text in sources.items() for item in parse(file, text, Problems())]
        self.rules = [item for item in found if isinstance(item, nodes.Rule)]
        self._lets = {item.name.text: item.value for item in found if isinstance(item, nodes.Let)}
        self._params = {item.name.text: item for item in found if isinstance(item, nodes.Param)}
        (head,) = (item for item in found if isinstance(item, nodes.RuleSet))
        self._zone, self.currency = ZoneInfo("Asia/Shanghai"), "CNY"
        for clause in head.clauses:
            if isinstance(clause, nodes.TextClause) and clause.keyword == "timezone":
                self._zone = ZoneInfo(clause.text.texts[0].text)
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "currency":
                self.currency = clause.words[0].text

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
        moment = _Moment(event, history, context, self._lets | lets)
        values = {name: self._value(value, moment) for name, value in lets.items()}
        for line in self._ladder(rule, moment):
            return Judged(
                _TIERS[line.tier.text], line.kind is not None and line.kind.text == "hard", values
            )
        return Judged(0, hard=False, lets=values)

    def _ladder(self, rule: nodes.Rule, moment: _Moment) -> Iterator[nodes.TierLine]:
        """Yield the lines of the ladder that hold, if the rule is met at all."""
        if _STREAM_OF[type(moment.event)] not in self._streams(rule) or not self._met(rule, moment):
            return
        for line in rule.clauses:
            if isinstance(line, nodes.TierLine):
                condition = line.condition
                if condition is None or self._value(condition, moment) is True:
                    yield line

    def _met(self, rule: nodes.Rule, moment: _Moment) -> bool:
        day = self._day(moment.event.event_at_ms)
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
                    if in_force and self._value(condition, moment) is True:
                        return False
                case nodes.When(condition=condition):
                    truth = self._value(condition, moment)
        return truth is True or (truth is None and unknown)

    def _streams(self, rule: nodes.Rule) -> set[str]:
        """Return the streams at whose events the rule is judged."""
        read: set[str] = set()
        for clause in rule.clauses:
            if isinstance(clause, nodes.WordsClause) and clause.keyword == "on":
                return {self._stream_name(word.text) for word in clause.words}
            if isinstance(clause, nodes.When | nodes.TierLine | nodes.Except):
                read |= set(self._reads(clause, rule))
        return read or set(EVENT_TYPES)

    def _reads(self, node: Any, rule: nodes.Rule) -> Iterator[str]:
        """Yield the streams whose fields a node reads of the event in hand, through lets too."""
        if isinstance(node, nodes.Call) and node.function.text in AGGREGATES:
            return
        if isinstance(node, nodes.Name):
            first = node.parts[0].text
            if len(node.parts) > 1 and self._stream_name(first) in EVENT_TYPES:
                yield self._stream_name(first)
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

    # --- values: exact numbers, strings, days, truth; `None` is missing

    def _value(self, node: nodes.Expression, at: _Moment) -> Any:  # noqa: C901, PLR0911, PLR0912
        match node:
            case nodes.Constant() | nodes.Quantity():
                return _literal(node)
            case nodes.Name():
                return self._name(node, at)
            case nodes.Call():
                return self._call(node, at)
            case nodes.Arithmetic(operator=sign, left=left, right=right):
                return _arithmetic(sign, self._value(left, at), self._value(right, at))
            case nodes.Minus(operand=operand):
                value = self._value(operand, at)
                return None if value is None else -value
            case nodes.Otherwise(value=first, fallback=second):
                value = self._value(first, at)
                return self._value(second, at) if value is None else value
            case nodes.Compare(relation=relation, left=left, right=right):
                return _compare(relation, self._value(left, at), self._value(right, at))
            case nodes.Between(value=value, low=low, high=high):
                it = self._value(value, at)
                return _every(
                    [
                        _compare(">=", it, self._value(low, at)),
                        _compare("<=", it, self._value(high, at)),
                    ]
                )
            case nodes.Membership(item=item, choices=choices, negated=negated):
                return self._member(self._value(item, at), choices, at, negated=negated)
            case nodes.State(value=value, state=state):
                return self._state(value, state.text, at)
            case nodes.Logic(operator="and", left=left, right=right):
                return _every([self._value(left, at), self._value(right, at)])
            case nodes.Logic(left=left, right=right):
                return _not(_every([_not(self._value(left, at)), _not(self._value(right, at))]))
            case nodes.Not(operand=operand):
                return _not(self._value(operand, at))
            case nodes.Beyond():
                raise NotImplementedError(node.construct)

    def _name(self, node: nodes.Name, at: _Moment) -> Any:  # noqa: PLR0911 - a table
        first, *rest = (word.text for word in node.parts)
        if first == "detector" and rest:
            score: Any = at.context.scores.get(rest[0])
            if score is None or not score.ready:
                return None
            return getattr(score, rest[1])
        if rest:
            event = at.row or at.event
            same = _STREAM_OF[type(event)] == self._stream_name(first)
            return self._field(event, ".".join(rest)) if same else None
        if at.row is not None:
            known = self._catalogue.streams[_STREAM_OF[type(at.row)]].fields
            field = self._catalogue.named("field", first, known)
            return self._field(at.row, first) if field in known else self._word(first)
        if first in at.lets:
            return self._value(at.lets[first], at)
        if first in self._params:
            param = self._params[first]
            by_segment = {word.text: value for word, value in param.segments}
            return self._value(by_segment.get(at.context.segment, param.default), at)
        return self._word(first)

    def _word(self, word: str) -> str:
        """Return a word of an enum, which may be written in Chinese."""
        values = {name: None for kind, name in self._catalogue.labels if kind == "value"}
        return self._catalogue.named("value", word, values)

    def _stream_name(self, word: str) -> str:
        return self._catalogue.named("stream", word, self._catalogue.streams)

    def _field(self, event: Event, name: str) -> Any:
        known = self._catalogue.streams[_STREAM_OF[type(event)]].fields
        of = known.get(self._catalogue.named("field", name, known))
        if of is None:
            return None
        if of.name == "day":
            return self._day(event.event_at_ms)
        value: Any = event
        for step in of.path:
            value = None if value is None else getattr(value, step)
        if isinstance(value, Money):
            return value.amount_minor if value.currency == self.currency else None
        if isinstance(value, datetime):
            return to_ms(value)
        return str(value) if isinstance(value, str) else value

    def _day(self, at_ms: int) -> date:
        return from_ms(at_ms).astimezone(self._zone).date()

    def _member(self, item: Any, choices: Any, at: _Moment, *, negated: bool) -> bool | None:
        if item is None:
            return None
        if isinstance(choices, nodes.Word):
            members: Any = at.context.lists.get(choices.text, frozenset())
        else:
            members = [self._value(choice, at) for choice in choices]
        return (item in members) != negated

    def _state(self, value: nodes.Expression, state: str, at: _Moment) -> bool:
        if state == "ready":
            assert isinstance(value, nodes.Name)  # noqa: S101 - the checker has seen to it
            score = at.context.scores.get(value.parts[1].text)
            return score is not None and score.ready
        return (self._value(value, at) is None) == (state == "missing")

    # --- functions and aggregates

    def _call(self, node: nodes.Call, at: _Moment) -> Any:
        function = node.function.text
        if function in ("drop", "rise", "hour"):
            values = [self._value(argument.value, at) for argument in node.arguments]
            return self._plain_function(function, values)
        name, window = node.arguments[0].value, node.window
        assert isinstance(name, nodes.Name)  # noqa: S101 - the checker has seen to it
        stream, field = (
            self._stream_name(name.parts[0].text),
            ".".join(p.text for p in name.parts[1:]),
        )
        keys = window.by if window else ()
        own = [self._field(at.event, word.text) for word in keys]
        if None in own:
            return None
        events = [
            event for event in at.history
            if _STREAM_OF[type(event)] == stream
            and [self._field(event, word.text) for word in keys] == own
            and self._in_window(event, window, at)
        ]  # fmt: skip
        where = node.arguments[0].where
        if function == "streak":
            assert where is not None  # noqa: S101 - the checker has seen to it
            return _run([(e.event_at_ms, self._where(where, e, at)) for e in events])
        if where is not None:
            events = [event for event in events if self._where(where, event, at) is True]
        if not field:
            return len(events)
        pairs = sorted(
            (e.event_at_ms, v) for e in events if (v := self._field(e, field)) is not None
        )
        return _aggregate(function, [value for _, value in pairs])

    def _where(self, where: nodes.Expression, event: Event, at: _Moment) -> Any:
        return self._value(where, _Moment(at.event, at.history, at.context, at.lets, row=event))

    def _in_window(self, event: Event, window: nodes.Window | None, at: _Moment) -> bool:
        if window is None:
            return True
        if window.before_this and event.event_id == at.event.event_id:
            return False
        if window.length is None:
            return True
        unit, number = window.length.unit.text.removesuffix("s"), int(window.length.number)
        if unit in ("day", "week"):
            days = number * (7 if unit == "week" else 1)
            oldest = self._day(at.context.now_ms) - timedelta(days=days - 1)
            return self._day(event.event_at_ms) >= oldest
        return event.event_at_ms > at.context.now_ms - number * _MINUTES[unit] * 60_000

    def _plain_function(self, function: str, values: list[Any]) -> Any:
        if None in values:
            return None
        if function == "hour":
            return from_ms(values[0]).astimezone(self._zone).hour
        now, before = values
        if not before:
            return None
        share = Fraction(now - before) / Fraction(before)
        return -share if function == "drop" else share


def _literal(node: nodes.Constant | nodes.Quantity) -> Any:  # noqa: PLR0911 - a table
    if isinstance(node, nodes.Quantity):
        unit = node.unit.text.removesuffix("s")
        if unit in _MINUTES:
            return Fraction(node.number) * _MINUTES[unit] * 60_000
        return Fraction(node.number) * 10 ** exponent(node.unit.text)
    text = node.text
    match node.kind:
        case "percent":
            return Fraction(text[:-1]) / 100
        case "date":
            return date.fromisoformat(text)
        case "money":
            factor = 10_000 if "万" in text else 1
            return Fraction(text.strip("¥万元").replace(",", "")) * factor * 100
        case "string":
            return text
        case _:
            return Fraction(text)


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if sign == "/":
        return Fraction(left) / Fraction(right) if right else None
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign](Fraction(left), right)


def _compare(relation: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):  # a detector's number: as it is rounded
        left, right = float(left), float(right)
    return bool(_RELATIONS[relation](left, right))


def _every(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _not(truth: bool | None) -> bool | None:  # noqa: FBT001 - a truth is what it is about
    return None if truth is None else not truth


def _run(outcomes: list[tuple[int, bool | None]]) -> int:
    """Return how many hits there are after the last miss; a hit at its instant comes after it."""
    known = sorted((at, hit) for at, hit in outcomes if hit is not None)
    length = 0
    for _, hit in known:
        length = length + 1 if hit else 0
    return length


def _aggregate(function: str, values: list[Any]) -> Any:  # noqa: PLR0911 - a table
    match function:
        case "sum":
            return sum(values)
        case "distinct":
            return len(set(values))
        case _ if not values:
            return None
        case "avg":
            return Fraction(sum(values), len(values))
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "first":
            return values[0]
        case _:
            return values[-1]
