"""All that a partition knows of D8.

    #ews/model                 the row that learns on, and the round up to which it has learned
    #ews/visited               the day of the last visits
    #ews/told/<day>/<lane>     this partition's examples of the last rounds
    #ews/held/<part>           of the round that is being answered, the parts that are here
    #ews/counts/...            what each model would have said (counts.py)

Invariant: a round is learned once, whole, and in the order that crossing has put it in. So the row
is the same in every partition, whatever was told how often.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detectors.codec import RecordError
from detectors.ews import Ews
from detectors.judgement import heard
from schemas.control import DetectorBody
from schemas.crossing import EWS_KEY_LENGTH
from schemas.journal import EwsExamples
from stream.decide.ews.champion import champion_of
from stream.decide.ews.counts import PREFIX as COUNTS
from stream.decide.ews.counts import Counts

PREFIX: Final = b"#ews/"
MODEL: Final = b"#ews/model"
VISITED: Final = b"#ews/visited"
TOLD: Final = b"#ews/told/"
HELD: Final = b"#ews/held/"
ROUNDS: Final = 3
"""Each round tells those before it again: one that was lost loses nothing."""


class Learned(msgspec.Struct, array_like=True):
    """The model that learns on.

    `day` is the last round that it has learned, as an ordinal; `simulated` how many of its examples
    are of simulated borrowers.
    """

    day: int = 0
    row: bytes = b""
    simulated: int = 0


class EwsState:
    """The models, and the examples on their way."""

    def __init__(self) -> None:
        self.challenger = Ews()
        self.learned = self.simulated = 0
        self.visited: int | None = None
        self.told: dict[int, dict[int, list[str]]] = {}
        self.counts = Counts()
        self._held: dict[int, EwsExamples] = {}
        self._changed: set[bytes] = set()
        self.govern(None)

    def govern(self, body: DetectorBody | None) -> None:
        """Let the model in force be the one that a signed record carries."""
        self.mark, self.champion = champion_of(body)

    def matured(self, day: int, examples: dict[int, list[str]]) -> None:
        """Take the examples of a day's round by lane, and forget those of old rounds."""
        self.visited, self.told[day] = day, examples
        self._changed |= {VISITED, *(_told_key(day, lane) for lane in examples)}
        for old in sorted(self.told)[:-ROUNDS]:
            self._changed |= {_told_key(old, lane) for lane in self.told.pop(old)}

    def learn(self, part: EwsExamples) -> bool:
        """Take a part of a round; learn the round when all parts are here, and say so."""
        day = part.day.toordinal()
        if day <= self.learned or any(each.day > part.day for each in self._held.values()):
            return False
        for number, each in list(self._held.items()):
            if (each.day, each.parts) != (part.day, part.parts):
                self._drop(number)
        self._held[part.part] = part
        self._changed.add(_held_key(part.part))
        if len(self._held) < part.parts:
            return False
        self._learn_round(day)
        return True

    def _learn_round(self, day: int) -> None:
        for number in sorted(self._held):
            for round_day, examples in sorted(self._held[number].rounds.items()):
                if round_day.toordinal() > self.learned:
                    self._learn_all(examples, round_day.toordinal())
            self._drop(number)
        self.learned = day
        self._changed.add(MODEL)

    def _learn_all(self, examples: tuple[str, ...], day: int) -> None:
        for text in examples:
            try:
                example = heard(text[EWS_KEY_LENGTH:])
            except RecordError:  # of another version
                continue
            self.challenger.learn_one(example.x, is_bad=example.is_bad)
            self.simulated += example.is_simulated
            self.counts.learn(example, day)

    def _drop(self, number: int) -> None:
        del self._held[number]
        self._changed.add(_held_key(number))

    # --- storing

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for key in sorted(self._changed):
            yield key, self._encoded(key)
        self._changed.clear()
        yield from self.counts.store()

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record, `None` for one that is gone; `False` if it is none of ours."""
        if not key.startswith(PREFIX):
            return False
        if key.startswith(COUNTS):
            self.counts.restore(key, value)
        elif key.startswith(TOLD):
            self._restore_told(key, value)
        elif key.startswith(HELD):
            self._restore_held(int(key.removeprefix(HELD)), value)
        elif key == VISITED and value is not None:
            self.visited = msgspec.msgpack.decode(value, type=int)
        elif key == MODEL and value is not None:
            self._restore_model(msgspec.msgpack.decode(value, type=Learned))
        return True

    def _encoded(self, key: bytes) -> bytes | None:
        if key == MODEL:
            return msgspec.msgpack.encode(
                Learned(self.learned, self.challenger.row, self.simulated)
            )
        if key == VISITED:
            return msgspec.msgpack.encode(self.visited)
        if key.startswith(HELD):
            held = self._held.get(int(key.removeprefix(HELD)))
            return None if held is None else msgspec.msgpack.encode(held)
        day, lane = _split(key)
        examples = self.told.get(day, {}).get(lane)
        return None if examples is None else msgspec.msgpack.encode(examples)

    def _restore_told(self, key: bytes, value: bytes | None) -> None:
        day, lane = _split(key)
        self.told.setdefault(day, {}).pop(lane, None)
        if value is not None:
            self.told[day][lane] = msgspec.msgpack.decode(value, type=list[str])
        if not self.told[day]:
            del self.told[day]

    def _restore_held(self, number: int, value: bytes | None) -> None:
        self._held.pop(number, None)
        if value is not None:
            self._held[number] = msgspec.msgpack.decode(value, type=EwsExamples)

    def _restore_model(self, stored: Learned) -> None:
        self.learned = stored.day
        try:
            self.challenger, self.simulated = Ews(stored.row), stored.simulated
        except RecordError:  # of another version: it learns anew
            self.challenger, self.simulated = Ews(), 0


def _told_key(day: int, lane: int) -> bytes:
    return TOLD + f"{day}/{lane}".encode()


def _held_key(number: int) -> bytes:
    return HELD + str(number).encode()


def _split(key: bytes) -> tuple[int, int]:
    day, lane = key.removeprefix(TOLD).split(b"/")
    return int(day), int(lane)
