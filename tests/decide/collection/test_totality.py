"""Any records in any order: nothing raises, and no id of a trigger is told out of order."""

import random

import pytest

from schemas import journal
from stream.decide import Book
from tests.decide.collection.histories import Walk
from tests.decide.collection.world import triggers
from tests.decide.conftest import TRUST

BROADCAST = (journal.TICK_KEY, journal.CONTROL_KEY)


@pytest.mark.parametrize("seed", range(6))
def test_records_in_any_order_raise_nothing(seed):
    walk = Walk(seed, borrowers=4, days=8)
    walk.walk()
    chance, records = random.Random(seed), walk.street.records
    own = [each for each in records if each[0] not in BROADCAST]
    chance.shuffle(own)
    shuffled = [each if each[0] in BROADCAST else own.pop() for each in records]
    twice = [each for record in shuffled for each in [record] * chance.choice((1, 1, 2))]

    book = Book(TRUST, speaks=True)
    outputs = [output for key, value in twice for output in book.fold(key, value)]

    ordinals = {}
    for each in triggers(outputs):
        ordinals.setdefault(each["trigger_id"], []).append(each["ordinal"])
    assert all(each == list(range(1, len(each) + 1)) for each in ordinals.values())
