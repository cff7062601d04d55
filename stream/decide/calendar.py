"""Which days are special, by region; data, with a way to go on without it (domain.md 3.1).

A calendar knows the days from its `first` to its `last`. Of any other day it is known only
whether it is a weekend: nothing here raises, and whoever needs the phases of a festival learns
that they are unknown.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from schemas.control import RegionDays

HOLIDAY: Final = "HOLIDAY"
WORKDAY: Final = "WORKDAY"
SATURDAY: Final = 5


class Calendar:
    """The special days of all regions.

    Examples:
        >>> spring = {date(2026, 2, 17): ("HOLIDAY", "CNY_CORE"), date(2026, 2, 14): ("WORKDAY",)}
        >>> calendar = Calendar(
        ...     {"CN": RegionDays(first=date(2026, 1, 1), last=date(2026, 12, 31), days=spring)}
        ... )
        >>> [calendar.is_business_day("CN", date(2026, 2, day)) for day in (14, 15, 16, 17)]
        [True, False, True, False]
        >>> calendar.words("CN", date(2027, 2, 6)) is None
        True
    """

    def __init__(self, regions: Mapping[str, RegionDays]) -> None:
        self._regions = regions

    def of(self, region: str | None) -> "Region":
        """Return the days of one region, of which nothing is known if nobody has said."""
        return Region(self, region or "")

    @property
    def regions(self) -> list[str]:
        """The regions of which something is known, in order."""
        return sorted(self._regions)

    def knows(self, region: str, day: date) -> bool:
        """Whether somebody has said which days of that time are special."""
        known = self._regions.get(region)
        return known is not None and known.first <= day <= known.last

    def words(self, region: str, day: date) -> frozenset[str] | None:
        """Return what is special about a day; `None` if nobody has said."""
        if not self.knows(region, day):
            return None
        return frozenset(self._regions[region].days.get(day, ()))

    def is_business_day(self, region: str, day: date) -> bool:
        """Whether a day is one of business; where nobody has said, every day of the week is."""
        words = self.words(region, day) or frozenset()
        if HOLIDAY in words:
            return False
        return WORKDAY in words or day.weekday() < SATURDAY


class Region(NamedTuple):
    """The days of one region, as rules ask."""

    calendar: Calendar
    name: str

    def words(self, day: date) -> frozenset[str] | None:
        """Return what is special about a day; `None` if nobody has said."""
        return self.calendar.words(self.name, day)

    def is_business_day(self, day: date) -> bool:
        """Whether a day is one of business."""
        return self.calendar.is_business_day(self.name, day)
