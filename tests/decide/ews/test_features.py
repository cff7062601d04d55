"""D8 sees the same periods in the step and in an evaluation, and where it does not."""

import io
from collections import defaultdict
from datetime import date

import pytest

import rules
from detectors.evidence import NOTHING, evidence
from detectors.ews import Ews
from detectors.features import NAMES, Period, of_periods, vector
from detectors.judgement import heard
from schemas import journal
from schemas.crossing import EWS_KEY_LENGTH
from schemas.dead_letter import Origin
from stream.decide.ews.features import features_of, period_of
from stream.decide.outbox import Outbox
from stream.decide.turn import Turn
from stream.evaluate.fold import Fold
from stream.evaluate.periods import Periods
from stream.sources.records import write
from stream.sources.simulator.book import Book
from tests.decide.ews.world import Lender, examples, folded

WALL_MS = 1_900_000_000_000


class Both:
    """A simulated history, folded; beside it an evaluation makes its periods of the records."""

    def __init__(self, borrowers=8, days=120):
        self.periods, self.known = defaultdict(Periods), defaultdict(list)
        self.outputs = []
        book = Book(seed=7, borrowers=borrowers, days=days, start=date(2026, 1, 5))
        file = io.BytesIO()
        said = book.records(heard_every=6)
        write((each for each in said if "pos_clearing" not in each.type), file)
        self.fold = Fold(rules.pack("postloan"), wall_now_ms=WALL_MS, on_record=self.record)
        lines = enumerate(file.getvalue().splitlines())
        self.fold.lines((Origin(topic="s", partition=0, offset=n), line) for n, line in lines)
        self.book = self.fold._book

    def record(self, value, outputs):
        record = journal.decode(value)
        self.outputs += outputs
        match record:
            case journal.LoanContractRecord() | journal.RepaymentScheduleRecord():
                self.periods[record.borrower_id].refer(record)
            case journal.RepaymentEvent():
                of = self.periods[record.borrower_id].event(record)
                self.known[record.borrower_id] += of

    def times(self):
        at = self.book._broadcast
        return Turn(at, at.position.now_ms, Outbox(at.phase)).times

    def instalments(self, borrower_id):
        return self.book._shelf.take(borrower_id).ledger.instalments(self.times())


@pytest.fixture(scope="module")
def both():
    return Both()


def test_periods_of_the_ledger_are_those_of_an_evaluation(both):
    known = {name: of for name, of in both.known.items() if of}
    found = {
        name: [period_of(each) for each in both.instalments(name) if each.is_settled]
        for name in known
    }

    assert sum(len(of) for of in known.values()) > 20
    assert found == known


def test_the_limit_is_that_of_an_evaluation(both):
    for name, periods in both.periods.items():
        minor, _ = both.book._shelf.take(name).ledger.latest_principal()
        assert minor / 100 == periods.limit


def test_beside_them_what_is_past_due_is_a_period(both):
    late = [each for name in both.periods for each in both.instalments(name) if not each.is_settled]

    assert all(each.until > each.due for each in late)
    assert all(each.paid < each.amount for each in late)


def test_an_instalment_that_is_half_paid_is_as_late_as_today():
    lender = Lender().loan("brw_1", count=3).paid("brw_1", 30).paid("brw_1", 65, amount=4_000)
    cluster = folded(lender.days(71).written())
    (book,) = cluster.books
    at = book._broadcast
    borrower = cluster.borrower("brw_1")
    times = Turn(at, at.position.now_ms, Outbox(at.phase)).times
    first, second = (period_of(each) for each in borrower.ledger.instalments(times))

    assert first == Period(0, 100.0, 100.0, 100.0)
    assert second == Period(second.late_days, 40.0, 100.0, 100.0)
    assert second.late_days in (9, 10)  # as far as the feed has come
    seen = dict(zip(NAMES, features_of(borrower, times), strict=True))
    assert (seen["is_late0"], seen["unpaid0"], seen["is_late1"]) == (1.0, 0.0, 0.0)
    assert seen["share0"] == pytest.approx(0.4)


def test_what_a_new_schedule_took_over_is_no_period():
    """The second instalment is not paid; on day 75 the next ones take it over."""
    lender = Lender().loan("brw_1").paid("brw_1", 30)
    lender.schedule(
        "brw_1", 75, range(3, 13), first=0, version=2, reason="FORBEARANCE", arrears="CAPITALISED"
    )
    cluster = folded(lender.days(80).written())
    at = cluster.books[0]._broadcast
    times = Turn(at, at.position.now_ms, Outbox(at.phase)).times
    found = cluster.borrower("brw_1").ledger.instalments(times)

    assert [(each.no, each.next_amount) for each in found] == [(1, 10_000)]


def test_the_vector_is_that_of_the_one_module_in_singles(both):
    name = next(iter(both.periods))
    borrower, times = both.book._shelf.take(name), both.times()
    periods = [period_of(each) for each in borrower.ledger.instalments(times)]
    row = of_periods(both.periods[name].limit, periods)
    expected = vector(row, evidence(borrower.models.get("evidence", NOTHING), times.now_ms))

    assert features_of(borrower, times) == pytest.approx(expected, rel=1e-6)


def test_on_a_simulated_book_the_row_is_that_of_a_straight_loop(both):
    model, straight = both.book._broadcast.ews, Ews()
    learned = examples(both)
    for _, text in learned:
        example = heard(text[EWS_KEY_LENGTH:])
        straight.learn_one(example.x, is_bad=example.is_bad)

    assert len(learned) > 5
    assert model.challenger.row == straight.row
    assert model.simulated == len(learned), "of simulated borrowers, and it says so"
