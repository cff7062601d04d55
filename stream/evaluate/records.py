"""What detectors see of a file's records: each business key once, and a borrower's periods.

An evaluation has no ledger, so instalments that came late are made of the periods that D8 is made
of, and D5 alone hears of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from detectors import Observation
from detectors.features import Period
from schemas import journal
from schemas.dead_letter import Origin
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.decide.observe import observe
from stream.evaluate.fold import lines_of
from stream.evaluate.periods import Periods
from stream.replay.files import FileJournal
from stream.replay.tally import Tally

_EVENTS: Final = (journal.RepaymentEvent, journal.SettlementEvent, journal.PosClearingEvent)


class Read(NamedTuple):
    """One event, as it is seen.

    Attributes:
        event: It.
        observation: What all detectors see of it; `None` if it is none.
        periods: Of the loan, that it ends.
    """

    event: journal.Event
    observation: Observation | None
    periods: tuple[Period, ...]

    @property
    def shorts(self) -> list[Observation]:
        """What D5 sees of each period."""
        return [
            Observation("repayment", self.event.event_at_ms, 0, 0, is_short=each.late_days > 0)
            for each in self.periods
        ]


class Records:
    """The records of many borrowers, as they come.

    Attributes:
        segments: By borrower; `default` of whom none is named.
        periods: By borrower.
    """

    def __init__(self) -> None:
        self.segments: defaultdict[str, str] = defaultdict(lambda: DEFAULT_SEGMENT)
        self.periods: defaultdict[str, Periods] = defaultdict(Periods)
        self._seen: set[tuple[str, str]] = set()

    def read(self, record: journal.JournalRecord) -> Read | None:
        """Take one journal record; return it if it is an event whose business key is new."""
        if isinstance(record, journal.BorrowerProfileRecord):
            segment = next(iter(record.data.segment_ids), DEFAULT_SEGMENT)
            self.segments[record.borrower_id] = segment
        elif isinstance(record, (journal.LoanContractRecord, journal.RepaymentScheduleRecord)):
            self.periods[record.borrower_id].refer(record)
        elif isinstance(record, _EVENTS):
            key = record.borrower_id, record.business_key
            if key not in self._seen:
                self._seen.add(key)
                return Read(record, observe(record), self._ended(record))
        return None

    def _ended(self, event: journal.Event) -> tuple[Period, ...]:
        if not isinstance(event, journal.RepaymentEvent):
            return ()
        return tuple(self.periods[event.borrower_id].event(event))


def tell_lines(
    lines: Iterable[tuple[Origin, bytes]], take: Callable[[bytes], None], *, wall_now_ms: int
) -> None:
    """Give `take` the journal record of each line that becomes one, in order.

    Args:
        lines: Envelopes, with where they stand.
        take: Takes the value of a journal record.
        wall_now_ms: The wall clock, against which times in the future are judged.
    """
    files = FileJournal(lambda _, value: take(value), Tally(), wall_now_ms=wall_now_ms)
    for origin, line in lines:
        files.line(line, origin)


def tell_file(path: Path, take: Callable[[bytes], None], *, wall_now_ms: int) -> None:
    """Give `take` the journal records of a file of envelopes; see `tell_lines`."""
    with path.open("rb") as file:
        tell_lines(lines_of(file, path.name), take, wall_now_ms=wall_now_ms)
