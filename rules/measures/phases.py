"""Days of which nothing can be expected: the Spring Festival and what surrounds it.

A calendar gives words to days (domain.md 3.1). With L the first day of the lunar year:

    PRE_CNY    L-14 … L-2        CNY_CORE   L-1 … L+6        POST_CNY   L+7 … L+15

From L-10 to L+15 the holiday multiplier is unknown: it would take two years of one's own history,
and we keep 400 days. On other special days it is 1, but baselines leave them out.

Where nobody has said what a day is, it is an ordinary one, unless it may lie within a Spring
Festival: L is the second new moon after the winter solstice, and never before 21 January nor
after 20 February. So a forgotten calendar costs the sales signals two months and no false alarm.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from rules.scene import Days

PRE: Final = "PRE_CNY"
CORE: Final = "CNY_CORE"
POST: Final = "POST_CNY"
HOLIDAY: Final = "HOLIDAY"

SPECIAL: Final = frozenset({PRE, CORE, POST, HOLIDAY, "NATIONAL_DAY", "LABOUR", "PROMO"})
"""What keeps a day out of baselines."""

CORE_BEFORE: Final = 1
CORE_AFTER: Final = 6
"""`CNY_CORE` is from L-1 to L+6."""

UNKNOWN_BEFORE: Final = 10
"""The multiplier is unknown from L-10."""

EARLIEST, LATEST = (1, 11), (3, 7)
"""Month and day of the earliest L-10 and the latest L+15 that there can be."""


class Phases:
    """What is to be thought of each day; asks the calendar once for each.

    Args:
        days: The calendar of the borrower's region. What it says of a day must not change: a new
            calendar is another object.
    """

    def __init__(self, days: Days) -> None:
        self._days = days
        self._words: dict[int, frozenset[str] | None] = {}
        self._eligible: dict[int, bool] = {}
        self._unknown: dict[int, bool] = {}

    def is_eligible(self, day: int) -> bool:
        """Whether a day may stand in a baseline: it is in no special phase that we know of."""
        known = self._eligible.get(day)
        if known is None:
            words = self.words(day)
            known = not _may_be_festival(day) if words is None else words.isdisjoint(SPECIAL)
            self._eligible[day] = known
        return known

    def eligible(self, days: Iterable[int]) -> list[int]:
        """Return the days that are eligible, of some."""
        known = self._eligible
        return [day for day in days if (known[day] if day in known else self.is_eligible(day))]

    def is_unknown(self, day: int) -> bool:
        """Whether nothing can be expected of a day: it is, or may be, in L-10 … L+15."""
        known = self._unknown.get(day)
        if known is None:
            known = self._unknown[day] = self._is_unknown(day)
        return known

    def words(self, day: int) -> frozenset[str] | None:
        """Return the calendar's words of a day, `None` if nobody has said."""
        if day not in self._words:
            self._words[day] = self._days.words(date.fromordinal(day))
        return self._words[day]

    def is_holiday(self, day: int) -> bool:
        """Whether a day is a public holiday, on which a shop may be closed or not."""
        return HOLIDAY in (self.words(day) or ())

    def is_business_day(self, day: int) -> bool:
        """Whether banks and acquirers work on a day."""
        return self._days.is_business_day(date.fromordinal(day))

    def _is_unknown(self, day: int) -> bool:
        words = self.words(day)
        if words is None:
            return _may_be_festival(day)
        if CORE in words or POST in words:
            return True
        if PRE not in words:
            return False
        later = self.words(day + UNKNOWN_BEFORE - CORE_BEFORE)
        return later is None or CORE in later or POST in later


@lru_cache(maxsize=64)
def phases_of(days: Days) -> Phases:
    """Return the phases of a calendar, made once: all borrowers of a region share it."""
    return Phases(days)


def _may_be_festival(day: int) -> bool:
    of_year = date.fromordinal(day)
    return EARLIEST <= (of_year.month, of_year.day) <= LATEST
