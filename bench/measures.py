"""What the sales measures cost a borrower a day, with 400 days of sales behind it.

The first line, making the reading's series out of what is stored, is paid whatever is asked.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bench.runner import Group, Line, Run
from rules.measures import MEASURES, Reading
from rules.scene import Feed, Loan, Scene

SEED = 20_260
DAYS = 400
FIRST = date(2026, 1, 5).toordinal()
SALES_A_DAY = 60


@dataclass(frozen=True)
class Ordinary:
    """A calendar without special days."""

    def words(self, _: date) -> frozenset[str]:
        """Return nothing."""
        return frozenset()

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday."""
        return day.weekday() < 5


def _buckets() -> list[list[int]]:
    """Return the tally of a shop as windows keep it: [day, count, total]."""
    rng = random.Random(SEED)
    counts = [max(1, round(rng.gauss(SALES_A_DAY, SALES_A_DAY / 3))) for _ in range(DAYS)]
    return [
        [FIRST + day, count, count * rng.randint(3_000, 7_000)] for day, count in enumerate(counts)
    ]


TAKEN = _buckets()
UNDONE = [[FIRST + day, 1, 4_000] for day in range(0, DAYS, 5)]
LAST = date.fromordinal(FIRST + DAYS - 1)
SCENE = Scene(
    now_ms=0,
    segment="",
    lists={},
    feeds={"pos_clearing": Feed(closed=LAST)},
    loans={"ln_1": Loan(loan_id="ln_1", disbursed=date.fromordinal(FIRST + 200))},
    profile=None,
    days=Ordinary(),
    peers=None,
    opened_ms={},
)


def _reading() -> Reading:
    daily = {
        name: {day: (count, total) for day, count, total in buckets}
        for name, buckets in (("sales_taken", TAKEN), ("sales_undone", UNDONE))
    }
    return Reading(scene=SCENE, currency="CNY", daily=daily)


def _asking(*calls: tuple[str, tuple[int, ...]]) -> Callable[[], Run]:
    """Return a maker of a run that makes a reading and asks these measures of it."""

    def make() -> Run:
        asked = [(MEASURES[name].function, arguments) for name, arguments in calls]

        def run() -> None:
            reading = _reading()
            for function, arguments in asked:
                function(reading, *arguments)

        return run

    return make


_P01 = tuple((name, (days,)) for days in (7, 14, 28) for name in ("sales_ratio", "sales_low"))
_P02 = (("zero_run_days", ()), ("usual_gap_days", ()))
_P03 = (("slide", ()), ("sales_vs_underwriting", (28,)))
_P25 = (("days_since_festival", ()), ("has_reopened", ()))

GROUPS = (
    Group(
        "sales measures of one borrower on one day",
        (
            Line("the reading alone: series of 400 days", lambda: _reading),
            Line("P01: three ratios", _asking(*_P01[::2])),
            Line("P01: three ratios and three guards", _asking(*_P01)),
            Line("P02: the run and the usual gap", _asking(*_P02)),
            Line("P03: the slide and the anchor", _asking(*_P03)),
            Line("P25: the festival", _asking(*_P25)),
            Line("all of them", _asking(*_P01, *_P02, *_P03, *_P25)),
        ),
    ),
)
