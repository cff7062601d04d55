"""Values of expressions for the oracle, each recomputed from the list of all events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from rules import nodes
from rules.catalogue import EVENT_TYPES, Catalogue
from rules.check_calls import SHARES
from rules.check_values import FUNCTIONS
from rules.exact import (
    MINUTES,
    aggregate,
    arithmetic,
    compare,
    every,
    literal,
    minutes,
    opposite,
    run,
)
from rules.features import MOST_DAYS_OPEN
from rules.measures import MEASURES, Reading, Series
from rules.measures.reading import KEPT_DAYS
from rules.oracle_measures import number_of, rebuilt
from rules.scene import Feed, Loan, Scene
from rules.verdict import Context
from schemas.instants import from_ms, to_ms
from schemas.journal import Event
from schemas.money import Money

STREAM_OF = {event: stream for stream, event in EVENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Moment:
    """Where an expression is evaluated: at which event, with which others, when.

    `row` is the event that a `where` is about; `lets` are the names that can be seen. A state
    rule is evaluated at no event but in a scene, perhaps for a `loan`. `kept` has the reading of
    its measures, once one was asked.
    """

    event: Event | None
    history: Sequence[Event]
    context: Context | Scene
    lets: Mapping[str, nodes.Expression]
    row: Event | None = None
    loan: Loan | None = None
    rule: str = ""
    kept: dict[str, Any] = field(default_factory=dict, compare=False)

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
            case nodes.Per(value=value):
                return self._per_day(value, at)
            case nodes.Absence(source=source, length=length):
                return self._absent(source, minutes(length) * 60_000, at)
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
        if entity != "loan":
            scene = at.context if isinstance(at.context, Scene) else None
            owner = scene and (scene.profile if entity == "borrower" else getattr(scene, entity))
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
        of = known.get(name) or known.get(self._catalogue.named("field", name, known))
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
        if function in SHARES:
            inner = nodes.Word(node.function.span, SHARES[function])
            part, whole = (
                self._aggregate(nodes.Call(node.span, inner, (argument,), node.window), at)
                for argument in node.arguments
            )
            return arithmetic("/", part, whole)
        if function == "since":
            return self._since(node.arguments[0], at)
        return self._measure(node, at) if function in MEASURES else self._aggregate(node, at)

    def _aggregate(self, node: nodes.Call, at: Moment) -> Any:
        function = node.function.text
        name, window = node.arguments[0].value, node.window
        assert isinstance(name, nodes.Name)  # noqa: S101 - the checker has seen to it
        stream, field = (
            self.stream_name(name.parts[0].text),
            ".".join(p.text for p in name.parts[1:]),
        )
        keys = window.by if window else ()
        if window and self._unclosed(window, stream, at):
            return None
        own = [self._own_key(word.text, at) for word in keys]
        if None in own:
            return None
        events = [
            event for event in at.history
            if STREAM_OF[type(event)] == stream
            and [self._field(event, word.text) for word in keys] == own
            and self._in_window(event, window, stream, at)
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

    def _in_window(
        self, event: Event, window: nodes.Window | None, stream: str, at: Moment
    ) -> bool:
        if window is None:
            return True
        if window.before_this and at.event and event.event_id == at.event.event_id:
            return False
        if window.length is None:
            return True
        unit, number = window.length.unit.text.removesuffix("s"), int(window.length.number)
        if unit in ("day", "week"):
            days, last = number * (7 if unit == "week" else 1), self.day(at.context.now_ms)
            if window.length.kind == "full":
                last = self._feed(stream, at).closed or last
            if window.ending:
                last -= timedelta(minutes=int(minutes(window.ending)))
            day = self.day(event.event_at_ms)
            open_end = window.length.kind != "full" and not window.ending
            return last - timedelta(days=days) < day and (open_end or day <= last)
        return event.event_at_ms > at.context.now_ms - number * MINUTES[unit] * 60_000

    def _unclosed(self, window: nodes.Window, stream: str, at: Moment) -> bool:
        """Whether a window is of closed days, and nobody knows which of late are."""
        if window.length is None or window.length.kind != "full":
            return False
        closed = self._feed(stream, at).closed
        return closed is None or (self.day(at.context.now_ms) - closed).days > MOST_DAYS_OPEN

    def _feed(self, stream: str, at: Moment) -> Feed:
        feeds = at.context.feeds if isinstance(at.context, Scene) else {}
        return feeds.get(stream, Feed())

    def _per_day(self, value: nodes.Expression, at: Moment) -> Any:
        total, days = self.of(value, at), 1
        if isinstance(value, nodes.Call) and value.window and value.window.length:
            days = int(minutes(value.window.length)) // MINUTES["day"]
        return None if total is None else Fraction(total, days * MINUTES["day"] * 60_000)

    def _last_ms(self, source: nodes.Argument, at: Moment) -> int | None:
        assert isinstance(source.value, nodes.Name)  # noqa: S101 - the checker has seen to it
        stream = self.stream_name(source.value.parts[0].text)
        times = [
            event.event_at_ms for event in at.history
            if STREAM_OF[type(event)] == stream
            and (source.where is None or self._where(source.where, event, at) is True)
        ]  # fmt: skip
        return max(times, default=None)

    def _absent(self, source: nodes.Argument, length_ms: int, at: Moment) -> bool | None:
        assert isinstance(source.value, nodes.Name)  # noqa: S101 - the checker has seen to it
        feed = self._feed(self.stream_name(source.value.parts[0].text), at)
        last_ms = self._last_ms(source, at)
        began_ms = feed.since_ms if last_ms is None else last_ms
        if began_ms is None:
            return None
        if at.context.now_ms - began_ms < length_ms:
            return False
        passed = feed.passed_ms is not None and feed.passed_ms - began_ms >= length_ms
        return True if passed else None

    def _since(self, source: nodes.Argument, at: Moment) -> int | None:
        assert isinstance(source.value, nodes.Name)  # noqa: S101 - the checker has seen to it
        feed = self._feed(self.stream_name(source.value.parts[0].text), at)
        last_ms = self._last_ms(source, at)
        if last_ms is None or feed.passed_ms is None:
            return None
        return max(0, min(at.context.now_ms, feed.passed_ms) - last_ms)

    def _measure(self, node: nodes.Call, at: Moment) -> Any:
        """Ask a measure over series that are made anew of all events."""
        assert isinstance(at.context, Scene)  # noqa: S101 - the checker has seen to it
        measure, scene = MEASURES[node.function.text], at.context
        reading: Reading | None = at.kept.get("reading")
        if reading is None:
            opened_ms = scene.opened_ms.get(f"{at.rule}@{at.loan.loan_id}" if at.loan else at.rule)
            opened = None if opened_ms is None else self.day(opened_ms).toordinal()
            reading = Reading(
                scene=scene, currency=self._currency, daily={}, latest={}, loan=at.loan,
                opened=opened,
            )  # fmt: skip
            at.kept["reading"] = reading
        for series in measure.series:
            kept: Any = reading.latest if series.kept == "distinct" else reading.daily
            if series.name not in kept:
                kept[series.name] = rebuilt(series, self._row(series, at))
        return measure.function(reading, *[number_of(each.value) for each in node.arguments])

    def _row(self, series: Series, at: Moment) -> list[tuple[int, Any]]:
        """Return day and value of all events that belong to a series."""
        first = self.day(at.context.now_ms).toordinal() - KEPT_DAYS + 1
        loan_id = self._own_key("loan_id", at)
        found = []
        for event in at.history:
            if STREAM_OF[type(event)] != series.stream or not all(
                self._field(event, name) in words for name, words in series.where
            ):
                continue
            if not all(
                (said := self._field(event, name)) is not None and Fraction(str(said)) >= least
                for name, least in series.at_least
            ):
                continue
            value, day = self._field(event, series.value), self._field(event, series.day)
            own = not series.by_loan or self._field(event, "loan_id") == loan_id
            if own and value is not None and day is not None and day.toordinal() >= first:
                found.append((day.toordinal(), value))
        return found

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
