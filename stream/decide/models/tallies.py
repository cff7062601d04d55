"""What this partition's detectors have said of the members of each segment, counted.

    #counts/<segment>/<name>    one vector (`detectors.counts`)
    #models                     what crossing has heard

    cadence/aged        -ln p of a voice, of rows that are aged or young, in bins    two periods
    lane/apart          M's number of a lane, in bins                                two periods
    leaves              D7's leaves                                                  two periods
    control/apart       LOOKS and ALERTS of a lane                                   ever
    peers/settlement    D3's statistic in thousandths, from -20 on                   one day

Of two periods of 28 days the older is dropped when a third begins, so that what is counted halves.
Stored one by one, so that a checkpoint writes no more than what changed.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from detectors.counts import Vector, added, packed
from stream.decide.borrower import DEFAULT_SEGMENT

PREFIX: Final = b"#counts/"
TOLD: Final = b"#models"
PERIOD_DAYS: Final = 28
"""Four weeks, so that each weekday counts alike."""

LEAVES: Final = "leaves"
LANE: Final = "lane/"
CONTROL: Final = "control/"
PEERS: Final = "peers/"
LOOKS, ALERTS = 0, 1
EVERYTHING: Final = DEFAULT_SEGMENT
"""The segment that is the sum of all; of borrowers that name none."""


class Tally(msgspec.Struct, array_like=True, kw_only=True):
    """One vector: what was counted in this period, and in the one before."""

    now: Vector = msgspec.field(default_factory=dict)
    before: Vector = msgspec.field(default_factory=dict)


class Told(msgspec.Struct, array_like=True, kw_only=True):
    """The last day of which crossing has heard, as an ordinal."""

    day: int = 0


_encode = msgspec.msgpack.Encoder().encode
_tally = msgspec.msgpack.Decoder(Tally)
_told = msgspec.msgpack.Decoder(Told)


class Tallies:
    """The counts of one partition."""

    def __init__(self) -> None:
        self.told = Told()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._changed: set[tuple[str, str]] = set()
        self._has_told = False

    def count(self, segment: str, name: str, numbers: Iterable[int]) -> None:
        """Count each of some numbers once more."""
        counts = self.counted(segment, name)
        for number in numbers:
            counts[number] = counts.get(number, 0) + 1

    def counted(self, segment: str, name: str) -> Vector:
        """Return the counts of this period, to be counted in until the next is stored or told."""
        key = segment, name
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        self._changed.add(key)
        return tally.now

    def tell(self, day: int) -> dict[str, dict[str, str]]:
        """Return all that is counted, as crossing hears it, and begin a new day.

        Args:
            day: The day that it is told of, later than that of the last time.
        """
        told: dict[str, dict[str, Vector]] = {}
        for (segment, name), tally in sorted(self._tallies.items()):
            vector = added((tally.before, tally.now))
            told.setdefault(segment, {})[name] = vector
        if told:
            told[EVERYTHING] = _sum(told.values())
        self._begin(day)
        return {
            segment: {name: packed(of) for name, of in sorted(vectors.items())}
            for segment, vectors in sorted(told.items())
        }

    def _begin(self, day: int) -> None:
        """Drop what was of a day, and of a period if another has begun."""
        is_new = day // PERIOD_DAYS > self.told.day // PERIOD_DAYS
        for key, tally in list(self._tallies.items()):
            _, name = key
            if name.startswith(PEERS):
                tally.now = {}
            elif is_new and not name.startswith(CONTROL):
                tally.before, tally.now = tally.now, {}
            else:
                continue
            self._changed.add(key)
            if not (tally.now or tally.before):
                del self._tallies[key]
        self.told.day, self._has_told = day, True

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for key in sorted(self._changed):
            tally = self._tallies.get(key)
            yield PREFIX + "/".join(key).encode(), None if tally is None else _encode(tally)
        if self._has_told:
            yield TOLD, _encode(self.told)
        self._changed.clear()
        self._has_told = False

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record, `None` for one that is gone; `False` if it is none of ours."""
        if key == TOLD:
            self.told = Told() if value is None else _told.decode(value)
        elif key.startswith(PREFIX):
            segment, _, name = key.removeprefix(PREFIX).decode().partition("/")
            self._tallies.pop((segment, name), None)
            if value is not None:
                self._tallies[segment, name] = _tally.decode(value)
        else:
            return False
        return True


def _sum(parts: Iterable[dict[str, Vector]]) -> dict[str, Vector]:
    found: dict[str, list[Vector]] = {}
    for part in parts:
        for name, vector in part.items():
            found.setdefault(name, []).append(vector)
    return {name: added(of) for name, of in found.items()}
