"""When time alone may change how a state rule stands.

Nothing has to be scheduled by an author: what a rule reads says when to look again. Of what is
counted over calendar days something leaves at midnight, of what is counted over hours when its
oldest event is too old; a date and an age change at midnight, and so does the season of a rule.
What waits for closed days waits for the feeds to have passed the end of the next one, and an
absence for them to have passed its deadline.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import cast

from rules.checked import CheckedRule
from rules.features import MOST_DAYS_OPEN, Store, Windows
from rules.measures import MEASURES
from rules.scene import Feed, Scene
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Constant,
    Function,
    MeasureCall,
    Relation,
    Since,
    parts,
    unnamed,
)
from rules.verdict import Wake
from rules.zone import Zone

Waker = Callable[[Windows, Scene], Iterator[Wake]]
"""Yields when one part of a condition may change by time alone."""

OF_BUCKETS = ("tally", "extremes", "ends")
"""The families whose series are days in order, each of which counts until it leaves."""

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
            for term in rule.conditions():
                for part in parts(term):
                    self._add(part, found)
        return list(found.values())

    def _add(self, part: AnyTerm, found: dict[object, Waker]) -> None:
        match part:
            case Aggregate(feature=feature, closed=True):
                found.setdefault((feature.stream, "closed"), self._closings(feature.stream))
            case Aggregate(feature=feature) if feature.grid != "lifetime":
                found.setdefault((feature, part.length, part.ending), self._aggregate(part))
            case Function(name="today" | "age"):
                found.setdefault("midnight", self._midnights)
            case MeasureCall():
                needed = self._needed(part)
                for stream in MEASURES[part.measure].streams:
                    wake = self._closings(stream)
                    found.setdefault((stream, needed), _only_with(needed, wake) if needed else wake)
            case Absence(last=last, length_ms=length_ms):
                found.setdefault((last, length_ms), self._deadline(last, length_ms))
            case Relation():
                for last, length_ms in _bounds(part):
                    found.setdefault((last, length_ms), self._deadline(last, length_ms))

    def _needed(self, call: MeasureCall) -> tuple[Store, ...]:
        """Return the stores without which time does not change a measure, none if it may."""
        measure = MEASURES[call.measure]
        kept = zip(measure.series, call.series, strict=True)
        return tuple(self._store(term) for each, term in kept if each in measure.moves_with)

    def _closings(self, stream: str) -> Waker:
        """Return what wakes when the next day of a stream is closed, of an unknown one today."""

        def wake(_: Windows, scene: Scene) -> Iterator[Wake]:
            feed = scene.feeds.get(stream)
            if feed is None or feed.closed is None:
                at_ms = self.midnight_after(scene.now_ms)
            else:
                at_ms = self._zone.instant(feed.closed + timedelta(days=2), 0, 0)
                too_long = feed.closed + timedelta(days=MOST_DAYS_OPEN + 1)
                unknown_ms = self._zone.instant(too_long, 0, 0)
                if scene.now_ms < unknown_ms:
                    yield Wake(unknown_ms)
            yield Wake(at_ms, (stream,), at_ms)

        return wake

    def _deadline(self, last: Aggregate, length_ms: int) -> Waker:
        """Return what wakes when nothing has come for so long, and when that is known."""
        stream, read = last.feature.stream, self._store(last).reader("last")

        def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
            feed = scene.feeds.get(stream, Feed())
            last_ms = read(windows, "", 0)
            last_ms = feed.since_ms if last_ms is None else last_ms
            if last_ms is None:
                return
            at_ms = last_ms + length_ms
            if scene.now_ms < at_ms:
                yield Wake(at_ms)
            if feed.passed_ms is None or feed.passed_ms < at_ms or scene.now_ms < at_ms:
                yield Wake(at_ms, (stream,), at_ms)

        return wake

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
        if term.feature.family in OF_BUCKETS and not term.ending:
            return self._days(term)
        probe = self._store(term).reader(_PROBES[term.feature.family])

        def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
            floor = self._zone.day_at(scene.now_ms) - term.length - term.ending + 1
            found = [probe(windows, key, floor) for key in _keys(term, scene)]
            if any(each not in (None, 0) for each in found):
                yield Wake(self.midnight_after(scene.now_ms))

        return wake

    def _days(self, term: Aggregate) -> Waker:
        """Return what wakes at the midnight at which the oldest day leaves a window."""
        oldest = self._store(term).reader("oldest")

        def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
            floor = self._zone.day_at(scene.now_ms) - term.length + 1
            for key in _keys(term, scene):
                day = oldest(windows, key, floor)
                if day is not None:
                    yield Wake(self._zone.instant(date.fromordinal(day + term.length), 0, 0))

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


def _only_with(stores: tuple[Store, ...], waker: Waker) -> Waker:
    """Return what wakes only while something is in one of the stores."""

    def wake(windows: Windows, scene: Scene) -> Iterator[Wake]:
        if any(store.holds_any(windows) for store in stores):
            yield from waker(windows, scene)

    return wake


def _seasons(rule: CheckedRule) -> Iterator[date]:
    """Yield the days on which the rule, or an exception from it, begins or ceases to hold."""
    if rule.first_day:
        yield rule.first_day
    for last in (rule.last_day, *(exemption.until for exemption in rule.exceptions)):
        if last:
            yield last + timedelta(days=1)


def _bounds(term: Relation) -> Iterator[tuple[Aggregate, int]]:
    """Yield when a comparison of `since(…)` may change: at its bound, or just after it."""
    left, right = unnamed(term.left), unnamed(term.right)
    for since, bound in ((left, right), (right, left)):
        if isinstance(since, Since) and isinstance(bound, Constant):
            length_ms = int(cast("int", bound.value))
            yield since.last, length_ms
            yield since.last, length_ms + 1


def _keys(term: Aggregate, scene: Scene) -> Iterable[str]:
    """Return the keys under which a state rule reads: its loans, or none."""
    return scene.loans if term.feature.keys else [""]
