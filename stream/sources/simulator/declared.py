"""What the lender declares of the simulated world, as the bodies of control records.

Debits and settlements come as files, a business date at a time, and are believed when their
totals are right. Sales come as streams, whose heartbeats say each hour that all before is there.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from schemas.control import CalendarBody, FeedKind, FeedSpec, RegionDays, SourcesBody
from stream.sources.simulator.calendar import ONE_DAY, Calendar, mainland
from stream.sources.simulator.daily import Feed, feeds_of
from stream.sources.simulator.merchants import REGION, TZ

SALES_DELAY_MIN: Final = 60
SALES_SILENT_MIN: Final = 4 * 60
"""A stream is heard each hour: it is missed well within the six hours of the golden scenario."""

FILE_SILENT_MIN: Final = 36 * 60
REPAIR_DAYS: Final = 14
"""Longer than any outage that a story has."""

HOLIDAY, WORKDAY = "HOLIDAY", "WORKDAY"
LUNAR_PHASES: Final = (("PRE_CNY", -14, -2), ("CNY_CORE", -1, 6), ("POST_CNY", 7, 15))
"""From the first day of the lunar year, both ends included (domain.md 3.1)."""

FIXED_PHASES: Final = (("LABOUR", (4, 30), (5, 6)), ("NATIONAL_DAY", (9, 30), (10, 8)))


def feeds(sources: Iterable[str]) -> SourcesBody:
    """Return the declaration of the feeds of these sources."""
    return SourcesBody(feeds=tuple(map(_spec, (each for of in sources for each in feeds_of(of)))))


def _spec(feed: Feed) -> FeedSpec:
    is_stream = feed.stream == "pos_clearing"
    return FeedSpec(
        source=feed.source,
        stream=feed.stream,
        kind=FeedKind.STREAM if is_stream else FeedKind.FILE,
        watermark_delay_min=SALES_DELAY_MIN if is_stream else None,
        silent_after_min=SALES_SILENT_MIN if is_stream else FILE_SILENT_MIN,
        repair_horizon_days=REPAIR_DAYS,
        tz=TZ,
    )


def calendar(known: Calendar | None = None) -> CalendarBody:
    """Return the days of mainland China, of the years whose days off have been announced.

    Examples:
        >>> days = calendar().regions["CN-SH"]
        >>> days.last, days.days[date(2026, 2, 17)], days.days[date(2026, 2, 28)]
        (datetime.date(2026, 12, 31), ('HOLIDAY', 'CNY_CORE'), ('WORKDAY', 'POST_CNY'))
    """
    known = known or mainland()
    first, last = date(min(known.years), 1, 1), date(max(known.years), 12, 31)
    days = {day: words for day in _from(first, last) if (words := tuple(_words(known, day)))}
    region = RegionDays(first=first, last=last, days=days)
    return CalendarBody(version=1, regions={REGION: region})


def _words(known: Calendar, day: date) -> Iterator[str]:
    if day in known.holidays:
        yield HOLIDAY
    if day in known.workdays:
        yield WORKDAY
    for word, from_day, to_day in LUNAR_PHASES:
        if any(from_day <= (day - festival).days <= to_day for festival in known.festivals):
            yield word
    for word, from_day_of, to_day_of in FIXED_PHASES:
        if from_day_of <= (day.month, day.day) <= to_day_of:
            yield word


def _from(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first) // ONE_DAY + 1))
