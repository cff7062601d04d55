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

from detectors import DETECTORS, Observation, suite
from detectors.calibration import AGED_FROM, Calibrator
from detectors.suite import find
from schemas import journal
from schemas.control import CalibrationRow, DetectorBody, Standing
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.decide.heard import EVERYWHERE
from stream.decide.observe import observe
from stream.evaluate.fold import lines_of
from stream.evaluate.periods import Periods
from stream.replay.files import FileJournal
from stream.replay.tally import Tally

SCORES_LEAST: Final = 1_000
"""With fewer a segment has no calibration of its own: a hundredth of them is ten."""

_EVENTS: Final = (journal.RepaymentEvent, journal.SettlementEvent, journal.PosClearingEvent)


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
        self._segments: dict[str, str] = {}
        self._periods: dict[str, Periods] = {}
        self._seen: set[tuple[str, str]] = set()
        self._found: dict[tuple[str, bool], Calibrator] = {
            (EVERYWHERE, aged): Calibrator() for aged in (False, True)
        }
        self.scores: dict[tuple[str, bool], int] = {}

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record."""
        if isinstance(record, journal.BorrowerProfileRecord):
            self._segments[record.borrower_id] = next(
                iter(record.data.segment_ids), DEFAULT_SEGMENT
            )
        elif isinstance(record, (journal.LoanContractRecord, journal.RepaymentScheduleRecord)):
            self._periods.setdefault(record.borrower_id, Periods()).refer(record)
        elif isinstance(record, _EVENTS):
            key = record.borrower_id, record.business_key
            if key not in self._seen:
                self._seen.add(key)
                self._event(record)

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

    def _event(self, event: journal.Event) -> None:
        observation = observe(event)
        if observation is not None:
            self._observe(event.borrower_id, observation)
        if isinstance(event, journal.RepaymentEvent):
            periods = self._periods.setdefault(event.borrower_id, Periods())
            for period in periods.event(event):
                short = Observation(
                    "repayment", event.event_at_ms, 0, 0, is_short=period.late_days > 0
                )
                if self._detector.name == "shortfall":
                    self._observe(event.borrower_id, short)

    def _observe(self, borrower_id: str, x: Observation) -> None:
        rows = self._rows.setdefault(borrower_id, {})
        segment = self._segments.get(borrower_id, DEFAULT_SEGMENT)
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
    files = FileJournal(
        lambda _, value: found.record(journal.decode(value)), Tally(), wall_now_ms=wall_now_ms
    )
    for path in paths:
        with path.open("rb") as file:
            for origin, line in lines_of(file, path.name):
                files.line(line, origin)
    return found
