"""How late events come, by feed and day: from when they happened until they are here.

    #late/<day>    by feed: how many events came how late, in bands

Counted by the day of arrival, new events alone, and only where it is known when they arrived: on
the wall clock, else if the source says when it knew of them. Told to crossing once an hour, which
compares a day with those before it over all partitions (H02).
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from schemas.crossing import LATENESS_BANDS_MS, Bands, LatenessTold

PREFIX: Final = b"#late/"
DAYS_BEFORE: Final = 28
"""With so many days a day is compared [D]: four of each weekday."""

Day = dict[str, Bands]
"""By feed."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Day).decode


class Lateness:
    """The counts of one partition, by the ordinal of the day.

    Examples:
        >>> lateness = Lateness()
        >>> lateness.count("acq-1/pos_clearing", 7, late_ms=1_500)
        >>> lateness.days
        {7: {'acq-1/pos_clearing': {3: 1}}}
    """

    def __init__(self) -> None:
        self.days: dict[int, Day] = {}
        self._changed: set[int] = set()

    def count(self, feed: str, day: int, late_ms: int) -> None:
        """Count an event; one that is said to have come before it happened was not late."""
        bands = self.days.setdefault(day, {}).setdefault(feed, {})
        band = min(bisect_left(LATENESS_BANDS_MS, late_ms), len(LATENESS_BANDS_MS) - 1)
        bands[band] = bands.get(band, 0) + 1
        self._changed.add(day)

    def told(self, partition: int, day: date, at_ms: int) -> LatenessTold:
        """Return what crossing has to hear of a day, and forget what is older than it needs."""
        today = day.toordinal()
        for old in [old for old in self.days if old < today - DAYS_BEFORE]:
            del self.days[old]
            self._changed.add(old)
        feeds: dict[str, dict[date, Bands]] = {}
        for each, of in sorted(self.days.items()):
            if each <= today:
                for feed, bands in sorted(of.items()):
                    feeds.setdefault(feed, {})[date.fromordinal(each)] = dict(sorted(bands.items()))
        return LatenessTold(partition=partition, day=day, at_ms=at_ms, feeds=feeds)

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for day in sorted(self._changed):
            yield PREFIX + str(day).encode(), _encode(self.days[day]) if day in self.days else None
        self._changed.clear()

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        day = int(key.removeprefix(PREFIX))
        self.days.pop(day, None)
        if value is not None:
            self.days[day] = _decode(value)
