"""Calendar days of a time zone, fast enough to be asked at every event.

A day is a number (of `date.toordinal`), so that windows can count with it.

Examples:
    >>> shanghai = Zone("Asia/Shanghai")
    >>> at_ms = 1795189330120  # 2026-11-20T15:42:10.120Z
    >>> shanghai.date_at(at_ms), shanghai.hour_at(at_ms)
    (datetime.date(2026, 11, 20), 23)
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.instants import DAY_MS, HOUR_MS, from_ms, to_ms

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_YEARS: Final = 40 * 366
"""As many days as the cache of offsets holds: a life of a loan book and a bit."""


class Zone:
    """The days and hours of one IANA time zone.

    Raises:
        ValueError: If there is no such zone.
    """

    def __init__(self, name: str) -> None:
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"expected an IANA time zone, got `{name}`") from error
        self.name = name
        self._offset_of_day = lru_cache(maxsize=_YEARS)(self._whole_day_offset)
        self.instant = lru_cache(maxsize=_YEARS)(self._instant)

    def day_at(self, at_ms: int) -> int:
        """Return the number of the calendar day of an instant."""
        offset_ms = self._offset_of_day(at_ms // DAY_MS)
        if offset_ms is None:
            offset_ms = self._exact_offset_ms(at_ms)
        return (at_ms + offset_ms) // DAY_MS + _EPOCH_DAY

    def date_at(self, at_ms: int) -> date:
        """Return the calendar day of an instant."""
        return date.fromordinal(self.day_at(at_ms))

    def hour_at(self, at_ms: int) -> int:
        """Return the hour of the day of an instant, 0 to 23."""
        return (at_ms + self._exact_offset_ms(at_ms)) % DAY_MS // HOUR_MS

    def local_at(self, at_ms: int) -> datetime:
        """Return the instant as this zone's wall clocks show it."""
        return from_ms(at_ms).astimezone(self._zone)

    def _instant(self, day: date, hour: int, minute: int) -> int:
        """Return the epoch milliseconds of a time of day; of two equal ones the first."""
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self._zone)
        return to_ms(at.astimezone(UTC))

    def _whole_day_offset(self, utc_day: int) -> int | None:
        """Return the offset during a UTC day, `None` if it changes on that day."""
        first = self._exact_offset_ms(utc_day * DAY_MS)
        last = self._exact_offset_ms((utc_day + 1) * DAY_MS)
        return first if first == last else None

    def _exact_offset_ms(self, at_ms: int) -> int:
        offset = from_ms(at_ms).astimezone(self._zone).utcoffset()
        return round(offset.total_seconds() * 1000) if offset else 0
