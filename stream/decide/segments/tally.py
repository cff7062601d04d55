"""What this partition's members come to: counts that crossing adds up over all partitions.

    #tally/<segment>    members, who came to moderate by day, and their sales of days not told yet
    #attempts/<day>     collection attempts by channel, for as long as they are compared with
    #told               what crossing has heard

Stored in small records, so that a checkpoint writes no more than what changed. Days are ordinals
(`date.toordinal`).
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from stream.decide.segments.member import Attempt

Of = TypeVar("Of", int, str)

TALLY: Final = b"#tally/"
ATTEMPTS: Final = b"#attempts/"
TOLD: Final = b"#told"
WEEK: Final = 7
WEEKS: Final = 8
"""So many weeks before are compared with (domain.md 3.6, G01 and G06)."""
KEPT_DAYS: Final = (WEEKS + 2) * WEEK


class SalesDay(msgspec.Struct, array_like=True, kw_only=True):
    """Members' sales of one day: `schemas.crossing.SegmentSales`, to be changed."""

    ratios: dict[int, dict[int, int]] = msgspec.field(default_factory=dict)
    asked: int = 0
    reopened: int = 0


class Tally(msgspec.Struct, array_like=True, kw_only=True):
    """One segment's members in this partition."""

    members: int = 0
    raised: dict[int, int] = msgspec.field(default_factory=dict)
    days: dict[int, SalesDay] = msgspec.field(default_factory=dict)


class Channel(msgspec.Struct, array_like=True, kw_only=True):
    """One channel's attempts of one day."""

    attempts: int = 0
    failed: dict[str, int] = msgspec.field(default_factory=dict)


class Told(msgspec.Struct, array_like=True, kw_only=True):
    """What crossing has heard: up to which hour, and which day's sales."""

    hour: int = 0
    day: int = 0


_encode = msgspec.msgpack.Encoder().encode
_tally = msgspec.msgpack.Decoder(Tally)
_channels = msgspec.msgpack.Decoder(dict[str, Channel])
_told = msgspec.msgpack.Decoder(Told)


class Tallies:
    """The counts of one partition. With `by` -1 a count takes back what was counted."""

    def __init__(self) -> None:
        self.told = Told()
        self.segments: dict[str, Tally] = {}
        self.attempts: dict[int, dict[str, Channel]] = {}
        self._changed: set[bytes] = set()

    def member(self, segment: str, by: int) -> None:
        """Count a member."""
        self._take(segment).members += by

    def raised(self, segment: str, day: int, by: int) -> None:
        """Count a member that came to moderate or more."""
        _count(self._take(segment).raised, day, by)

    def sales(
        self, segment: str, day: int, ratios: Mapping[int, int], *, reopened: bool | None, by: int
    ) -> None:
        """Count a member's sales of a day; of one that was told nothing changes any more."""
        if day <= self.told.day:
            return
        days = self._take(segment).days
        here = days.setdefault(day, SalesDay())
        for window, ratio in ratios.items():
            _count(here.ratios.setdefault(window, {}), ratio, by)
            if not here.ratios[window]:
                del here.ratios[window]
        here.asked += by * (reopened is not None)
        here.reopened += by * (reopened is True)
        if here == SalesDay():
            del days[day]

    def attempt(self, attempt: Attempt, by: int) -> None:
        """Count a collection attempt."""
        channels = self.attempts.setdefault(attempt.day, {})
        channel = channels.setdefault(attempt.channel, Channel())
        channel.attempts += by
        if attempt.failure:
            _count(channel.failed, attempt.failure, by)
        self._changed.add(_attempts_key(attempt.day))

    def tell_hour(self, hour: int) -> None:
        """Note that crossing has heard of an hour."""
        self.told.hour = hour
        self._changed.add(TOLD)

    def tell_day(self, day: int) -> None:
        """Note that crossing has heard of a day's sales: they are not needed any more."""
        self.told.day = day
        self._changed.add(TOLD)
        for segment, tally in self.segments.items():
            for old in [old for old in tally.days if old <= day]:
                del self._take(segment).days[old]

    def forget(self, today: int) -> None:
        """Forget what is not compared with any more."""
        for day in [day for day in self.attempts if day <= today - KEPT_DAYS]:
            del self.attempts[day]
            self._changed.add(_attempts_key(day))
        for segment, tally in list(self.segments.items()):
            for old in [old for old in tally.raised if old <= today - KEPT_DAYS]:
                del self._take(segment).raised[old]
            if tally == Tally():
                del self.segments[segment]
                self._changed.add(_tally_key(segment))

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for key in sorted(self._changed):
            yield key, self._encoded(key)
        self._changed.clear()

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record, `None` for one that is gone; `False` if it is none of ours."""
        if key == TOLD:
            self.told = Told() if value is None else _told.decode(value)
        elif key.startswith(TALLY):
            segment = key.removeprefix(TALLY).decode()
            self.segments.pop(segment, None)
            if value is not None:
                self.segments[segment] = _tally.decode(value)
        elif key.startswith(ATTEMPTS):
            day = int(key.removeprefix(ATTEMPTS))
            self.attempts.pop(day, None)
            if value is not None:
                self.attempts[day] = _channels.decode(value)
        else:
            return False
        return True

    def _take(self, segment: str) -> Tally:
        self._changed.add(_tally_key(segment))
        return self.segments.setdefault(segment, Tally())

    def _encoded(self, key: bytes) -> bytes | None:
        if key == TOLD:
            return _encode(self.told)
        if key.startswith(TALLY):
            tally = self.segments.get(key.removeprefix(TALLY).decode())
            return None if tally is None else _encode(tally)
        channels = self.attempts.get(int(key.removeprefix(ATTEMPTS)))
        return None if channels is None else _encode(channels)


def _tally_key(segment: str) -> bytes:
    return TALLY + segment.encode()


def _attempts_key(day: int) -> bytes:
    return ATTEMPTS + str(day).encode()


def _count(counts: dict[Of, int], what: Of, by: int) -> None:
    """Count; what comes to nothing is not there."""
    counts[what] = counts.get(what, 0) + by
    if not counts[what]:
        del counts[what]
