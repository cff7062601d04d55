"""Readings of shops that a table describes, on a calendar that a table describes."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from rules.measures import Reading
from rules.scene import Feed, Scene

MONDAY = date(2026, 6, 1)
"""Day 0 of the tests: a Monday, far from every festival."""

DAY_0 = MONDAY.toordinal()


@dataclass(eq=False)
class Plain:
    """A calendar of which everything is known: `special` days, and weekends."""

    special: dict = field(default_factory=dict)
    unknown: frozenset = frozenset()

    def words(self, day):
        return None if day in self.unknown else frozenset(self.special.get(day, ()))

    def is_business_day(self, day):
        words = self.special.get(day, ())
        return "WORKDAY" in words or (day.weekday() < 5 and "HOLIDAY" not in words)


def scene(closed, *, days=None, peers=None, loans=None, streams=("pos_clearing",)):
    """A scene on the day after `closed` (a day number), everything of which is here."""
    feed = Feed(closed=None if closed is None else date.fromordinal(closed))
    return Scene(
        now_ms=0,
        segment="",
        lists={},
        feeds=dict.fromkeys(streams, feed),
        loans=loans or {},
        profile=None,
        days=days or Plain(),
        peers=peers,
        opened_ms={},
    )


def daily(values, *, start=DAY_0):
    """A daily series from one (count, total) a day; `None` is a day without events."""
    return {start + at: value for at, value in enumerate(values) if value}


def reading(closed, series, *, opened=None, loan=None, latest=None, currency="CNY", **of_scene):
    return Reading(
        scene=scene(closed, **of_scene),
        currency=currency,
        daily=series,
        latest=latest or {},
        loan=loan,
        opened=opened,
    )


def spring_festival(first):
    """The calendar's words around the first day of a lunar year."""
    phases = {"PRE_CNY": (-14, -2), "CNY_CORE": (-1, 6), "POST_CNY": (7, 15)}
    return {
        first + timedelta(days=offset): (phase,)
        for phase, (start, end) in phases.items()
        for offset in range(start, end + 1)
    }


@pytest.fixture(scope="session")
def given():
    """What a test of measures is made of; of the session, so that Hypothesis may have it."""
    return SimpleNamespace(
        reading=reading, daily=daily, festival=spring_festival, calendar=Plain, day_0=DAY_0
    )
