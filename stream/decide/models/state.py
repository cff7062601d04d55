"""All that a partition knows of what detectors have said of many borrowers."""

from collections.abc import Iterable, Iterator
from math import exp, log
from typing import Final

from detectors.calibration import AGED_FROM, WIDTH, Calibrator
from detectors.counts import EDGE, Vector, bin_of
from detectors.evidence import VOICES
from detectors.suite import Said
from schemas.journal import SegmentModel
from stream.decide.models.beliefs import PREFIX, Beliefs, Strains
from stream.decide.models.tallies import Tallies

_YOUNG: Final = {voice: f"{voice}/young" for voice in VOICES}
_AGED: Final = {voice: f"{voice}/aged" for voice in VOICES}


class Models:
    """What this partition counts, and what crossing has answered."""

    def __init__(self) -> None:
        self.tallies = Tallies()
        self.beliefs = Beliefs()
        self._voices: dict[str, dict[str, tuple[Vector, Calibrator | None]]] = {}

    def believed(self, segment: str, said: Iterable[Said]) -> list[tuple[str, float]]:
        """Return p-values by voice as they are to be believed in a segment, and count them.

        Args:
            segment: The borrower's.
            said: What voices say, one of them perhaps several things. What is no p-value is
                neither counted nor believed.
        """
        found, voices = [], self._voices.setdefault(segment, {})
        for voice, n, p_value in said:
            if not 0.0 < p_value <= 1.0:
                continue
            name = (_AGED if n >= AGED_FROM else _YOUNG)[voice]
            v = abs(log(p_value))
            counts, calibrator = voices.get(name) or self._voice(segment, name)
            number = int(v / WIDTH) if v < EDGE else bin_of(v)
            if number is not None:
                counts[number] = counts.get(number, 0) + 1
            found.append((voice, exp(-v) if calibrator is None else calibrator.p_value(v)))
        return found

    def _voice(self, segment: str, name: str) -> tuple[Vector, Calibrator | None]:
        """Return what a voice is counted in, and read by; kept until either may change.

        It is marked as changed when it is asked for, so all are forgotten at each checkpoint.
        """
        found = self.tallies.counted(segment, name), self.beliefs.calibrator(segment, name)
        self._voices[segment][name] = found
        return found

    def count(self, segment: str, name: str, v: float) -> None:
        """Count a number in its bin; what is none from 0 on is not counted."""
        number = bin_of(v)
        if number is not None:
            self.tallies.count(segment, name, (number,))

    def tell(self, day: int) -> dict[str, dict[str, str]]:
        """Return all that is counted, as crossing hears it, and begin a new day (`Tallies`)."""
        self._voices.clear()
        return self.tallies.tell(day)

    def learn(self, told: SegmentModel) -> Strains | None:
        """Take an answer in (`Beliefs`)."""
        self._voices.clear()
        return self.beliefs.learn(told)

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        self._voices.clear()
        yield from self.tallies.store()
        yield from self.beliefs.store()

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record, `None` for one that is gone; `False` if it is none of ours."""
        self._voices.clear()
        if key.startswith(PREFIX) and value is not None:
            self.beliefs.restore(key, value)
            return True
        return self.tallies.restore(key, value)
