"""What a detector says of a whole file, as the calibration that a promotion carries.

The events go through the suite as in the step, each business key once, scored before they are
learned; what the one detector says while it is ready is counted in the segment of the borrower, and
in `default`, which counts for segments without a calibration. No label is looked at.
"""

from base64 import b64encode
from collections.abc import Iterable
from math import log
from pathlib import Path
from typing import Final

from detectors import DETECTORS, SHORTFALL, Observation, suite
from detectors.calibration import AGED_FROM, Calibrator
from detectors.suite import find
from schemas import journal
from schemas.control import CalibrationRow, DetectorBody, Standing
from stream.decide.heard import EVERYWHERE
from stream.evaluate.records import Records, tell_file

SCORES_LEAST: Final = 1_000
"""With fewer a segment has no calibration of its own: a hundredth of them is ten."""


class Calibrating:
    """Listens to records and calibrates one detector.

    Args:
        detector: Its name.

    Raises:
        ValueError: If there is no such detector; names the closest.
    """

    def __init__(self, detector: str) -> None:
        self._detector = find(DETECTORS, detector)
        self._suite = suite([detector])
        self._rows: dict[str, dict[str, bytes]] = {}
        self._records = Records()
        self._found: dict[tuple[str, bool], Calibrator] = {
            (EVERYWHERE, aged): Calibrator() for aged in (False, True)
        }
        self.scores: dict[tuple[str, bool], int] = {}

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record."""
        read = self._records.read(record)
        if read is None:
            return
        if read.observation is not None:
            self._observe(read.event.borrower_id, read.observation)
        if self._detector.name == SHORTFALL.name:
            for short in read.shorts:
                self._observe(read.event.borrower_id, short)

    def body(self) -> DetectorBody:
        """Return the promotion of the detector with what was counted."""
        rows = [
            CalibrationRow(
                segment=segment, aged=aged, row=b64encode(calibrator.row).decode("ascii")
            )
            for (segment, aged), calibrator in sorted(self._found.items())
            if segment == EVERYWHERE or self.scores.get((segment, aged), 0) >= SCORES_LEAST
        ]
        return DetectorBody(
            detector=self._detector.name,
            version=self._detector.version,
            standing=Standing.IN_FORCE,
            calibration=tuple(rows),
        )

    def _observe(self, borrower_id: str, x: Observation) -> None:
        rows = self._rows.setdefault(borrower_id, {})
        segment = self._records.segments[borrower_id]
        scoring = self._suite.score_one(rows, x, segment)
        for score in scoring.scores.values():
            if score.ready:
                for each in dict.fromkeys((segment, EVERYWHERE)):
                    self._count(each, score.n >= AGED_FROM, -log(score.p_value))
        self._suite.learn_one(rows, x, scoring)

    def _count(self, segment: str, aged: bool, v: float) -> None:  # noqa: FBT001 - a key
        key = segment, aged
        self._found.setdefault(key, Calibrator()).learn_one(v)
        self.scores[key] = self.scores.get(key, 0) + 1


def calibrate(paths: Iterable[Path], detector: str, *, wall_now_ms: int) -> Calibrating:
    """Return what a detector says of some files of envelopes, in order.

    Raises:
        ValueError: If there is no such detector.
    """
    found = Calibrating(detector)
    for path in paths:
        tell_file(path, lambda value: found.record(journal.decode(value)), wall_now_ms=wall_now_ms)
    return found
