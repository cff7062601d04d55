"""What a test block gives: events, lists, the borrower's segment, what detectors say.

An event needs only the fields that its test is about. Of what is left out, ids are the test's
own, amounts are zero, required words are `OTHER`, and all else is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from rules import nodes
from rules.catalogue import Catalogue, Field
from rules.check_words import constant_for
from rules.checked import Checked
from rules.errors import Problems
from rules.literals import duration_ms
from rules.runtime import ScoreLike
from rules.scope import Scope
from rules.surroundings import RELATIVE_DAYS, Surroundings
from rules.types import Kind
from rules.zone import Zone
from schemas.journal import Event

BORROWER = "brw_test"

MOST_EVENTS = 10_000
"""The longest series of a test."""

_L = TypeVar("_L")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a test gives beside events.

    Attributes:
        sources: The rule set.
        rule: Which rule is tested.
        segment: Of the borrower.
        lists: The published lists, by name with `@`.
        scores: What the detectors say at an instant.
        surroundings: The scenes, for state rules.
    """

    sources: Mapping[str, str]
    rule: str
    segment: str
    lists: Mapping[str, frozenset[str]]
    scores: Callable[[int], Mapping[str, ScoreLike]]
    surroundings: Surroundings


class Said:
    """A detector's score made of what a test gives; all other outputs are missing."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self.ready = outputs.get("ready", True)
        self._outputs = outputs

    def __getattr__(self, name: str) -> Any:
        """Return an output, missing unless the test gives it."""
        return self._outputs.get(name)


class Scenario:
    """What one test block gives.

    Args:
        test: The block.
        checked: The rule set that it is of, without errors.
        sources: The texts of the rule set.
        catalogue: Streams and fields.
    """

    def __init__(
        self, test: nodes.Test, checked: Checked, sources: Mapping[str, str], catalogue: Catalogue
    ) -> None:
        self.test = test
        self.zone = Zone(checked.timezone)
        self.problems = Problems()
        self._scope = Scope(self.problems, catalogue, checked.currency)
        self._sources = sources
        self._numbers = iter(range(1, 1_000_000))

    def events(self) -> list[Event]:
        """Return all events, in the order of their arrival."""
        found = [event for line in self.lines(nodes.GivenEvents) for event in self._series(line)]
        return sorted(found, key=lambda event: (event.wall_arrival_at_ms, event.event_at_ms))

    def lines(self, kind: type[_L]) -> list[_L]:
        """Return the lines of one kind."""
        return [line for line in self.test.lines if isinstance(line, kind)]

    def at(self, stamp: nodes.Stamp) -> int:
        """Return the instant of a stamp."""
        hour, minute = stamp.clock.split(":")
        try:
            return self.zone.instant(date.fromisoformat(stamp.date), int(hour), int(minute))
        except ValueError as error:
            self.problems.add("E404", stamp.span, f"expected a time of the calendar: {error}")
            return 0

    def setup(self) -> Setup:
        """Return what there is beside events."""
        lists: dict[str, set[str]] = {}
        for member in self.lines(nodes.GivenMember):
            lists.setdefault(member.list.text, set()).add(_word(member.value))
        frozen = {name: frozenset(members) for name, members in lists.items()}
        surroundings = Surroundings(
            self.lines(nodes.GivenEntity), self.at, self._scope, self.zone, self._began_ms()
        )
        return Setup(
            sources=self._sources,
            rule=self.test.rule.text,
            segment=surroundings.segment,
            lists=frozen,
            scores=self._scores(),
            surroundings=surroundings,
        )

    def _began_ms(self) -> dict[str, int]:
        """Return when the first event of each stream happens."""
        began_ms: dict[str, int] = {}
        for line in self.lines(nodes.GivenEvents):
            stream, at_ms = self._stream(line), self.at(line.at)
            began_ms[stream] = min(at_ms, began_ms.get(stream, at_ms))
        return began_ms

    def _scores(self) -> Callable[[int], Mapping[str, ScoreLike]]:
        given = [
            (self.at(line.since) if line.since else 0, line)
            for line in self.lines(nodes.GivenOutput)
        ]

        def scores(now_ms: int) -> Mapping[str, ScoreLike]:
            said: dict[str, dict[str, Any]] = {}
            for since_ms, line in given:
                if since_ms <= now_ms:
                    _, detector, output = (word.text for word in line.name.parts)
                    said.setdefault(detector, {})[output] = _number(line.value)
            return {detector: Said(outputs) for detector, outputs in said.items()}

        return scores

    def _series(self, line: nodes.GivenEvents) -> Iterator[Event]:
        first = self.at(line.at)
        last = self.at(line.to) if line.to else first
        every = duration_ms(line.every, self._scope) if line.every else None
        times = range(first, last + 1, every) if every else [first]
        if len(times) > MOST_EVENTS:
            message = f"expected at most {MOST_EVENTS} events, got {len(times)}"
            self.problems.add("E405", line.span, message)
            return
        for at_ms in times:
            arriving = self.at(line.arriving) if line.arriving else at_ms
            number = next(self._numbers)
            try:
                yield self._event(line, self._data(line, at_ms), number, at_ms, arriving)
            except msgspec.ValidationError as error:
                message = str(error)[:1].lower() + str(error)[1:]
                self.problems.add("E404", line.span, f"not an event: {message}")
                return

    def _stream(self, line: nodes.GivenEvents) -> str:
        catalogue = self._scope.catalogue
        return catalogue.named("stream", line.stream.text, catalogue.streams)

    def _event(
        self,
        line: nodes.GivenEvents,
        data: Mapping[str, Any],
        number: int,
        at_ms: int,
        arriving: int,
    ) -> Event:
        record = {
            "kind": self._stream(line),
            "event_id": f"test-{number}",
            "source": "test",
            "borrower_id": BORROWER,
            "business_key": f"test-{number}",
            "event_at_ms": at_ms,
            "wall_arrival_at_ms": arriving,
            "observed_at_ms": arriving,
            "data": data,
        }
        return msgspec.convert(record, type=Event)  # type: ignore[no-any-return]

    def _data(self, line: nodes.GivenEvents, at_ms: int) -> dict[str, Any]:
        """Return the data of an event: what the test gives, and neutral values it leaves out."""
        stream = self._scope.catalogue.streams[self._stream(line)]
        data: dict[str, Any] = {}
        for of in stream.fields.values():
            if of.path[0] == "data" and not of.optional:
                _set(data, of, self._neutral(of))
        for given in line.fields:
            named = self._scope.field(stream, given.name.parts)
            value = self._given(given.value, named, at_ms) if named else None
            if named is not None and value is not None:
                _set(data, named, self._wire(named, value))
        return data

    def _given(self, node: nodes.Expression, of: Field, at_ms: int) -> Any:
        """Return a value as it is given; a date may be that of the event or the day before."""
        if of.type.kind is Kind.DATE and _word(node) in RELATIVE_DAYS:
            return self.zone.date_at(at_ms) - timedelta(days=RELATIVE_DAYS[_word(node)])
        constant = constant_for(node, of.type, self._scope)
        return constant.value if constant else None

    def _neutral(self, of: Field) -> Any:
        if of.type.kind is Kind.ENUM:
            return of.type.values[0] if of.name == "record_kind" else "OTHER"
        if of.type.kind is Kind.ID:
            return f"{_PREFIXES[of.type.name]}_test"
        return {"money": {"amount_minor": 0, "currency": self._scope.currency}}.get(of.type.name, 1)

    def _wire(self, of: Field, value: Any) -> Any:
        if of.type.name == "money":
            return {"amount_minor": value, "currency": self._scope.currency}
        return float(value) if isinstance(value, Fraction) else value


_PREFIXES = {
    "loan_id": "ln", "account_token": "acc", "merchant_id": "mer", "terminal_id": "trm",
    "payer_token": "pyr", "counterparty_token": "cp", "product_id": "prd", "mandate_id": "man",
    "borrower_id": "brw",
}  # fmt: skip


def _set(data: dict[str, Any], of: Field, value: Any) -> None:
    *parts, last = of.path[1:]
    for part in parts:
        data = data.setdefault(part, {})
    data[last] = value


def _word(node: nodes.Expression) -> str:
    return node.parts[0].text if isinstance(node, nodes.Name) else getattr(node, "text", "")


def _number(node: nodes.Expression) -> Any:
    """Return a detector's output as a test gives it: a number, a percentage, or a truth."""
    text = _word(node)
    if text in ("true", "false"):
        return text == "true"
    return float(Fraction(text[:-1]) / 100) if text.endswith("%") else float(text)
