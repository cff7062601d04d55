"""Features: which aggregates share state, under which name, and how long it must reach back.

A feature's state is owned by its fingerprint, which is made of what the feature keeps and of
nothing else: not of the rule, not of thresholds, not of the window's length. So editing a rule
never loses what was counted. A window that grows begins with what the shorter one had kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from rules import windows as shapes
from rules.terms import Aggregate, AnyTerm, Feature, describe, walk
from schemas.instants import HOUR_MS

CODEC: Final = 1
"""The version of what `rules.windows` stores: raise it when a shape changes."""

MOST_KEYS: Final = 200
"""Different keys (`by …`) that a feature keeps of one borrower."""

SLACK: Final = {"days": 1, "hours": HOUR_MS, "lifetime": 0}
"""What is kept beyond the longest window, because `now` may step back a little between records."""

_SWEEP_EVERY: Final = {"days": 1, "hours": HOUR_MS, "lifetime": 1}

_LOST, _SWEPT, _KEYS = 0, 1, 2
"""What stands where in a feature's state: events lost over a bound, the floor at the last sweep,
the series by key."""

Windows = dict[str, Any]
"""All features of one borrower, by fingerprint."""


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
                stores[name] = replace(before, reach=max(before.reach, part.length))
    return stores


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

    def floor(self, now_slot: int) -> int:
        """Return the oldest slot that must be kept; `now_slot` is today, or the instant."""
        grid = self.feature.grid
        return 0 if grid == "lifetime" else now_slot - self.reach + 1 - SLACK[grid]

    def writer(self) -> Callable[[Windows, str | None, int, int, Any, int], bool]:
        """Return the function that puts an event in.

        It takes the windows, the key (`None` if a part of it is missing), the event's slot and
        instant, its value and the floor, and returns whether anything changed.
        """
        name, grid, needs_value = (
            self.fingerprint,
            self.feature.grid,
            self.feature.value is not None,
        )
        new, put, evict, most, most_by_key = shapes.SHAPES[self.feature.family]
        bound = most_by_key if self.feature.keys else most
        every = _SWEEP_EVERY[grid]

        def write(  # noqa: PLR0917 - emitted code calls it by position
            windows: Windows, key: str | None, slot: int, at_ms: int, value: Any, floor: int
        ) -> bool:
            if key is None or slot < floor or (needs_value and value is None):
                return False
            state = windows.get(name)
            if state is None:
                state = windows[name] = [0, floor, {}]
            by_key = state[_KEYS]
            series = by_key.get(key)
            if series is None:
                if len(by_key) >= MOST_KEYS:
                    state[_LOST] += _make_room(by_key, floor, evict)
                series = by_key[key] = new()
            state[_LOST] += put(series, slot, at_ms, value, bound)
            evict(series, floor)
            if floor - state[_SWEPT] >= every:
                state[_SWEPT] = floor
                _sweep(by_key, floor, evict)
            return True

        return write

    def reader(self, function: str) -> Callable[[Windows, str | None, int], Any]:
        """Return the function that asks: windows, key, first slot that counts -> answer.

        A key of which a part is missing has no answer.
        """
        name, empty = self.fingerprint, shapes.EMPTY.get(function)
        answer = shapes.ANSWERS[self.feature.family, function]

        def read(windows: Windows, key: str | None, floor: int) -> Any:
            if key is None:
                return None
            state = windows.get(name)
            series = state[_KEYS].get(key) if state is not None else None
            return empty if series is None else answer(series, floor)

        return read


def _sweep(by_key: dict[str, Any], floor: int, evict: shapes.Evict) -> None:
    """Drop what is old under every key, and keys under which nothing is left."""
    for key in list(by_key):
        evict(by_key[key], floor)
        if not by_key[key]:
            del by_key[key]


def _make_room(by_key: dict[str, Any], floor: int, evict: shapes.Evict) -> int:
    """Sweep; if all keys are still in use, forget the one that came first. Return how many."""
    _sweep(by_key, floor, evict)
    if len(by_key) < MOST_KEYS:
        return 0
    del by_key[next(iter(by_key))]
    return 1
