"""Features: which aggregates share state, under which name, and how long it must reach back.

A feature's state is owned by its fingerprint, which is made of what the feature keeps and of
nothing else: not of the rule, not of thresholds, not of the window's length. So editing a rule
never loses what was counted. A window that grows begins with what the shorter one had kept.

What an event puts into features is written down as its *row* (`rules.rows`), by which it can be
taken out again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from rules import answers, daily
from rules.terms import Aggregate, AnyTerm, Feature, describe, walk
from rules.windows import LIFELONG_SHAPES, NOTHING_LOST, SHAPES, Evict, Shape
from schemas.instants import HOUR_MS

CODEC: Final = 2
"""The version of what `rules.windows` stores: raise it when a shape changes."""

MOST_KEYS: Final = 200
"""Different keys (`by …`) that a feature keeps of one borrower."""

SLACK: Final = {"days": 1, "hours": HOUR_MS, "lifetime": 1}
"""What is kept beyond the longest window, because `now` may step back a little between records."""

_SWEEP_EVERY: Final = {"days": 1, "hours": HOUR_MS, "lifetime": 1}

MOST_DAYS_OPEN: Final = 14
"""How far the last closed day may lie behind today: an acquirer's longest outage, and a bit. With
more, windows of closed days are missing, since what they would need is no longer kept."""

SHORT_DIGITS: Final = 8
"""Of a fingerprint, as rows name it; two features of one program never share them."""

LOST, SWEPT, SERIES, MARKS, GONE, KIND = range(6)
"""What stands where in a feature's state:

    LOST    how often something was lost over a bound
    SWEPT   the floor at the last sweep
    SERIES  the series by key
    MARKS   by key: the latest slot that its series is not whole at, if any
    GONE    the latest slot of a series that was lost as a whole
    KIND    grid and family, so that a row can be taken out when no rule reads it any more
"""

Windows = dict[str, Any]
"""All features of one borrower, by fingerprint."""

Row = list[Any]
"""What an event put in: short fingerprint, key and value in turn. Where days are counted by a date
that the event names, the value is that day and the value."""


OF_DAYS: Final = SHAPES | {"daily": daily.SHAPE}


def shape_of(kind: str) -> Shape:
    """Return the shape of a state by its grid and family.

    Examples:
        >>> shape_of("days tally") is SHAPES["tally"]
        True
    """
    grid, family = kind.split()
    return (LIFELONG_SHAPES if grid == "lifetime" else OF_DAYS)[family]


def short(name: str) -> int:
    """Return a fingerprint as rows name it."""
    return int(name[:SHORT_DIGITS], 16)


def fingerprint(feature: Feature, *, timezone: str, currency: str) -> str:
    """Return the name under which a feature's state is kept: 12 hexadecimal digits."""
    text = f"{CODEC}|{timezone}|{currency}|{describe(feature)}"
    return sha256(text.encode()).hexdigest()[:12]


def collect(terms: Iterable[AnyTerm], *, timezone: str, currency: str) -> dict[str, "Store"]:
    """Return the stores of all features that the terms read, by fingerprint."""
    stores: dict[str, Store] = {}
    for term in terms:
        for part in walk(term):
            if isinstance(part, Aggregate):
                name = fingerprint(part.feature, timezone=timezone, currency=currency)
                before = stores.get(name) or Store(part.feature, name, 0)
                stores[name] = replace(before, reach=max(before.reach, _reach(part)))
    return stores


def _reach(term: Aggregate) -> int:
    """Return how far back an aggregate reads."""
    return term.length + term.ending + (MOST_DAYS_OPEN if term.closed else 0)


@dataclass(frozen=True, slots=True)
class Store:
    """One feature's state within a borrower's windows: how to write it and how to ask it.

    Attributes:
        feature: What is kept.
        fingerprint: Under which name.
        reach: The longest window, in days or milliseconds by the grid.
    """

    feature: Feature
    fingerprint: str
    reach: int

    @property
    def is_by_day(self) -> bool:
        """Whether its events are kept by day, and not by instant or all in one."""
        feature = self.feature
        is_lifelong = feature.family in ("extremes", "ends")
        return feature.grid == "days" or (feature.grid == "lifetime" and is_lifelong)

    def holds_any(self, windows: Windows) -> bool:
        """Whether anything is kept under any key."""
        state = windows.get(self.fingerprint)
        return state is not None and any(state[SERIES].values())

    def floor(self, now_slot: int) -> int:
        """Return the oldest slot that must be kept; `now_slot` is today, or the instant."""
        grid = self.feature.grid
        if grid == "lifetime":
            return now_slot - SLACK[grid] if self.is_by_day else 0
        return now_slot - self.reach + 1 - SLACK[grid]

    def writer(self) -> Callable[[Windows, str | None, int | None, int, Any, int, Row], None]:
        """Return the function that puts an event in.

        It takes the windows, the key (`None` if a part of it is missing), the event's slot
        (`None` if the date that it is kept by is missing) and instant, its value, the floor and
        the row, which gets what is kept.
        """
        name, number = self.fingerprint, short(self.fingerprint)
        grid, needs_value = self.feature.grid, self.feature.value is not None
        kind = f"{grid} {self.feature.family}"
        shape = shape_of(kind)
        put, evict, bound = shape.put, shape.evict, shape.kept(by_key=bool(self.feature.keys))
        is_bounded = grid != "lifetime"
        as_text, is_dated = self.feature.family == "distinct", self.feature.day is not None

        def write(  # noqa: PLR0917 - emitted code calls it by position
            windows: Windows,
            key: str | None,
            slot: int | None,
            at_ms: int,
            value: Any,
            floor: int,
            row: Row,
        ) -> None:
            if key is None or slot is None or (needs_value and value is None):
                return
            if is_bounded and slot < floor:
                return
            state = windows.get(name)
            if state is None:
                state = windows[name] = [0, floor, {}, {}, NOTHING_LOST, kind]
            series = state[SERIES].get(key)
            if slot <= (state[GONE] if series is None else state[MARKS].get(key, NOTHING_LOST)):
                state[LOST] += 1
                return
            if series is None:
                series = _begin(state, key, floor, shape)
            if as_text:
                value = str(value)
            row += (number, key, [slot, value] if is_dated else value)
            lost = put(series, slot, at_ms, value, bound)
            if lost != NOTHING_LOST:
                _note_loss(state, key, lost)
            _let_go(state, series, floor, evict, grid)

        return write

    def reader(self, function: str) -> Callable[..., Any]:
        """Return the function that asks: windows, key, first slot that counts -> answer.

        It can be told the last day that counts, too; else all that is in counts. A key of which
        a part is missing has no answer, nor has one of which too much was lost.
        """
        name, empty = self.fingerprint, answers.EMPTY.get(function)
        family, keys = self.feature.family, self.feature.keys
        bound = OF_DAYS[family].counted_to(by_key=bool(keys))
        answer = answers.answer(family, function, bound)
        of_some = answers.answer_of_some(family, function, bound)

        def read(windows: Windows, key: str | None, floor: int, ceiling: int | None = None) -> Any:
            if key is None:
                return None
            state = windows.get(name)
            if state is None:
                return empty
            series = state[SERIES].get(key)
            if series is None:
                return empty if floor > state[GONE] else None
            if ceiling is not None:
                series = answers.until(series, ceiling)
            if state[MARKS] and floor <= state[MARKS].get(key, NOTHING_LOST):
                return of_some(series, floor)
            return answer(series, floor)

        return read


def _begin(state: list[Any], key: str, floor: int, shape: Shape) -> Any:
    """Begin a series; of a key that may have been lost before it is not whole."""
    if len(state[SERIES]) >= MOST_KEYS:
        _make_room(state, floor, shape)
    if state[GONE] != NOTHING_LOST:
        state[MARKS][key] = state[GONE]
    series = state[SERIES][key] = shape.new()
    return series


def _note_loss(state: list[Any], key: str, slot: int) -> None:
    state[LOST] += 1
    state[MARKS][key] = max(slot, state[MARKS].get(key, NOTHING_LOST))


def _let_go(state: list[Any], series: Any, floor: int, evict: Evict, grid: str) -> None:
    """Drop what is old: under all keys now and then, else of this series if more has become old."""
    if floor - state[SWEPT] >= _SWEEP_EVERY[grid]:
        state[SWEPT] = floor
        _sweep(state, floor, evict)
    elif floor > state[SWEPT] or grid == "lifetime":
        evict(series, floor)


def _sweep(state: list[Any], floor: int, evict: Evict) -> None:
    """Drop what is old under every key, and keys under which nothing is left."""
    by_key = state[SERIES]
    for key in list(by_key):
        evict(by_key[key], floor)
        if not by_key[key]:
            del by_key[key]
            state[MARKS].pop(key, None)


def _make_room(state: list[Any], floor: int, shape: Shape) -> None:
    """Sweep; if all keys are still in use, lose the one longest unseen."""
    by_key = state[SERIES]
    _sweep(state, floor, shape.evict)
    if len(by_key) < MOST_KEYS:
        return
    unseen = min(by_key, key=lambda each: (shape.latest(by_key[each]), each))
    state[LOST] += 1
    mark = state[MARKS].pop(unseen, NOTHING_LOST)
    state[GONE] = max(state[GONE], mark, shape.latest(by_key.pop(unseen)))


def drop_if_empty(windows: Windows, name: str, key: str) -> None:
    """Forget a series that nothing is left in; that it was not whole is not forgotten."""
    state = windows[name]
    if state[SERIES][key]:
        return
    del state[SERIES][key]
    state[GONE] = max(state[GONE], state[MARKS].pop(key, NOTHING_LOST))
    if not state[SERIES] and state[GONE] == NOTHING_LOST:
        del windows[name]
