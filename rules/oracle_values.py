"""Values of expressions for the oracle, each recomputed from the list of all events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from rules import nodes
from rules.catalogue import EVENT_TYPES, Catalogue
from rules.check_values import FUNCTIONS
from rules.exact import MINUTES, aggregate, arithmetic, compare, every, literal, opposite, run
from rules.scene import Loan, Scene
from rules.verdict import Context
from schemas.instants import from_ms, to_ms
from schemas.journal import Event
from schemas.money import Money

STREAM_OF = {event: stream for stream, event in EVENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Moment:
    """Where an expression is evaluated: at which event, with which others, when.

    `row` is the event that a `where` is about; `lets` are the names that can be seen. A state
    rule is evaluated at no event but in a scene, perhaps for a `loan`.
    """

    event: Event | None
    history: Sequence[Event]
    context: Context | Scene
    lets: Mapping[str, nodes.Expression]
    row: Event | None = None
    loan: Loan | None = None

    @property
    def scores(self) -> Mapping[str, Any]:
        """What the detectors said of the event."""
        return self.context.scores if isinstance(self.context, Context) else {}


class Values:
    """Evaluates expressions.

    Args:
        params: The declared parameters.
        catalogue: Where the fields are.
        zone: Whose days count.
        currency: In which amounts are known.
    """

    def __init__(
        self, params: Mapping[str, nodes.Param], catalogue: Catalogue, *, zone: str, currency: str
    ) -> None:
        self._params = params
        self._catalogue = catalogue
        self._zone = ZoneInfo(zone)
        self._currency = currency

    def of(self, node: nodes.Expression, at: Moment) -> Any:  # noqa: C901, PLR0911, PLR0912
        """Return the value of an expression."""
        match node:
            case nodes.Constant() | nodes.Quantity():
                return literal(node)
            case nodes.Name():
                return self._name(node, at)
            case nodes.Call():
                return self._call(node, at)
            case nodes.Arithmetic(operator=sign, left=left, right=right):
                return arithmetic(sign, self.of(left, at), self.of(right, at))
            case nodes.Minus(operand=operand):
                value = self.of(operand, at)
                return None if value is None else -value
            case nodes.Otherwise(value=first, fallback=second):
                value = self.of(first, at)
                return self.of(second, at) if value is None else value
            case nodes.Compare(relation=relation, left=left, right=right):
                return compare(relation, self.of(left, at), self.of(right, at))
            case nodes.Between(value=value, low=low, high=high):
                it = self.of(value, at)
                return every(
                    [
                        compare(">=", it, self.of(low, at)),
                        compare("<=", it, self.of(high, at)),
                    ]
                )
            case nodes.Membership(item=item, choices=choices, negated=negated):
                return self._member(self.of(item, at), choices, at, negated=negated)
            case nodes.State(value=value, state=state):
                return self._state(value, state.text, at)
            case nodes.Logic(operator="and", left=left, right=right):
                return every([self.of(left, at), self.of(right, at)])
            case nodes.Logic(left=left, right=right):
                return opposite(every([opposite(self.of(left, at)), opposite(self.of(right, at))]))
            case nodes.Not(operand=operand):
                return opposite(self.of(operand, at))
            case nodes.Beyond():
                raise NotImplementedError(node.construct)

    def _name(self, node: nodes.Name, at: Moment) -> Any:  # noqa: PLR0911 - a table
        first, *rest = (word.text for word in node.parts)
        if first == "detector" and rest:
            score: Any = at.scores.get(rest[0])
            if score is None or not score.ready:
                return None
            return getattr(score, rest[1])
        entity = self._catalogue.named("entity", first, self._catalogue.entities)
        if rest and entity in self._catalogue.entities:
            return self._of_entity(entity, ".".join(rest), at)
        if rest:
            event = at.row or at.event
            if event is None:
                return None
            same = STREAM_OF[type(event)] == self.stream_name(first)
            return self._field(event, ".".join(rest)) if same else None
        if at.row is not None:
            known = self._catalogue.streams[STREAM_OF[type(at.row)]].fields
            field = self._catalogue.named("field", first, known)
            return self._field(at.row, first) if field in known else self._word(first)
        if first in at.lets:
            return self.of(at.lets[first], at)
        if first in self._params:
            param = self._params[first]
            by_segment = {word.text: value for word, value in param.segments}
            return self.of(by_segment.get(at.context.segment, param.default), at)
        return self._word(first)

    def _of_entity(self, entity: str, name: str, at: Moment) -> Any:
        owner: Any = at.loan
        if entity == "borrower":
            owner = at.context.profile if isinstance(at.context, Scene) else None
        fields = self._catalogue.entities[entity]
        of = fields[self._catalogue.named("field", name, fields)]
        if owner is None:
            return None
        if of.type.name == "money" and owner.currency != self._currency:
            return None
        return getattr(owner, of.name)

    def _word(self, word: str) -> str:
        """Return a word of an enum, which may be written in Chinese."""
        values = {name: None for kind, name in self._catalogue.labels if kind == "value"}
        return self._catalogue.named("value", word, values)

    def stream_name(self, word: str) -> str:
        """Return the stream that a word means."""
        return self._catalogue.named("stream", word, self._catalogue.streams)

    def _field(self, event: Event, name: str) -> Any:
        known = self._catalogue.streams[STREAM_OF[type(event)]].fields
        of = known.get(self._catalogue.named("field", name, known))
        if of is None:
            return None
        if of.name == "day":
            return self.day(event.event_at_ms)
        value: Any = event
        for step in of.path:
            value = None if value is None else getattr(value, step)
        if isinstance(value, Money):
            return value.amount_minor if value.currency == self._currency else None
        if isinstance(value, datetime):
            return to_ms(value)
        return str(value) if isinstance(value, str) else value

    def day(self, at_ms: int) -> date:
        """Return the calendar day of an instant."""
        return from_ms(at_ms).astimezone(self._zone).date()

    def _member(self, item: Any, choices: Any, at: Moment, *, negated: bool) -> bool | None:
        if item is None:
            return None
        if isinstance(choices, nodes.Word):
            members: Any = at.context.lists.get(choices.text, frozenset())
        else:
            members = [self.of(choice, at) for choice in choices]
        return (item in members) != negated

    def _state(self, value: nodes.Expression, state: str, at: Moment) -> bool:
        if state == "ready":
            assert isinstance(value, nodes.Name)  # noqa: S101 - the checker has seen to it
            score = at.scores.get(value.parts[1].text)
            return score is not None and score.ready
        return (self.of(value, at) is None) == (state == "missing")

    # --- functions and aggregates

    def _call(self, node: nodes.Call, at: Moment) -> Any:
        function = node.function.text
        if function in FUNCTIONS:
            values = [self.of(argument.value, at) for argument in node.arguments]
            return self._plain_function(function, values, self.day(at.context.now_ms))
        name, window = node.arguments[0].value, node.window
        assert isinstance(name, nodes.Name)  # noqa: S101 - the checker has seen to it
        stream, field = (
            self.stream_name(name.parts[0].text),
            ".".join(p.text for p in name.parts[1:]),
        )
        keys = window.by if window else ()
        own = [self._own_key(word.text, at) for word in keys]
        if None in own:
            return None
        events = [
            event for event in at.history
            if STREAM_OF[type(event)] == stream
            and [self._field(event, word.text) for word in keys] == own
            and self._in_window(event, window, at)
        ]  # fmt: skip
        where = node.arguments[0].where
        if function == "streak":
            assert where is not None  # noqa: S101 - the checker has seen to it
            return run([(e.event_at_ms, self._where(where, e, at)) for e in events])
        if where is not None:
            events = [event for event in events if self._where(where, event, at) is True]
        if not field:
            return len(events)
        pairs = sorted(
            (e.event_at_ms, v) for e in events if (v := self._field(e, field)) is not None
        )
        return aggregate(function, [value for _, value in pairs])

    def _own_key(self, name: str, at: Moment) -> Any:
        """Return the value of a key of the event in hand, or the loan that the rule is about."""
        if at.event is not None:
            return self._field(at.event, name)
        return at.loan.loan_id if at.loan else None

    def _where(self, where: nodes.Expression, event: Event, at: Moment) -> Any:
        return self.of(where, replace(at, row=event))

    def _in_window(self, event: Event, window: nodes.Window | None, at: Moment) -> bool:
        if window is None:
            return True
        if window.before_this and at.event and event.event_id == at.event.event_id:
            return False
        if window.length is None:
            return True
        unit, number = window.length.unit.text.removesuffix("s"), int(window.length.number)
        if unit in ("day", "week"):
            days = number * (7 if unit == "week" else 1)
            oldest = self.day(at.context.now_ms) - timedelta(days=days - 1)
            return self.day(event.event_at_ms) >= oldest
        return event.event_at_ms > at.context.now_ms - number * MINUTES[unit] * 60_000

    def _plain_function(self, function: str, values: list[Any], today: date) -> Any:
        if function == "today":
            return today
        if None in values:
            return None
        if function == "age":
            return (today - values[0]).days * 24 * 60 * 60_000
        if function == "hour":
            return from_ms(values[0]).astimezone(self._zone).hour
        now, before = values
        if not before:
            return None
        share = Fraction(now - before) / Fraction(before)
        return -share if function == "drop" else share
