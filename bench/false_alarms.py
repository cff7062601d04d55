"""How often the sales measures cry wolf: healthy simulated merchants, beside the study's figures.

    python -m bench.false_alarms --merchants 300

The merchants are those of domain.md 3.9: negative binomial counts with a weekly pattern, a weekly
level (AR(1) with 0.6, innovations of 0.15), log-normal tickets (sigma 0.9), no seasons, no
closures: a lower bound of what is to be expected. What runs are our measures with the rungs of
P01, P02, P03 and F01, each rung as a rule of its own, its baseline frozen while its episode is
open. The study's baselines were not frozen, and its guard knew the true dispersion.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import NamedTuple

import numpy as np

from rules.measures import MEASURES, Daily, Reading
from rules.scene import Feed, Loan, Scene

SEED = 11
SETTLED_IN = 140
"""Days of history before a merchant is watched."""

YEAR, TWO_MONTHS = 365, 61
WEEKDAYS = np.array([0.9, 0.9, 0.95, 1, 1.15, 1.2, 0.9]) / np.mean(
    [0.9, 0.9, 0.95, 1, 1.15, 1.2, 0.9]
)
LEVEL_MEMORY, LEVEL_NOISE, TICKET_SPREAD = 0.6, 0.15, 0.9
MEAN_TICKET_MINOR = 5_000
DISPERSION = {1: 2, 3: 3, 5: 3, 15: 4, 60: 6}
"""k of the negative binomial distribution, by sales a day."""

MONDAY = date(2024, 3, 11).toordinal()
RESAMPLED = 1_000


class Rung(NamedTuple):
    """One condition as the study ran it: what holds it, what ends it, for how many days first.

    `study` has its figures: by sales a day, false episodes per healthy merchant-year and the median
    days in which a permanent fall to 50 % and to 20 % was found.
    """

    name: str
    holds: Callable[[Reading], bool | None]
    ends: Callable[[Reading], bool | None]
    days: int
    study: Mapping[int, str]


NO_STUDY: Mapping[int, str] = {}


def asks(measure: str, *arguments: int) -> Callable[[Reading], object]:
    """Return the function that asks a measure of a reading."""
    function = MEASURES[measure].function
    return lambda reading: function(reading, *arguments)


def fall(
    window: int,
    most: float,
    least: float,
    *,
    days: int = 1,
    measure: str = "sales_ratio",
    study: Mapping[int, str] = NO_STUDY,
) -> Rung:
    """Return a rung on a ratio, guarded if it is one of sales against expected sales."""
    ratio, low = asks(measure, window), asks("sales_low", window)
    is_guarded = measure == "sales_ratio"

    def holds(reading: Reading) -> bool | None:
        value = ratio(reading)
        return value is not None and value <= most and (not is_guarded or bool(low(reading)))

    def ends(reading: Reading) -> bool | None:
        value = ratio(reading)
        return value is not None and value >= least

    guard = " + guard" if is_guarded else ""
    lasting = f", {days} days" if days > 1 else ""
    return Rung(f"{measure}({window}) <= {most:.2f}{guard}{lasting}", holds, ends, days, study)


def above(
    measure: str,
    least: float,
    *,
    below: float | None = None,
    usual: str = "",
    study: Mapping[int, str] = NO_STUDY,
) -> Rung:
    """Return a rung on a measure that is high; at least the merchant's own `usual`, if given.

    It ends below `below`, if that is given, else below `least`.
    """
    value, own = asks(measure), asks(usual) if usual else None

    def holds(reading: Reading) -> bool | None:
        found = value(reading)
        return found is not None and found >= max(least, own(reading) or 0 if own else 0)

    def ends(reading: Reading) -> bool | None:
        found = value(reading)
        return found is not None and found < (least if below is None else below)

    name = f"{measure}() >= {f'max({least}, {usual}())' if usual else least}"
    return Rung(name, holds, ends, 1, study)


SALES = (
    fall(7, 0.60, 0.85, days=3, study={5: "0.7 (13/8)", 15: "1.1 (9/7)", 60: "1.0 (8/6)"}),
    fall(14, 0.50, 0.80, study={5: "0.8 (14/10)", 15: "0.24 (14/10)", 60: "0.03 (13/10)"}),
    fall(28, 0.40, 0.70, study={5: "0.00 (-/24)", 15: "0.00 (-/23)", 60: "0.00 (-/23)"}),
    fall(28, 0.60, 0.80, measure="sales_vs_underwriting"),
    fall(28, 0.60, 0.80, measure="sales_vs_underwriting", days=14),
    above("slide", 5, below=2),
)
INFLOW = (
    fall(28, 0.60, 0.80, measure="inflow_ratio", study={5: "0.33", 15: "0.10", 60: "0.03"}),
    fall(28, 0.50, 0.80, measure="inflow_ratio", study={5: "0.05", 15: "0.00", 60: "0.00"}),
    fall(28, 0.30, 0.80, measure="inflow_ratio"),
)
SILENCE = (
    above("zero_run_days", 3, study={1: "18", 3: "0.9", 5: "0.09", 15: "0"}),
    above("zero_run_days", 3, usual="usual_gap_days"),
    above("zero_run_days", 7, study={1: "0.8", 3: "0", 5: "0", 15: "0"}),
    above("zero_run_days", 14, study={1: "0", 3: "0", 5: "0", 15: "0"}),
)


@dataclass(frozen=True)
class Ordinary:
    """A calendar without special days."""

    def words(self, _: date) -> frozenset[str]:
        """Return nothing."""
        return frozenset()

    def is_business_day(self, _: date) -> bool:
        """Every day is one."""
        return True


@dataclass
class Watch:
    """The episodes of one rung on one merchant."""

    rung: Rung
    run: int = 0
    opened: int | None = None
    found: list[int] = field(default_factory=list)

    def look(self, day: int, reading: Callable[[int | None], Reading]) -> None:
        """Judge one day."""
        if self.opened is not None:
            if self.rung.ends(reading(self.opened)):
                self.opened, self.run = None, 0
            return
        self.run = self.run + 1 if self.rung.holds(reading(None)) else 0
        if self.run >= self.rung.days:
            self.opened = day + 1
            self.found.append(day)


def merchant(
    rng: np.random.Generator, sales_a_day: int, days: int, fallen_to: float | None
) -> Daily:
    """Return the sales of one merchant by day, from day 0."""
    level, levels = 0.0, []
    for _ in range(days // 7 + 1):
        levels += [level] * 7
        level = LEVEL_MEMORY * level + rng.normal(0, LEVEL_NOISE)
    mean = sales_a_day * WEEKDAYS[np.arange(days) % 7] * np.exp(levels[:days])
    if fallen_to is not None:
        mean[SETTLED_IN:] *= fallen_to
    k = DISPERSION[sales_a_day]
    counts = rng.negative_binomial(k, k / (k + mean))
    return {
        MONDAY + day: (int(n), int(rng.lognormal(0, TICKET_SPREAD, n).sum() * MEAN_TICKET_MINOR))
        for day, n in enumerate(counts)
        if n
    }


def watch(series: Daily, rungs: tuple[Rung, ...], days: int) -> list[Watch]:
    """Return what the rungs find on one merchant, day by day."""
    watches = [Watch(rung) for rung in rungs]
    for day in range(MONDAY + SETTLED_IN, MONDAY + days):
        readings = {}

        def reading(opened: int | None, day: int = day, made: dict = readings) -> Reading:
            if opened not in made:
                made[opened] = _reading(series, day, opened)
            return made[opened]

        for each in watches:
            each.look(day, reading)
    return watches


CALENDAR = Ordinary()
LOAN = Loan(loan_id="ln_1", disbursed=date.fromordinal(MONDAY + 98))


def _reading(series: Daily, day: int, opened: int | None) -> Reading:
    feed = Feed(closed=date.fromordinal(day))
    scene = Scene(
        now_ms=0,
        segment="",
        lists={},
        feeds={"pos_clearing": feed, "settlement": feed},
        loans={"ln_1": LOAN},
        profile=None,
        days=CALENDAR,
        peers=None,
        opened_ms={},
    )
    return Reading(
        scene=scene, currency="CNY", daily={"sales_taken": series, "credits": series}, opened=opened
    )


def main() -> None:
    """Print a table of all strata."""
    parser = argparse.ArgumentParser(prog="python -m bench.false_alarms", description=__doc__)
    parser.add_argument("--merchants", type=int, default=50, metavar="N", help="of each stratum")
    merchants = parser.parse_args().merchants
    print(
        "| sales a day | rung | episodes / merchant-year (95 %) | days to find a fall to 50 / 20 % | study |"
    )
    print("|---|---|---|---|---|")
    for stratum, rungs in strata():
        for row in rows(stratum, rungs, merchants):
            print(f"| {' | '.join(row)} |")
            sys.stdout.flush()


def strata() -> Iterator[tuple[int, tuple[Rung, ...]]]:
    """Yield sales a day, and the rungs that are run on such merchants."""
    for sales_a_day in (5, 15, 60):
        yield sales_a_day, SALES + INFLOW
    for sales_a_day in (1, 3, 5, 15):
        yield sales_a_day, SILENCE


def rows(sales_a_day: int, rungs: tuple[Rung, ...], merchants: int) -> Iterator[list[str]]:
    """Yield a row for each rung."""
    healthy = watched(sales_a_day, rungs, merchants, SETTLED_IN + YEAR, None)
    fallen = [
        watched(sales_a_day, rungs, merchants, SETTLED_IN + TWO_MONTHS, to)
        for to in ((0.5, 0.2) if rungs is not SILENCE else ())
    ]
    for at, rung in enumerate(rungs):
        episodes = [len(watches[at].found) for watches in healthy]
        low, high = interval(episodes)
        found = " / ".join(_detected([watches[at] for watches in each]) for each in fallen)
        mean = sum(episodes) / merchants
        study = rung.study.get(sales_a_day, "")
        yield [str(sales_a_day), rung.name, f"{mean:.2f} ({low:.2f}-{high:.2f})", found, study]


def watched(
    sales_a_day: int, rungs: tuple[Rung, ...], merchants: int, days: int, fallen_to: float | None
) -> list[list[Watch]]:
    """Return what the rungs find on each of some merchants; `fallen_to` is of their sales."""
    rng = np.random.default_rng([SEED, sales_a_day, int(100 * (fallen_to or 0))])
    made = (merchant(rng, sales_a_day, days, fallen_to) for _ in range(merchants))
    return [watch(series, rungs, days) for series in made]


def _detected(watches: list[Watch]) -> str:
    """Return the median days to the first episode, and the share of merchants that have one."""
    first = [each.found[0] - MONDAY - SETTLED_IN + 1 for each in watches if each.found]
    share = len(first) / len(watches)
    return f"{median(first):.0f} ({share:.0%})" if first else "-"


def interval(values: list[int]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean, merchants resampled."""
    rng = np.random.default_rng(SEED)
    means = rng.choice(values, (RESAMPLED, len(values))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
