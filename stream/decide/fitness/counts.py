"""What this partition counts of the detectors, by the day of its ticks (UTC).

    #fitness/day/<n>   one day, as an ordinal: by model what it said
    #fitness/told      what crossing has heard, and since when people want a model compared

A day's counts are final at the first tick of the next one, which all partitions have. Of each
borrower's stream the first event of a day counts.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from detectors.protocol import STREAMS, Detector, Score
from schemas.crossing import FitnessTold
from schemas.fitness import DECILES, FITNESS_DAYS, FitnessCounts, Shares, model_id
from schemas.instants import DAY_MS

DAY: Final = b"#fitness/day/"
TOLD: Final = b"#fitness/told"
SILENT, EARLY, RIGHT, WRONG = range(DECILES, DECILES + 4)
"""Where these stand in a model's numbers, after the tenths."""

NUMBERS: Final = DECILES + 4
FIRST_DAY: Final = date(1970, 1, 1).toordinal()

Day = dict[str, list[int]]
"""By model."""


class Told(msgspec.Struct, array_like=True, kw_only=True):
    """Up to which day crossing has heard, and by model the first day to compare with.

    Days are ordinals.
    """

    day: int = 0
    since: dict[str, int] = msgspec.field(default_factory=dict)


_encode = msgspec.msgpack.Encoder().encode
_day = msgspec.msgpack.Decoder(Day).decode
_told = msgspec.msgpack.Decoder(Told).decode


class Counts:
    """The counts of one partition.

    Args:
        detectors: By name: who listens to which stream.
    """

    def __init__(self, detectors: Mapping[str, Detector[Any]]) -> None:
        self.days: dict[int, Day] = {}
        self.told = Told()
        self._changed: set[int] = set()
        self._is_told_changed = False
        self._listening = {
            stream: tuple(
                (name, model_id(name, each.version))
                for name, each in detectors.items()
                if stream in each.streams
            )
            for stream in STREAMS
        }

    def hear(self, day: int, stream: str, scores: Mapping[str, Score]) -> None:
        """Count what the detectors that listen have said of one event.

        Args:
            day: As an ordinal.
            stream: Of the event.
            scores: By detector; none of those that had nothing to say.
        """
        today = self._of(day)
        for name, model in self._listening[stream]:
            numbers = today.get(model)
            if numbers is None:
                numbers = today[model] = [0] * NUMBERS
            numbers[place_of(scores.get(name))] += 1

    def judge(self, day: int, model: str, *, right: bool) -> None:
        """Count what people have found of a case that rested on a model."""
        self._of(day).setdefault(model, [0] * NUMBERS)[RIGHT if right else WRONG] += 1

    def begin(self, day: int, model: str) -> None:
        """Note from which day on a model is to be compared with what it says from then on."""
        self.told.since[model] = day
        self._is_told_changed = True

    def tell(self, partition: int, day: int, shares: dict[str, Shares]) -> FitnessTold:
        """Return what crossing has to hear of the days up to `day`; what is older is forgotten.

        Args:
            partition: Of the journal.
            day: As an ordinal.
            shares: What is told beside it, of a longer time.
        """
        self.told.day, self._is_told_changed = day, True
        for old in [old for old in self.days if old <= day - FITNESS_DAYS]:
            del self.days[old]
            self._changed.add(old)
        sums: Day = {}
        for each in sorted(self.days):
            if each <= day:
                for model, numbers in self.days[each].items():
                    known = sums.get(model, [0] * NUMBERS)
                    sums[model] = [a + b for a, b in zip(known, numbers, strict=True)]
        return FitnessTold(
            partition=partition,
            day=date.fromordinal(day),
            at_ms=(day + 1 - FIRST_DAY) * DAY_MS,
            models={model: counts_of(of) for model, of in sorted(sums.items())},
            since={
                model: date.fromordinal(first) for model, first in sorted(self.told.since.items())
            },
            shares=shares,
        )

    def _of(self, day: int) -> Day:
        self._changed.add(day)
        return self.days.setdefault(day, {})

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for day in sorted(self._changed):
            yield DAY + str(day).encode(), _encode(self.days[day]) if day in self.days else None
        if self._is_told_changed:
            yield TOLD, _encode(self.told)
        self._changed.clear()
        self._is_told_changed = False

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        if key == TOLD:
            self.told = Told() if value is None else _told(value)
            return
        day = int(key.removeprefix(DAY))
        self.days.pop(day, None)
        if value is not None:
            self.days[day] = _day(value)


def place_of(score: Score | None) -> int:
    """Return where in a model's numbers a score is counted.

    A p-value that is none is counted as silence: nothing that is no number reaches the counts.

    Examples:
        >>> from detectors import Score
        >>> usual, unusual = (Score(p, -2.3, 40, 8.1, 0.2, 7.6, ready=True) for p in (1.0, 0.02))
        >>> place_of(unusual), place_of(usual), place_of(None) == SILENT
        (9, 0, True)
    """
    if score is None or not 0.0 < score.p_value <= 1.0:
        return SILENT
    if not score.ready:
        return EARLY
    return min(int((1.0 - score.p_value) * DECILES), DECILES - 1)


def counts_of(numbers: list[int]) -> FitnessCounts:
    """Return a model's numbers as they are told."""
    return FitnessCounts(
        deciles=tuple(numbers[:DECILES]),
        silent=numbers[SILENT],
        early=numbers[EARLY],
        right=numbers[RIGHT],
        wrong=numbers[WRONG],
    )
