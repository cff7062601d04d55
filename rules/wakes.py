"""When time alone may change how a state rule stands.

Nothing has to be scheduled by an author: what a rule reads says when to look again. Of what is
counted over calendar days something leaves at midnight, of what is counted over hours when its
oldest event is too old; a date and an age change at midnight, and so does the season of a rule.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from rules.checked import CheckedRule
from rules.features import Store, Windows
from rules.scene import Scene
from rules.terms import Aggregate, Function, walk
from rules.verdict import Wake
from rules.zone import Zone

Waker = Callable[[Windows, Scene], Iterator[Wake]]
"""Yields when one part of a condition may change by time alone."""

_PROBES = {
    "tally": "count", "extremes": "max", "ends": "last", "distinct": "distinct",
}  # fmt: skip
"""What to ask a family for whether anything is in a window."""


class Wakers:
    """Makes wakers of the conditions of one program's state rules.

    Args:
        store: Finds the store of an aggregate's feature.
        zone: Whose midnights count.
    """

    def __init__(self, store: Callable[[Aggregate], Store], zone: Zone) -> None:
        self._store = store
        self._zone = zone

    def of(self, rules: Iterable[CheckedRule]) -> list[Waker]:
        """Return the wakers of some rules, one for each part of them that time changes."""
        found: dict[object, Waker] = {}
        for rule in rules:
            for day in _seasons(rule):
                found.setdefault(day, self._beginning(day))
            for part in (part for term in rule.conditions() for part in walk(term)):
                match part:
                    case Aggregate(feature=feature) if feature.grid != "lifetime":
                        found.setdefault((feature, part.length), self._aggregate(part))
                    case Function(name="today" | "age"):
                        found.setdefault("midnight", self._midnights)
        return list(found.values())

    def _beginning(self, day: date) -> Waker:
        at_ms = self._zone.instant(day, 0, 0)

        def wake(_: Windows, scene: Scene) -> Iterator[Wake]:
            if scene.now_ms < at_ms:
                yield Wake(at_ms)

        return wake

    def _midnights(self, _: Windows, scene: Scene) -> Iterator[Wake]:
        yield Wake(self.midnight_after(scene.now_ms))

    def midnight_after(self, at_ms: int) -> int:
        """Return the beginning of the day after that of an instant."""
        return self._zone.instant(date.fromordinal(self._zone.day_at(at_ms) + 1), 0, 0)

    def _aggregate(self, term: Aggregate) -> Waker:
        if term.feature.grid == "hours":
            return self._hours(term)
        probe = self._store(term).reader(_PROBES[term.feature.family])

        def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
            floor = self._zone.day_at(scene.now_ms) - term.length + 1
            found = [probe(windows, key, floor) for key in _keys(term, scene)]
            if any(each not in (None, 0) for each in found):
                yield Wake(self.midnight_after(scene.now_ms))

        return wake

    def _hours(self, term: Aggregate) -> Waker:
        oldest = self._store(term).reader("oldest")

        def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
            floor = scene.now_ms - term.length + 1
            for key in _keys(term, scene):
                at_ms = oldest(windows, key, floor)
                if at_ms is not None:
                    yield Wake(at_ms + term.length)

        return wake


def _seasons(rule: CheckedRule) -> Iterator[date]:
    """Yield the days on which the rule, or an exception from it, begins or ceases to hold."""
    if rule.first_day:
        yield rule.first_day
    for last in (rule.last_day, *(exemption.until for exemption in rule.exceptions)):
        if last:
            yield last + timedelta(days=1)


def _keys(term: Aggregate, scene: Scene) -> Iterable[str]:
    """Return the keys under which a state rule reads: its loans, or none."""
    return scene.loans if term.feature.keys else [""]
