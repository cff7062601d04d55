"""When somebody may be contacted: the hours that are allowed in all of the borrower's zones.

What waited for them is let go over the first minutes after they open, each borrower at a place of
its own that a hash tells: no queue, and the same after a restart.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.conduct import Hours
from schemas.instants import MINUTE_MS, from_ms, to_ms

SEARCHED_DAYS: Final = 21
"""How far ahead an hour is looked for; longer than any run of holidays."""

ONE_DAY: Final = timedelta(days=1)


class Window(NamedTuple):
    """From when until when; epoch ms, the end not included."""

    opens_ms: int
    closes_ms: int


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """Return a zone, `None` if there is none of that name.

    Examples:
        >>> zone_named("Mars/Olympus") is None
        True
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def window(
    at_ms: int, zones: Sequence[ZoneInfo], hours: Hours, is_open: Callable[[date], bool]
) -> Window | None:
    """Return the window at `at_ms`, or the next one; `None` if none opens in three weeks.

    Args:
        at_ms: From when on.
        zones: All of which must be in their hours; at least one.
        hours: The profile's.
        is_open: Whether a local day is one on which contacts are made, weekdays apart.
    """
    last_ms = at_ms + SEARCHED_DAYS * 24 * 60 * MINUTE_MS
    opens_ms = at_ms
    while opens_ms < last_ms:
        windows = [_window(opens_ms, zone, hours, is_open) for zone in zones]
        found = [each for each in windows if each is not None]
        if len(found) < len(windows):
            return None
        latest_ms = max(each.opens_ms for each in found)
        if latest_ms <= opens_ms:
            return Window(opens_ms, min(each.closes_ms for each in found))
        opens_ms = latest_ms
    return None


def _window(
    at_ms: int, zone: ZoneInfo, hours: Hours, is_open: Callable[[date], bool]
) -> Window | None:
    """Return the window of one zone that is open then or opens next."""
    day = from_ms(at_ms).astimezone(zone).date()
    for _ in range(SEARCHED_DAYS + 1):
        if day.isoweekday() in hours.weekdays and is_open(day):
            opens_ms, closes_ms = _at(day, hours.opens, zone), _at(day, hours.closes, zone)
            if at_ms < closes_ms:
                return Window(opens_ms, closes_ms)
        day += ONE_DAY
    return None


def _at(day: date, clock: str, zone: ZoneInfo) -> int:
    if clock == "24:00":
        day, clock = day + ONE_DAY, "00:00"
    return to_ms(datetime.combine(day, time.fromisoformat(clock), zone))


def release_ms(opened: Window, borrower_id: str, minutes: int) -> int:
    """Return when a borrower is let go of what waited for a window to open.

    Examples:
        >>> night = Window(0, 600 * MINUTE_MS)
        >>> 0 <= release_ms(night, "brw_1", 45) < 45 * MINUTE_MS
        True
    """
    within_ms = min(minutes * MINUTE_MS, opened.closes_ms - opened.opens_ms)
    return opened.opens_ms + share(f"release/{borrower_id}", within_ms)


def share(name: str, of: int) -> int:
    """Return a number from 0 below `of`, the same for a name always and even over names.

    Examples:
        >>> share("release/brw_1", 1000) == share("release/brw_1", 1000)
        True
    """
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % max(of, 1)
