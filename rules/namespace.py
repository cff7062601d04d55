"""What emitted code is made of, and the names that it can see.

`Namespace` is the sandbox: the functions of `rules.runtime`, the readers and writers of the
program's features, and constants; no builtins.
"""

import ast
from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Any

from rules import runtime
from rules.features import MOST_DAYS_OPEN, Store, Windows, fingerprint
from rules.measures import MEASURES
from rules.readings import asked, basis_of
from rules.scene import Feed
from rules.scope import Param
from rules.terms import Aggregate, Feature, MeasureCall
from rules.zone import Zone


def name(identifier: str) -> ast.Name:
    """Return a name that is read."""
    return ast.Name(identifier, ast.Load())


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """Return a call of a function of the namespace."""
    return ast.Call(name(function), list(arguments), [])


def const(value: Any) -> ast.Constant:
    """Return a literal."""
    return ast.Constant(value)


def is_none(expression: ast.expr, *, negated: bool = False) -> ast.Compare:
    """Return `expression is None`, or `is not`."""
    return ast.Compare(expression, [ast.IsNot() if negated else ast.Is()], [const(None)])


def joined(operator: type[ast.boolop], parts: list[ast.expr]) -> ast.expr:
    """Return `a and b and …`, or `or`; one part stands alone."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(operator(), parts)


def attribute(of: ast.expr, step: str) -> ast.Attribute:
    """Return an attribute that is read."""
    return ast.Attribute(of, step, ast.Load())


class Namespace:
    """The names that emitted code of one program can see: the runtime, readers, writers.

    Args:
        stores: The program's features, by fingerprint.
        params: Its parameters.
        zone: Its days.
        currency: What it counts in.
    """

    def __init__(
        self, stores: Mapping[str, Store], params: Mapping[str, Param], *, zone: Zone, currency: str
    ) -> None:
        self.stores = stores
        self.params = {name: 2 * index for index, name in enumerate(params)}
        self.zone = zone
        self.currency = currency
        self.names: dict[str, Any] = {
            "__builtins__": {},
            "day_at": zone.day_at,
            "date_at": zone.date_at,
            "hour_at": zone.hour_at,
            "date_of": date.fromordinal,
            "new_row": list,
        }
        for function in (
            "key", "plain", "minor", "instant", "add", "subtract", "multiply", "divide", "scale",
            "negate", "drop", "rise", "in_list", "less_count", "less_sum", "less_avg",
            "age", "number_of", "per_day", "absent", "since", "feed_of",
        ):  # fmt: skip
            self.names[function] = getattr(runtime, function)

    def store(self, feature: Feature) -> Store:
        """Return the store of a feature."""
        return self.stores[fingerprint(feature, timezone=self.zone.name, currency=self.currency)]

    def store_of(self, term: Aggregate) -> Store:
        """Return the store of an aggregate's feature."""
        return self.store(term.feature)

    def bind(self, wanted: str, thing: Any) -> str:
        """Give a thing a name of its own, the same for an equal thing."""
        identifier = wanted
        for number in count():
            if self.names.setdefault(identifier, thing) == thing:
                return identifier
            identifier = f"{wanted}_{number}"
        raise AssertionError

    def reader(self, feature: Feature, function: str) -> str:
        """Return the name of the function that asks a feature."""
        store = self.store(feature)
        identifier = f"{function}_{store.fingerprint}"
        if identifier not in self.names:
            self.names[identifier] = store.reader(function)
        return identifier

    def ended_reader(self, term: Aggregate) -> str:
        """Return the name of the function that asks over days that end before now."""
        store = self.store(term.feature)
        scope = f"{term.length}_{term.ending}{'_closed' * term.closed}"
        identifier = f"{term.function}_{store.fingerprint}_{scope}"
        if identifier not in self.names:
            make = _of_closed_days if term.closed else _of_past_days
            self.names[identifier] = make(store.reader(term.function), term)
        return identifier

    def measure(self, term: MeasureCall) -> str:
        """Return the name of the function that asks a measure, or what its answer rests on."""
        identifier = f"measure_{term.measure}_{term.part}".rstrip("_")
        if identifier not in self.names:
            called = MEASURES[term.measure]
            self.names[identifier] = basis_of(called, term.part) if term.part else asked(called)
        return identifier

    def output(self, detector: str, said: str) -> str:
        """Return the name of the function that reads what a detector says."""
        identifier = f"{detector}_{said}"
        if identifier not in self.names:
            make = runtime.readiness(detector) if said == "ready" else None
            self.names[identifier] = make or runtime.output(detector, said)
        return identifier


Read = Callable[..., Any]


def _of_closed_days(read: Read, term: Aggregate) -> Read:
    """Return the function that asks over the days that the feed has closed."""
    stream, length, ending = term.feature.stream, term.length, term.ending

    def ask(feeds: Mapping[str, Feed], today: int, windows: Windows, key: str | None) -> Any:
        feed = feeds.get(stream)
        if feed is None or feed.closed is None:
            return None
        closed = feed.closed.toordinal()
        if today - closed > MOST_DAYS_OPEN:
            return None
        ceiling = closed - ending
        return read(windows, key, ceiling - length + 1, ceiling)

    return ask


def _of_past_days(read: Read, term: Aggregate) -> Read:
    """Return the function that asks over days up to one before today."""
    length, ending = term.length, term.ending

    def ask(_: object, today: int, windows: Windows, key: str | None) -> Any:
        ceiling = today - ending
        return read(windows, key, ceiling - length + 1, ceiling)

    return ask
