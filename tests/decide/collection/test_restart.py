"""A worker that dies anywhere, and a journal that is split: the triggers are what they would be."""

import pytest

from schemas import journal
from stream.decide import Book
from tests.decide.collection.histories import Walk
from tests.decide.collection.world import Street, triggers
from tests.decide.conftest import TRUST

DUE = "2026-03-10"
BROADCAST = (journal.TICK_KEY, journal.CONTROL_KEY)


def story():
    """An arrear with everything in it, and few records."""
    street = Street("2026-03-09T00:00")
    street.contact()
    street.loan(DUE, "2026-03-17")
    street.until("2026-03-11T10:00", every_ms=6 * 3_600_000)
    permit, _ = street.permit(triggers(street.outputs)[-1])
    street.outcome("DELIVERED", permit=permit)
    street.outcome("DELIVERED", permit="permit-nobody")
    street.position("2026-03-10", overdue=100_000, dpd=1)
    street.until("2026-03-12T20:00", every_ms=6 * 3_600_000)
    street.action({"kind": "hold", "hold": "DISPUTE", "reason": "says so"})
    street.position("2026-03-12", overdue=100_000, dpd=2)
    street.until("2026-03-13T12:00", every_ms=6 * 3_600_000)
    street.kill_switch(on=True)
    street.action({"kind": "lift_hold", "hold": "DISPUTE", "reason": "answered"}, by="de")
    street.kill_switch(on=False)
    street.until("2026-03-14T12:00", every_ms=6 * 3_600_000)
    street.repayment("PAYMENT", "PENDING", fen=100_000, payment_ref="wire")
    street.repayment("PAYMENT", "SUCCEEDED", fen=100_000, payment_ref="wire")
    street.until("2026-03-16T12:00", every_ms=6 * 3_600_000)
    return street.records


def fold(records, book):
    return [output for key, value in records for output in book.fold(key, value)]


def test_a_restart_at_any_place_changes_nothing_that_is_told():
    records = story()
    whole = fold(records, Book(TRUST, speaks=True))
    ops = [each["op"] for each in triggers(whole)]
    assert {"PROPOSE", "DEFER", "RETRACT", "SUPPRESS"} <= set(ops)

    for cut in range(1, len(records)):
        before, after = Book(TRUST, speaks=True), Book(TRUST, speaks=True)
        first = fold(records[:cut], before)
        for key, value in before.changes():
            after.restore(key, value)
        assert first + fold(records[cut:], after) == whole, f"restarted at {cut}"


@pytest.mark.parametrize("seed", range(2))
def test_a_street_whose_worker_dies_again_and_again_is_told_the_same(seed):
    walk = Walk(seed, borrowers=4, days=10)
    walk.walk()
    records = walk.street.records
    whole = fold(records, Book(TRUST, speaks=True))

    told, stored = [], {}
    for start in range(0, len(records), 29):
        book = Book(TRUST, speaks=True)
        for key, value in stored.items():
            book.restore(key, value)
        told += fold(records[start : start + 29], book)
        stored |= dict(book.changes())

    assert triggers(whole), "nothing to compare"
    assert told == whole


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_gives_the_same_triggers(partitions):
    walk = Walk(3, borrowers=8, days=10)
    walk.walk()
    books = [Book(TRUST, speaks=n == 0) for n in range(partitions)]
    split = []
    for key, value in walk.street.records:
        for number, book in enumerate(books):
            if key in BROADCAST or number == sum(key) % partitions:
                split += book.fold(key, value)

    whole = fold(walk.street.records, Book(TRUST, speaks=True))
    assert by_trigger(split) == by_trigger(whole) != {}


def by_trigger(outputs):
    found = {}
    for each in triggers(outputs):
        found.setdefault(each["trigger_id"], []).append(each)
    return found
