"""The voices of the suite over labelled borrowers: looked at weekly, alarms held to a budget.

A borrower is looked at once a week while its time counts, and once more at its `until`; where the
label says its own lead, the set judges once, and that last look alone counts. Of each voice the
evidence, and of the suite (M) its lanes, become v = -ln p among the looks of the segment; a control
of its own holds each to two alerts per 100 borrowers a month. So a threshold rests on the past
alone, and is the same for every set. Who was told of is muted for thirty days.

What D8 is to see is frozen at `until`, and at every fourth look before it.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from detectors.combination import ALERTS_A_MONTH, MUTED_DAYS, PARTS, Look, Meter
from detectors.control import Strain, share_of
from detectors.evidence import VOICES
from schemas import journal
from schemas.instants import DAY_MS
from stream.evaluate.portfolio import Portfolio
from stream.evaluate.watch import Kind, Voice, Watch
from stream.evaluate.window import DAYS_A_MONTH
from stream.sources.labels import Label

LOOK_DAYS: Final = 7
FROZEN_EVERY: Final = 4
SUITE: Final = Voice(Kind.EVIDENCE, "suite")
_LOOKS_A_MONTH: Final = DAYS_A_MONTH / LOOK_DAYS
_MARKED: Final = (
    journal.RepaymentEvent,
    journal.SettlementEvent,
    journal.PosClearingEvent,
    journal.LoanContractRecord,
    journal.RepaymentScheduleRecord,
)


class Frozen(NamedTuple):
    """One borrower as it was when it was judged.

    Attributes:
        label: Its label.
        x: D8's features at `until`.
        earlier: The same at looks before, each with its instant.
        late_ms: When it was past due first, before `until`, if it was.
    """

    label: Label
    x: tuple[float, ...]
    earlier: tuple[tuple[int, Sequence[float]], ...] = ()
    late_ms: int | None = None


class Panel:
    """Listens to records; tells a watch what the voices said.

    Args:
        labels: Who is looked at, and until when.
        watch: Is told of every look.
    """

    def __init__(self, labels: Iterable[Label], watch: Watch) -> None:
        self._watch = watch
        self._labels = {label.borrower_id: label for label in labels}
        self._open = dict.fromkeys(self._labels, True)
        self._ends = sorted(
            ((each.until_ms, each.borrower_id) for each in self._labels.values() if each.until_ms),
            reverse=True,
        )
        self.portfolio = Portfolio()
        self.strained: defaultdict[str, int] = defaultdict(int)
        self._met: set[str] = set()
        self._meters: dict[tuple[str, str], Meter] = {}
        self._muted_ms: dict[tuple[str, str], int] = {}
        self._next_ms = self._looks = 0
        self._frozen: dict[str, Frozen] = {}
        self._earlier: defaultdict[str, list[tuple[int, Sequence[float]]]] = defaultdict(list)

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record, in the order of the file."""
        if isinstance(record, journal.Tick):
            self._tick(record.input_at_ms or 0)
        elif isinstance(record, journal.BorrowerProfileRecord):
            self.portfolio.record(record)
        elif isinstance(record, _MARKED) and self._open.get(record.borrower_id):
            at_ms = getattr(record, "event_at_ms", 0) or getattr(record, "effective_at_ms", 0)
            until_ms = self._labels[record.borrower_id].until_ms
            if until_ms is None or at_ms < until_ms:
                self._met.add(record.borrower_id)
                self.portfolio.record(record)

    def frozen(self, end_ms: int) -> list[Frozen]:
        """Judge whoever has not been, and return all in the order in which they were judged."""
        for borrower_id, is_open in self._open.items():
            if is_open:
                self._judge(borrower_id, end_ms)
        order = {borrower_id: number for number, borrower_id in enumerate(self._labels)}
        return sorted(
            self._frozen.values(),
            key=lambda each: (each.label.until_ms or end_ms, order[each.label.borrower_id]),
        )

    def _tick(self, now_ms: int) -> None:
        while self._ends and self._ends[-1][0] <= now_ms:
            until_ms, borrower_id = self._ends.pop()
            self._judge(borrower_id, until_ms)
        if not self._met or now_ms < self._next_ms:
            return
        self._next_ms = now_ms + LOOK_DAYS * DAY_MS
        self._looks += 1
        self.portfolio.meet(now_ms)
        for borrower_id in self._labels:
            if self._open[borrower_id] and borrower_id in self._met:
                self._look(borrower_id, now_ms)

    def _judge(self, borrower_id: str, at_ms: int) -> None:
        """Look for the last time, just before `until`, and freeze."""
        label = self._labels[borrower_id]
        if borrower_id in self._met:
            self._look(borrower_id, at_ms - 1, is_last=True)
        self._open[borrower_id] = False
        self._frozen[borrower_id] = Frozen(
            label,
            self.portfolio.vector(borrower_id, at_ms),
            tuple(self._earlier.pop(borrower_id, ())),
            self.portfolio.holdings[borrower_id].late_ms,
        )

    def _look(self, borrower_id: str, now_ms: int, *, is_last: bool = False) -> None:
        is_judged_once = self._labels[borrower_id].lead_days is not None
        look, found = self.portfolio.look(borrower_id, now_ms)
        if is_judged_once and not is_last:
            return
        if self._looks % FROZEN_EVERY == 0 and not is_last:
            x = array("f", self.portfolio.vector(borrower_id, now_ms))
            self._earlier[borrower_id].append((now_ms, x))
        for voice in VOICES:
            raw = max(0.0, found[voice] - 1.0)
            v, is_alert = self._ask(voice, borrower_id, raw, now_ms, 1.0)
            self._say(Voice(Kind.EVIDENCE, voice), borrower_id, now_ms, v, alarm=is_alert)
        self._suite(borrower_id, look, now_ms)

    def _suite(self, borrower_id: str, look: Look, now_ms: int) -> None:
        said = [
            self._ask(f"suite.{lane}", borrower_id, look.raw(lane), now_ms, part)
            for lane, part in PARTS.items()
        ]
        is_alert = any(alert for _, alert in said)
        self._say(SUITE, borrower_id, now_ms, said[0][0], alarm=is_alert)

    def _say(self, voice: Voice, borrower_id: str, now_ms: int, v: float, *, alarm: bool) -> None:
        self._watch.say(voice, borrower_id, now_ms, v, alarm=alarm)

    def _ask(
        self, name: str, borrower_id: str, raw: float, now_ms: int, part: float
    ) -> tuple[float, bool]:
        """Return how rare a number is in the segment, and whether it is told; then learn it."""
        key = name, self.portfolio.holdings[borrower_id].segment
        meter = self._meters.get(key)
        if meter is None:
            share = share_of(
                alerts_a_month=part * ALERTS_A_MONTH, borrowers=100, looks_a_month=_LOOKS_A_MONTH
            )
            meter = self._meters[key] = Meter(share)
        is_muted = now_ms < self._muted_ms.get((name, borrower_id), 0)
        v = meter.v(raw)
        is_alert = not is_muted and meter.control.is_alert(v)
        if is_alert:
            self._muted_ms[name, borrower_id] = now_ms + MUTED_DAYS * DAY_MS
        was = meter.control.strain
        meter.learn_one(raw, is_muted=is_muted)
        if meter.control.strain is Strain.STRESS and was is not Strain.STRESS:
            self.strained[name] += 1
        return v, is_alert
