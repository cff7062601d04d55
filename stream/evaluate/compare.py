"""Detectors beside each other on one file and its labels: what a promotion is decided by.

All run in shadow, as in the step, over the same events and looks (`panel`); each is marked as if it
alone were heard, with the alerts that a desk can take.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from schemas import journal
from stream.decide import Output
from stream.evaluate.bootstrap import Estimate
from stream.evaluate.marks import Marker, estimated
from stream.evaluate.numbers import Bools, Borrowers, Said
from stream.evaluate.panel import Frozen, Panel
from stream.evaluate.records import tell_file
from stream.evaluate.report import lead_days
from stream.evaluate.watch import Heard, Kind, Watch
from stream.evaluate.window import Window
from stream.sources.labels import Label


class Listening:
    """Listens to the records of a file, with a panel and, if there are outputs, to them.

    Args:
        labels: What became of whom.
        warm_up_days: So many days after its first event nothing counts of a borrower.
    """

    def __init__(self, labels: Sequence[Label], *, warm_up_days: int = 0) -> None:
        self.windows = {
            label.borrower_id: Window(warm_up_days=warm_up_days, until_ms=label.until_ms)
            for label in labels
        }
        self.watch = Watch(self.windows)
        self.panel = Panel(labels, self.watch)
        self.end_ms = self.records = 0

    def take(self, value: bytes, outputs: Iterable[Output] = ()) -> None:
        """Take one journal record and what came out of it."""
        record = journal.decode(value)
        at_ms = getattr(record, "event_at_ms", 0)
        if isinstance(record, journal.Tick):
            at_ms = record.input_at_ms or 0
        elif at_ms and (window := self.windows.get(getattr(record, "borrower_id", ""))):
            window.event(at_ms)
        self.end_ms = max(self.end_ms, at_ms)
        self.panel.record(record)
        self.watch.outputs(list(outputs), self.end_ms)
        self.records += 1

    def borrowers(self, frozen: Sequence[Frozen]) -> Borrowers:
        """Return who is bad, and for how many months each was watched."""
        return Borrowers(
            bad=np.array([each.label.label == 1 for each in frozen]),
            months=np.array(
                [self.windows[each.label.borrower_id].months(self.end_ms) for each in frozen]
            ),
        )


def said_of(frozen: Sequence[Frozen], heard: Sequence[Heard]) -> tuple[Said, Bools]:
    """Return what a voice said of some borrowers, and of whom before they were past due."""
    rows = list(zip(frozen, heard, strict=True))
    said = Said(
        alarms=np.array([float(of.alarms) for of in heard]),
        score=np.array([float(of.score) for of in heard]),
        lead_days=np.array([lead_days(each.label, of) for each, of in rows]),
    )
    early = [
        of.first_ms is not None and (each.late_ms is None or of.first_ms < each.late_ms)
        for each, of in rows
    ]
    return said, np.array(early)


def compare(
    path: Path,
    labels: Sequence[Label],
    *,
    wall_now_ms: int,
    false_share: float,
    warm_up_days: int = 0,
    seed: int = 7,
    draws: int = 1_000,
) -> dict[str, dict[str, Estimate]]:
    """Return, for each voice that said anything, and the suite, its marks with intervals.

    Args:
        path: A file of envelopes.
        labels: What became of whom.
        wall_now_ms: The wall clock, against which times in the future are judged.
        false_share: The share of the good at which recalls are compared.
        warm_up_days: As of `Listening`.
        seed: Of the bootstrap.
        draws: Of the bootstrap.
    """
    listening = Listening(labels, warm_up_days=warm_up_days)
    tell_file(path, listening.take, wall_now_ms=wall_now_ms)
    frozen = listening.panel.frozen(listening.end_ms)
    borrowers, nothing = listening.borrowers(frozen), Heard()
    markers = {}
    for voice, by_borrower in sorted(listening.watch.heard.items()):
        heard = [by_borrower.get(each.label.borrower_id, nothing) for each in frozen]
        if voice.kind is Kind.EVIDENCE and any(of.score for of in heard):
            said, early = said_of(frozen, heard)
            markers[voice.name] = Marker(borrowers, said, early, false_share=false_share)
    return estimated(markers, len(frozen), seed=seed, draws=draws)
