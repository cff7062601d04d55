"""Local days: instants of the wire to the days in which a loan is counted, and back.

A day is the proleptic ordinal of a local date, an `int`: days are compared, subtracted and
stored a lot. Everything is total: an instant near the end of time counts as the last day.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.instants import DAY_MS, MILLISECOND, to_ms

Day = int

UTC: Final = ZoneInfo("UTC")
LAST_DAY: Final = date.max.toordinal() - 400
"""Days beyond have no instant of their own: zones and graces must not overflow the calendar."""

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LAST_MS: Final = (LAST_DAY - EPOCH_DAY) * DAY_MS


@lru_cache(maxsize=1024)  # names come from outside
def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of this IANA name, `None` if nobody knows it.

    Examples:
        >>> zone_of("Asia/Shanghai"), zone_of("Mars/Phobos")
        (zoneinfo.ZoneInfo(key='Asia/Shanghai'), None)
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def local(at_ms: int, zone: ZoneInfo) -> tuple[Day, int]:
    """Return the local day of an instant, and the milliseconds on the wall clock of that day.

    Examples:
        >>> day, of_day_ms = local(1_795_189_330_120, ZoneInfo("Asia/Shanghai"))
        >>> date.fromordinal(day).isoformat(), of_day_ms
        ('2026-11-20', 85330120)
    """
    at_ms = min(at_ms, _LAST_MS)
    offset_ms = _offset_of_day(at_ms // DAY_MS, zone)
    if offset_ms is None:  # the clock is changed on this day
        offset_ms = _offset_ms(at_ms, zone)
    days, of_day_ms = divmod(at_ms + offset_ms, DAY_MS)
    return days + EPOCH_DAY, of_day_ms


def local_day(at_ms: int, zone: ZoneInfo) -> Day:
    """Return the local day of an instant."""
    return local(at_ms, zone)[0]


@lru_cache(maxsize=1 << 16)  # most instants of a run are of few days
def _offset_of_day(utc_day: int, zone: ZoneInfo) -> int | None:
    """Return the zone's offset on one day in UTC, `None` if it changes within."""
    first_ms = utc_day * DAY_MS
    offset_ms = _offset_ms(first_ms, zone)
    return offset_ms if offset_ms == _offset_ms(first_ms + DAY_MS - 1, zone) else None


def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms // 1000, zone).utcoffset()
    return 0 if offset is None else offset // MILLISECOND


@lru_cache(maxsize=1 << 16)  # due dates are asked for again and again
def start_ms(day: Day, zone: ZoneInfo) -> int:
    """Return the first instant of a local day, which need not be midnight on the wall clock.

    Examples:
        >>> from schemas.instants import wire
        >>> wire(start_ms(date(2018, 11, 4).toordinal(), ZoneInfo("America/Sao_Paulo")))
        '2018-11-04T03:00:00.000Z'
    """
    day = min(max(day, 1), LAST_DAY)
    return to_ms(datetime.fromordinal(day).replace(tzinfo=zone))


def date_of(day: Day) -> date:
    """Return the date of a day; of what lies beyond the calendar, its last date."""
    try:
        return date.fromordinal(day)
    except (ValueError, OverflowError):
        return date.max


def swapped(day: Day) -> Day | None:
    """Return the day with day and month of its date exchanged, `None` if that is none or itself.

    Examples:
        >>> date_of(swapped(date(2026, 3, 10).toordinal()))
        datetime.date(2026, 10, 3)
    """
    at = date_of(day)
    if at.day > 12 or at.day == at.month:  # noqa: PLR2004 - the months of a year
        return None
    return date(at.year, at.day, at.month).toordinal()
