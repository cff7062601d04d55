"""The ledger against the simulator's own, which shares no code with it, day by day.

The book's records go through the same intake as everywhere, and into one ledger a borrower.
"""

from collections import Counter
from datetime import date

import pytest

from schemas import journal
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS
from stream.ledger import Ledger, Passed, Times
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.sources.records import line
from stream.sources.simulator.book import Book
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import SOURCE, midnight_ms

WALL_MS = 1_900_000_000_000
DAYS = 60
STORIES = ("returned_payment", "bank_outage", "nsf_before_settlement", "other_currencies")


class House:
    """A ledger for each borrower, fed line by line; what differs from the truth is kept."""

    def __init__(self):
        self.tally = Tally()
        self.ledgers, self.now_ms, self.truth, self.days = {}, 0, {}, set()
        self.differ, self.same, self.overdue, self.ties = [], 0, 0, Counter()
        self.journal = FileJournal(self.take, self.tally, wall_now_ms=WALL_MS)

    def take(self, _key, value):
        record = journal.decode(value)
        ledger = self.ledgers.setdefault(getattr(record, "borrower_id", ""), Ledger())
        ledger.apply(record, self.times)

    @property
    def times(self):
        return Times(self.now_ms, {SOURCE: Passed(at_ms=self.now_ms)})

    def told(self, _sales, loan):
        self.truth[loan.loan_id] = loan

    def end(self, day):
        """Compare every loan at the end of a day, as it was known then."""
        self.now_ms = midnight_ms(day) + DAY_MS - 1
        for ledger in self.ledgers.values():
            ledger.roll(self.times)
            for loan_id in ledger.loans:
                view, row = ledger.view(loan_id, self.times), self.truth[loan_id]
                ours = view.owed, view.paid, view.overdue, view.raw_dpd
                theirs = row.owed_minor, row.paid_minor, row.overdue_minor, row.dpd
                self.overdue += row.dpd > 0
                if ours == theirs and row.day == day:
                    self.same += 1
                else:
                    self.differ.append((day, loan_id, ours, theirs))

    def morning(self, day):
        """Count what the tie-out of a day says."""
        for ledger in self.ledgers.values():
            self.ties.update(verdict.tie for verdict in ledger.tie_out(day).values())


def house_of(start):
    """Play a book into a house, and end each day in it."""
    house = House()
    book = Book(seed=5, borrowers=25, days=DAYS, start=start, lifelike=True, stories=STORIES)
    days = iter(book.days)
    day = next(days)
    for number, record in enumerate(book.records(truth=house.told, positions=True)):
        if record.type == "clock.v1" and record.at_ms >= midnight_ms(day) + DAY_MS:
            house.end(day)
            day = next(days, None)
            if day is None:
                break
            if day - 2 * ONE_DAY >= start:
                house.morning(day - 2 * ONE_DAY)
        house.now_ms = max(house.now_ms, record.at_ms)
        house.journal.line(line(record, record.type), Origin(topic="f", partition=0, offset=number))
    return house


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(date(2026, 3, 2), id="in spring"),
        pytest.param(date(2026, 1, 5), id="over the festival"),
    ],
)
def test_the_ledger_and_the_truth_are_the_same_on_every_day_of_every_loan(start):
    house = house_of(start)

    assert house.tally.dead_letters == {}
    assert house.overdue > 0
    assert house.differ == []
    assert house.same == 25 * DAYS
    assert set(house.ties) == {"EQUAL"}
