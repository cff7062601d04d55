"""Business days and Spring Festivals, from data.

`calendar.csv` has the Spring Festivals of some years and the public holidays of mainland China,
with the weekend days that are worked in their stead, as far as they were announced: a year that
it does not have keeps weekends alone. It is the simulator's world and not what the rules know
of it: what they know comes to them as records (`declared`).

The days of 2024 to 2026 were compared one by one with chinesecalendar 1.11.0, the first days of
the lunar years 2024 to 2030 with lunardate 0.2: no difference.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5

CLOSED_FROM, CLOSED_TO = -2, 10
"""Days from the Spring Festival, both included, on which a shop that closes for it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days are worked.

    Attributes:
        years: Of which the days off have been announced.
        holidays: Days off beside the weekends.
        workdays: Weekend days that are worked.
        festivals: The first days of lunar years.
    """

    years: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    festivals: tuple[date, ...] = ()

    def is_business_day(self, day: date) -> bool:
        """Whether banks and acquirers work on `day`."""
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def business_day(self, day: date) -> date:
        """Return `day`, or the first business day after it.

        Examples:
            >>> WEEKENDS.business_day(date(2026, 1, 10))
            datetime.date(2026, 1, 12)
            >>> mainland().business_day(date(2026, 2, 16))
            datetime.date(2026, 2, 24)
        """
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def until(self, last_year: int) -> "Calendar":
        """Return what of it had been announced when `last_year` was the last year to be."""
        return replace(self, years=frozenset(year for year in self.years if year <= last_year))

    def is_festival(self, day: date) -> bool:
        """Whether shops that close for the Spring Festival are closed on `day`.

        Examples:
            >>> [mainland().is_festival(date(2026, 2, day)) for day in (14, 15, 27, 28)]
            [False, True, True, False]
        """
        return any(CLOSED_FROM <= (day - festival).days <= CLOSED_TO for festival in self.festivals)


WEEKENDS: Final = Calendar()
"""Every Monday to Friday is a business day, and nobody closes."""


@cache
def mainland() -> Calendar:
    """Return the calendar of mainland China."""
    text = files("stream.sources.simulator").joinpath("calendar.csv").read_text("utf-8")
    days: dict[str, list[date]] = {"HOLIDAY": [], "WORKDAY": [], "SPRING_FESTIVAL": []}
    for row in csv.DictReader(text.splitlines()):
        days[row["kind"]] += _days(
            date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        )
    return Calendar(
        years=frozenset(day.year for day in days["HOLIDAY"]),
        holidays=frozenset(days["HOLIDAY"]),
        workdays=frozenset(days["WORKDAY"]),
        festivals=tuple(sorted(days["SPRING_FESTIVAL"])),
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
