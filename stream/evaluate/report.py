"""Evaluates a rule set on one file and its labels.

Each labelled borrower is scored, whether the file has events of it or not; others are folded and
not scored. Strata are scored apart and all together.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from schemas import journal
from schemas.control import ControlBody
from schemas.instants import DAY_MS
from stream.decide import Output
from stream.evaluate.bootstrap import DRAWS, Estimate, estimates
from stream.evaluate.detectors import Listener
from stream.evaluate.fold import Fold, Now, lines_of
from stream.evaluate.numbers import Borrowers, Said
from stream.evaluate.watch import Heard, Voice, Watch
from stream.evaluate.window import Window
from stream.sources.labels import Label

EVERYBODY: Final = ""
"""The stratum of all strata together."""

ALARM_BELOW: Final = 0.001
"""A detector's p-value below this is an alarm, unless told otherwise: one event in a thousand."""

_EVENTS: Final = frozenset({"repayment", "settlement", "pos_clearing"})


class UnlabelledError(ValueError):
    """No label at all: there is nothing to score."""


class Scored(NamedTuple):
    """One voice in one stratum; `numbers` by the names of `stream.evaluate.numbers.Numbers`."""

    kind: str
    name: str
    stratum: str
    numbers: dict[str, Estimate]


class Counted(NamedTuple):
    """Who was scored in a stratum."""

    stratum: str
    bad: int
    good: int
    good_months: float


class Evaluation(NamedTuple):
    """What an evaluation found."""

    counted: list[Counted]
    scored: list[Scored]
    events: int


class Evaluator:
    """Folds a file and listens.

    Args:
        labels: What became of whom.
        warm_up_days: So many days after its first event nothing said of a borrower counts.
        alarm_below: A detector's p-value below this is an alarm.

    Raises:
        UnlabelledError: If there is no label.
    """

    def __init__(
        self, labels: Iterable[Label], *, warm_up_days: int = 0, alarm_below: float = ALARM_BELOW
    ) -> None:
        self._labels = list(labels)
        if not self._labels:
            raise UnlabelledError("expected at least one label, found none")
        self._windows = {
            label.borrower_id: Window(warm_up_days=warm_up_days, until_ms=label.until_ms)
            for label in self._labels
        }
        self._watch = Watch(self._windows)
        self._listener = Listener(self._watch, alarm_below=alarm_below)
        self._now = Now()
        self._end_ms = 0
        self._events = 0

    def record(self, value: bytes, outputs: list[Output]) -> None:
        """Take one journal record and what came out of it."""
        head = Now.head(value)
        now_ms = self._now.at(head)
        self._end_ms = max(self._end_ms, now_ms, head.event_at_ms)
        if head.kind in _EVENTS:
            self._events += 1
            window = self._windows.get(head.borrower_id)
            if window is not None:
                window.event(head.event_at_ms)
                self._listener.record(journal.decode(value))
        elif head.kind == "borrower_profile":
            self._listener.record(journal.decode(value))
        self._watch.outputs(outputs, now_ms)

    def evaluation(self, *, seed: int, draws: int = DRAWS) -> Evaluation:
        """Return the scores of everybody and, if there are any, of each stratum."""
        strata = sorted({label.stratum for label in self._labels} - {EVERYBODY})
        counted, scored = [], []
        for stratum in (EVERYBODY, *strata):
            labels = [each for each in self._labels if stratum in (EVERYBODY, each.stratum)]
            borrowers = self._borrowers(labels)
            counted.append(_count(stratum, borrowers))
            said = {voice: self._said(voice, labels) for voice in sorted(self._watch.heard)}
            found = estimates(borrowers, said, seed=seed, draws=draws)
            scored += [
                Scored(voice.kind.value, voice.name, stratum, numbers)
                for voice, numbers in found.items()
            ]
        return Evaluation(counted, scored, self._events)

    def _borrowers(self, labels: list[Label]) -> Borrowers:
        return Borrowers(
            bad=np.array([label.label == 1 for label in labels]),
            months=np.array(
                [self._windows[label.borrower_id].months(self._end_ms) for label in labels]
            ),
        )

    def _said(self, voice: Voice, labels: list[Label]) -> Said:
        by_borrower = self._watch.heard[voice]
        nothing = Heard()
        heard = [by_borrower.get(label.borrower_id, nothing) for label in labels]
        return Said(
            alarms=np.array([float(each.alarms) for each in heard]),
            score=np.array([each.score for each in heard]),
            lead_days=np.array(
                [lead_days(label, each) for label, each in zip(labels, heard, strict=True)]
            ),
        )


def evaluate(
    path: Path,
    evaluator: Evaluator,
    files: Mapping[str, str],
    *,
    wall_now_ms: int,
    controls: Sequence[ControlBody] = (),
) -> None:
    """Fold the file at `path` with the rule files, with `evaluator` listening."""
    fold = Fold(files, wall_now_ms=wall_now_ms, controls=controls, on_record=evaluator.record)
    with path.open("rb") as file:
        fold.lines(lines_of(file, path.name))


def _count(stratum: str, borrowers: Borrowers) -> Counted:
    bad = int(borrowers.bad.sum())
    return Counted(stratum, bad, len(borrowers.bad) - bad, float(borrowers.months @ ~borrowers.bad))


def lead_days(label: Label, heard: Heard) -> float:
    """Return the days from a voice's first alarm to the outcome; not a number if there are none."""
    if heard.first_ms is None:
        return float("nan")
    if label.lead_days is not None:
        return float(label.lead_days)
    if label.outcome_ms is None:
        return float("nan")
    return (label.outcome_ms - heard.first_ms) / DAY_MS
