"""Local days: instants of the wire to the days in which a loan is counted, and back.

A day is the proleptic ordinal of a local date, an `int`: days are compared, subtracted and
stored a lot. Everything is total: an instant near the end of time counts as the last day.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.instants import HOUR_MS, MINUTE_MS, to_ms

Day = int

UTC: Final = ZoneInfo("UTC")
LAST_DAY: Final = date.max.toordinal() - 400
"""Days beyond have no instant of their own: zones and graces must not overflow the calendar."""

_LAST_SECOND: Final = int(datetime.fromordinal(LAST_DAY).replace(tzinfo=UTC).timestamp())


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
    at = datetime.fromtimestamp(min(at_ms // 1000, _LAST_SECOND), zone)
    of_day_ms = at.hour * HOUR_MS + at.minute * MINUTE_MS + at.second * 1000 + at_ms % 1000
    return at.toordinal(), of_day_ms


def local_day(at_ms: int, zone: ZoneInfo) -> Day:
    """Return the local day of an instant."""
    return datetime.fromtimestamp(min(at_ms // 1000, _LAST_SECOND), zone).toordinal()


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
    """Return the date of a day."""
    return date.fromordinal(min(max(day, 1), date.max.toordinal()))


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
