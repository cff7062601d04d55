"""All that the detectors know of many borrowers, as records come: calibrated, with ticks.

    events  -> suite -> calibration of the segment -> evidence
    looks   -> silence (D1), flow (D3, beside its peers), instalments so far (D5)
            -> calibration -> evidence
            -> novelty (D7) of the evidence -> calibration -> evidence

It does what a step that had all of these in force would do, for an evaluation and for bench.
What is seen of records stands in `stream.evaluate.records`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from math import exp
from statistics import median
from typing import Final

from msgspec.structs import replace

from detectors import CADENCE, DETECTORS, FLOW, SHORTFALL, Observation, Score, suite
from detectors.calibration import Calibration
from detectors.combination import Look
from detectors.evidence import NAME, NOTHING, combined, evidence, instant, remember
from detectors.features import NOTHING as NO_PERIODS
from detectors.features import closed, vector, with_limit
from detectors.novelty import FOREST, Novelty, seen, surprise
from detectors.protocol import STREAMS
from schemas import journal
from schemas.instants import DAY_MS
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.evaluate.records import Read, Records

ALPHAS: Final = (1e-2, 1e-3)
LEARNED_FIRST: Final = 3_000
"""Scores of a voice in a segment before its calibration is judged."""


@dataclass(slots=True)
class Holding:
    """What is kept of one borrower.

    Attributes:
        segment: Its segment.
        rows: Of the detectors, and the evidence.
        history: The row of its latest periods.
        late_ms: From when on it was past due for the first time, as far as is known.
        said: The calibrated p-values since it was looked at.
        events: How many events there were of it.
    """

    segment: str = DEFAULT_SEGMENT
    rows: dict[str, bytes] = field(default_factory=dict)
    history: bytes = NO_PERIODS
    late_ms: int | None = None
    said: list[float] = field(default_factory=list)
    events: int = 0


@dataclass(slots=True)
class Realised:
    """How many scores of a voice there were, and how many below each of `ALPHAS`."""

    scores: int = 0
    below: list[int] = field(default_factory=lambda: [0] * len(ALPHAS))


class Portfolio:
    """The borrowers, and what their segments have learned.

    Attributes:
        holdings: By borrower.
        realised: By voice.
        records: What was read.
    """

    def __init__(self) -> None:
        self.holdings: defaultdict[str, Holding] = defaultdict(Holding)
        self.realised: defaultdict[str, Realised] = defaultdict(Realised)
        self.records = Records()
        self._suite = suite(DETECTORS)
        self._calibration = Calibration()
        self._learned: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._forests: dict[str, Novelty] = {}
        self._peers: dict[tuple[str, str], float] = {}

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record of a borrower; of others nothing."""
        read = self.records.read(record)
        if read is not None:
            self._event(self.holdings[read.event.borrower_id], read)
        elif isinstance(record, journal.BorrowerProfileRecord):
            who = record.borrower_id
            self.holdings[who].segment = self.records.segments[who]

    def meet(self, now_ms: int) -> None:
        """Work out, for all segments, what is usual today: the peers of D3."""
        found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for holding in self.holdings.values():
            row = holding.rows.get(FLOW.name)
            for stream in FLOW.streams if row else ():
                r = FLOW.statistic(row or b"", stream, now_ms)
                if r is not None:
                    found[holding.segment, stream].append(r)
        self._peers = {key: median(of) for key, of in found.items()}

    def look(self, borrower_id: str, now_ms: int) -> tuple[Look, dict[str, float]]:
        """Ask the voices that speak at ticks, and return all evidence of a borrower.

        Args:
            borrower_id: Whose.
            now_ms: When; not before its latest event.
        """
        holding = self.holdings[borrower_id]
        for voice, scores in (
            ("silence", self._silence(holding, now_ms)),
            ("flow", self._flow(holding, now_ms)),
            ("shortfall", _standing(holding)),
        ):
            said = [
                self._calibrated(voice, holding.segment, each.n, each.p_value) for each in scores
            ]
            if said:
                self._remember(holding, now_ms, {voice: instant(said)})
        self._novelty(holding, now_ms)
        row = holding.rows.get(NAME, NOTHING)
        look = Look(combined(row, now_ms), instant(holding.said))
        holding.said = []
        return look, evidence(row, now_ms)

    def vector(self, borrower_id: str, now_ms: int) -> tuple[float, ...]:
        """Return D8's features of a borrower at an instant."""
        holding = self.holdings[borrower_id]
        return vector(holding.history, evidence(holding.rows.get(NAME, NOTHING), now_ms))

    def _event(self, holding: Holding, read: Read) -> None:
        event = read.event
        holding.events += 1
        if read.observation is not None:
            self._observe(holding, read.observation)
        if isinstance(event, journal.RepaymentEvent) and (event.data.dpd_source or 0) > 0:
            _note_late(holding, event.event_at_ms)
        for period, short in zip(read.periods, read.shorts, strict=True):
            row = with_limit(holding.history, self.records.periods[event.borrower_id].limit)
            holding.history = closed(row, period)
            if short.is_short:
                _note_late(holding, event.event_at_ms - round(period.late_days - 1) * DAY_MS)
            self._observe(holding, short, only=SHORTFALL.name)

    def _observe(self, holding: Holding, x: Observation, only: str = "") -> None:
        scoring = self._suite.score_one(holding.rows, x, holding.segment)
        scores = {name: of for name, of in scoring.scores.items() if only in ("", name)}
        said = {
            name: self._calibrated(
                name, holding.segment, score.n, score.p_worse(DETECTORS[name].worse)
            )
            for name, score in scores.items()
            if score.ready
        }
        self._suite.learn_one(holding.rows, x, replace(scoring, scores=scores))
        if said:
            self._remember(holding, x.at_ms, said)

    def _silence(self, holding: Holding, now_ms: int) -> list[Score]:
        row = holding.rows.get(CADENCE.name)
        ticks = (CADENCE.tick(row, stream, now_ms) for stream in STREAMS) if row else ()
        return [score for score in ticks if score is not None and score.ready]

    def _flow(self, holding: Holding, now_ms: int) -> list[Score]:
        row = holding.rows.get(FLOW.name)
        if row is None:
            return []
        ticks = (
            FLOW.tick(row, stream, now_ms, self._peers[holding.segment, stream])
            for stream in sorted(FLOW.streams)
            if (holding.segment, stream) in self._peers
        )
        return [score for score in ticks if score is not None]

    def _novelty(self, holding: Holding, now_ms: int) -> None:
        found = evidence(holding.rows.get(NAME, NOTHING), now_ms)
        x = seen(found)
        forest = self._forests.get(holding.segment)
        if forest is None:
            forest = self._forests[holding.segment] = Novelty(FOREST)
        v = surprise(forest.score_one(x))
        forest.learn_one(x)
        if v > 0:
            p_value = self._calibrated("novelty", holding.segment, 0, exp(-v))
            self._remember(holding, now_ms, {"novelty": p_value})

    def _calibrated(self, voice: str, segment: str, n: int, p_value: float) -> float:
        """Return a p-value as it is to be believed in the segment, and learn it."""
        found = self._calibration.p_value(voice, segment, n, p_value)
        self._calibration.learn_one(voice, segment, n, p_value)
        self._count(voice, segment, found)
        return found

    def _count(self, voice: str, segment: str, p_value: float) -> None:
        self._learned[voice, segment] += 1
        if self._learned[voice, segment] > LEARNED_FIRST:
            realised = self.realised[voice]
            realised.scores += 1
            for place, alpha in enumerate(ALPHAS):
                realised.below[place] += p_value < alpha

    def _remember(self, holding: Holding, at_ms: int, said: dict[str, float]) -> None:
        remember(holding.rows, at_ms, said)
        holding.said += said.values()


def _standing(holding: Holding) -> list[Score]:
    row = holding.rows.get(SHORTFALL.name)
    score = SHORTFALL.standing(row) if row else None
    return [score] if score is not None and score.ready else []


def _note_late(holding: Holding, at_ms: int) -> None:
    if holding.late_ms is None or at_ms < holding.late_ms:
        holding.late_ms = at_ms
