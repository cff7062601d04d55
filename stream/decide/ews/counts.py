"""What each model would have said, by what came: counts of whole numbers, by four weeks.

    #ews/counts/<four weeks>    by the champion of the time: its chances, and the challenger's of
                                the same borrowers

The four weeks are those in which outcomes have matured, as the number of the day by 28.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detectors.judgement import Example
from detectors.outcomes import Bins, count
from stream.decide.ews.rhythm import EVERY_DAYS

PREFIX: Final = b"#ews/counts/"
KEPT: Final = 13
"""A year of four weeks."""


class Pair(msgspec.Struct, array_like=True):
    """Two models over the same borrowers."""

    champion: Bins = msgspec.field(default_factory=dict)
    challenger: Bins = msgspec.field(default_factory=dict)


Weeks = dict[int, Pair]
"""By the champion's mark."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Weeks).decode


class Counts:
    """The counts of all examples learned, of the last year."""

    def __init__(self) -> None:
        self.weeks: dict[int, Weeks] = {}
        self._changed: set[int] = set()

    def learn(self, example: Example, day: int) -> None:
        """Count an example of the round of a day."""
        place = day // EVERY_DAYS
        of = self.weeks.setdefault(place, {}).setdefault(example.chances.model, Pair())
        count(of.champion, example.chances.champion, is_bad=example.is_bad)
        count(of.challenger, example.chances.challenger, is_bad=example.is_bad)
        self._changed.add(place)
        for old in [old for old in self.weeks if old <= place - KEPT]:
            del self.weeks[old]
            self._changed.add(old)

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for place in sorted(self._changed):
            known = self.weeks.get(place)
            yield PREFIX + str(place).encode(), None if known is None else _encode(known)
        self._changed.clear()

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        place = int(key.removeprefix(PREFIX))
        self.weeks.pop(place, None)
        if value is not None:
            self.weeks[place] = _decode(value)
