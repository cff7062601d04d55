"""The step's evidence beside that of an evaluation, which learns each score at once: simulated."""

import io
import statistics
from datetime import date

import pytest

import rules
from detectors.evidence import NAME, VOICES, evidence
from schemas import journal
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS
from stream.evaluate.fold import Fold
from stream.evaluate.portfolio import Portfolio
from stream.sources.records import write
from stream.sources.simulator.book import Book

BORROWERS, DAYS = 12, 45


class Beside:
    """Folds a simulated file, and gives a portfolio the same records and a look a day."""

    def __init__(self):
        self.portfolio, self._now_ms = Portfolio(), 0
        self.fold = Fold(rules.pack("postloan"), wall_now_ms=1_900_000_000_000, on_record=self._on)
        book = Book(seed=7, borrowers=BORROWERS, days=DAYS, start=date(2026, 1, 5))
        file = io.BytesIO()
        write(book.records(positions=True), file)
        lines = enumerate(file.getvalue().splitlines())
        self.fold.lines((Origin(topic="s", partition=0, offset=n), line) for n, line in lines)

    def _on(self, value, _):
        record = journal.decode(value)
        if isinstance(record, journal.Tick):
            self._tick(record.input_at_ms or 0)
        elif hasattr(record, "borrower_id"):
            self.portfolio.record(record)

    def _tick(self, now_ms):
        if now_ms // DAY_MS == self._now_ms // DAY_MS:
            return
        self._now_ms = now_ms
        self.portfolio.meet(now_ms)
        for borrower_id, holding in sorted(self.portfolio.holdings.items()):
            if holding.rows:
                self.portfolio.look(borrower_id, now_ms)

    def evidence(self):
        """By voice, the evidence of each borrower in the step and in the portfolio, at the end."""
        now_ms, held = self._now_ms, self.fold._book._shelf._held
        found = {voice: [] for voice in VOICES}
        for borrower_id, borrower in sorted(held.items()):
            step = evidence(borrower.models[NAME], now_ms)
            beside = evidence(self.portfolio.holdings[borrower_id].rows[NAME], now_ms)
            for voice in VOICES:
                found[voice].append((step[voice], beside[voice]))
        return found


@pytest.fixture(scope="module")
def found():
    return Beside().evidence()


@pytest.mark.parametrize("voice", ["amount", "cadence", "cusum", "mix"])
def test_what_is_said_at_events_is_the_same_but_for_a_days_delay(voice, found):
    step, beside = zip(*found[voice], strict=True)

    assert statistics.correlation(step, beside) > 0.7
    assert max(abs(a - b) for a, b in found[voice]) < 0.2
    assert statistics.median(abs(a - b) for a, b in found[voice]) < 0.05


def test_flow_orders_borrowers_alike(found):
    """Peers are those of the day before, and looks are at other hours of the day."""
    assert len(found["flow"]) == BORROWERS
    assert statistics.correlation(*zip(*found["flow"], strict=True)) > 0.7


def test_silence_is_as_of_when_the_feed_was_read(found):
    """An evaluation takes all feeds for read to this instant: it hears nights as silences."""
    assert statistics.mean(a for a, _ in found["silence"]) == pytest.approx(1.0, abs=0.5)
    assert max(a for a, _ in found["silence"]) < max(b for _, b in found["silence"])
