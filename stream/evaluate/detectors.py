"""What the detectors say of every event: a warning tells of a score only where a rule asks.

The shipped suite runs beside the fold over the same events, each business key once, scored
before it is learned, with the borrower's segment: as the step does it.
"""

from typing import Final

from detectors import DETECTORS, suite
from schemas import journal
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.decide.observe import observe
from stream.evaluate.watch import Kind, Voice, Watch

_EVENTS: Final = (journal.RepaymentEvent, journal.SettlementEvent, journal.PosClearingEvent)


class Listener:
    """Runs the detectors over the events of a journal.

    Args:
        watch: Is told of every score that is ready.
        alarm_below: A p-value below this is an alarm.
    """

    def __init__(self, watch: Watch, *, alarm_below: float) -> None:
        self._watch = watch
        self._alarm_below = alarm_below
        self._suite = suite(DETECTORS)
        self._rows: dict[str, dict[str, bytes]] = {}
        self._segments: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record."""
        if isinstance(record, journal.BorrowerProfileRecord):
            self._segments[record.borrower_id] = next(
                iter(record.data.segment_ids), DEFAULT_SEGMENT
            )
        elif isinstance(record, _EVENTS):
            self._event(record)

    def _event(self, event: journal.Event) -> None:
        observation = observe(event)
        key = event.borrower_id, event.business_key
        if observation is None or key in self._seen:
            return
        self._seen.add(key)
        rows = self._rows.setdefault(event.borrower_id, {})
        segment = self._segments.get(event.borrower_id, DEFAULT_SEGMENT)
        scoring = self._suite.score_one(rows, observation, segment)
        for name, score in scoring.scores.items():
            if score.ready:
                self._watch.say(
                    Voice(Kind.DETECTOR, name),
                    event.borrower_id,
                    event.event_at_ms,
                    1 - score.p_value,
                    alarm=score.p_value < self._alarm_below,
                )
        self._suite.learn_one(rows, observation, scoring)
