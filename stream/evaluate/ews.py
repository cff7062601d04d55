"""D8 on labelled borrowers: each is judged once, from what was known, by what had matured before.

    records -> suite, evidence, periods -> [frozen at `until`] -> judged, in order -> learned

A borrower is judged at its label's `until`, from records before that; those of one instant in the
order of the labels' file. Its outcome is learned when it is final (`matures_after_days` after
`outcome_at`), good or bad alike. So nobody is judged by a label that nobody had. Where all are
judged in one month no label has matured; there each may teach about the borrowers after it, never
about itself, and the report says so.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from detectors import DETECTORS, Observation, suite
from detectors.evidence import NAME, NOTHING, evidence
from detectors.ews import Cohorts, Ews, Judged
from detectors.features import NOTHING as NO_PERIODS
from detectors.features import closed, vector, with_limit
from schemas import journal
from schemas.instants import DAY_MS
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.decide.observe import observe
from stream.evaluate.numbers import Bools, Borrowers, Floats, Said, Scorer
from stream.evaluate.periods import Periods
from stream.sources.labels import Label

_EVENTS: Final = (journal.RepaymentEvent, journal.SettlementEvent, journal.PosClearingEvent)
_LOANS: Final = (journal.LoanContractRecord, journal.RepaymentScheduleRecord)


class Frozen(NamedTuple):
    """One borrower as it was when it was judged."""

    label: Label
    x: tuple[float, ...]


class Freezer:
    """Reads records and freezes what was known of each labelled borrower at its `until`.

    Args:
        labels: Who is judged, and when; without `until` at the end.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._suite = suite(DETECTORS)
        self._labels = {label.borrower_id: label for label in labels}
        self._rows: dict[str, dict[str, bytes]] = {}
        self._periods: dict[str, Periods] = {}
        self._history: dict[str, bytes] = {}
        self._seen: set[tuple[str, str]] = set()

    def record(self, record: journal.JournalRecord) -> None:
        """Take one journal record; what came after its borrower was judged is not looked at."""
        if isinstance(record, _LOANS) and self._is_open(record.borrower_id, record.effective_at_ms):
            self._periods_of(record.borrower_id).refer(record)
        elif isinstance(record, _EVENTS) and self._is_open(record.borrower_id, record.event_at_ms):
            key = record.borrower_id, record.business_key
            if key not in self._seen:
                self._seen.add(key)
                self._event(record)

    def frozen(self) -> list[Frozen]:
        """Return the borrowers in the order in which they are judged."""
        found = [Frozen(label, self._vector(label)) for label in self._labels.values()]
        return sorted(found, key=lambda each: _until_ms(each.label))

    def _is_open(self, borrower_id: str, at_ms: int) -> bool:
        label = self._labels.get(borrower_id)
        return label is not None and at_ms < _until_ms(label)

    def _periods_of(self, borrower_id: str) -> Periods:
        return self._periods.setdefault(borrower_id, Periods())

    def _event(self, event: journal.Event) -> None:
        observation = observe(event)
        if observation is not None:
            self._observe(event.borrower_id, observation)
        if not isinstance(event, journal.RepaymentEvent):
            return
        periods = self._periods_of(event.borrower_id)
        for period in periods.event(event):
            row = self._history.get(event.borrower_id, NO_PERIODS)
            self._history[event.borrower_id] = closed(with_limit(row, periods.limit), period)
            is_short = period.late_days > 0
            short = Observation("repayment", event.event_at_ms, 0, 0, is_short=is_short)
            self._observe(event.borrower_id, short, only="shortfall")

    def _observe(self, borrower_id: str, x: Observation, only: str = "") -> None:
        rows = self._rows.setdefault(borrower_id, {})
        scoring = self._suite.score_one(rows, x, DEFAULT_SEGMENT)
        if only:
            scores = {name: score for name, score in scoring.scores.items() if name == only}
            scoring = scoring._replace(scores=scores)
        self._suite.learn_one(rows, x, scoring)
        self._suite.remember(rows, x, scoring)

    def _vector(self, label: Label) -> tuple[float, ...]:
        rows = self._rows.get(label.borrower_id, {})
        until_ms = min(_until_ms(label), _FOREVER_MS)
        said = evidence(rows.get(NAME, NOTHING), until_ms)
        return vector(self._history.get(label.borrower_id, NO_PERIODS), said)


_FOREVER_MS: Final = 2**52


def _until_ms(label: Label) -> int:
    return _FOREVER_MS if label.until_ms is None else label.until_ms


WINDOW: Final = 3_000
"""The threshold follows the scores of the latest good ones whose outcome has matured."""

LEAST: Final = 100
"""With fewer of them there is no threshold, and no alarm."""

MOVED_EVERY: Final = 50
"""After so many borrowers the threshold is looked at anew."""


class Scores(NamedTuple):
    """What D8 said of each borrower, in the order in which they were judged.

    Attributes:
        is_bad: What became of them.
        score: The chance of a default.
        is_alarm: Whether that was above the threshold of its time.
    """

    is_bad: Bools
    score: Floats
    is_alarm: Bools


def judge(
    frozen: Iterable[Frozen], *, matures_after_days: int | None, false_share: float
) -> Scores:
    """Judge each borrower by what had matured before, and learn it when it matures.

    Args:
        frozen: In the order in which they are judged.
        matures_after_days: So many days after its outcome's instant an outcome is final; `None`: it
            teaches about others as soon as the borrower was judged.
        false_share: The share of good ones that the threshold is to let through, in (0, 1).
    """
    ews, cohorts, good = Ews(), Cohorts(), deque[float](maxlen=WINDOW)
    said: list[tuple[bool, float, bool]] = []
    threshold = 1.0
    for label, x in frozen:
        now_ms, is_bad = _until_ms(label), label.label == 1
        for judged in cohorts.matured(now_ms):
            ews.learn_one(judged.x, is_bad=judged.is_bad)
            if not judged.is_bad:
                good.append(judged.score)
        if len(said) % MOVED_EVERY == 0 and len(good) >= LEAST:
            threshold = float(np.quantile(good, 1 - false_share))
        score = ews.predict_one(x)
        said.append((is_bad, score, score > threshold))
        cohorts.freeze(Judged(x, score, is_bad, _matures_ms(label, matures_after_days)))
    is_bads, scores, alarms = zip(*said, strict=True)
    return Scores(np.array(is_bads), np.array(scores), np.array(alarms))


def _matures_ms(label: Label, after_days: int | None) -> int:
    now_ms = _until_ms(label)
    if after_days is None or label.outcome_ms is None:
        return now_ms
    return max(now_ms, label.outcome_ms + after_days * DAY_MS)


class Result(NamedTuple):
    """How good the scores of some borrowers are.

    Attributes:
        auc: The chance that a bad one scores higher than a good one.
        recall_at: The recall where the asked share of these good ones is above; between two scores
            in proportion, so that ties say nothing.
        recall: That of the alarms, whose threshold knew the past alone.
        false_share: The share of good ones among whom there was an alarm.
    """

    auc: float
    recall_at: float
    recall: float
    false_share: float


def result(scores: Scores, weights: Floats, *, false_share: float) -> Result:
    """Return the numbers of weighted borrowers."""
    count = len(scores.score)
    borrowers = Borrowers(scores.is_bad, np.ones(count))
    alarms = Said(scores.is_alarm.astype(np.float64), scores.score, np.full(count, np.nan))
    numbers = Scorer(borrowers, alarms).numbers(weights)
    good, bad = weights * ~scores.is_bad, weights * scores.is_bad
    _, ranks = np.unique(-scores.score, return_inverse=True)
    good_above, bad_above = (np.cumsum(np.bincount(ranks, of)) / of.sum() for of in (good, bad))
    recall_at = np.interp(false_share, [0.0, *good_above], [0.0, *bad_above])
    return Result(numbers.auc, float(recall_at), numbers.recall, numbers.false_share)
