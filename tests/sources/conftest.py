"""One simulated book for the tests of what is in it."""

from datetime import date

import pytest

from schemas.envelope import decode
from stream.sources.records import TYPE_OF, line
from stream.sources.simulator.book import Book


def small_book():
    """Forty borrowers for thirty days from a Monday on: every case is planted once."""
    return Book(seed=7, borrowers=40, days=30, start=date(2026, 1, 5))


@pytest.fixture(scope="session")
def book():
    return small_book()


@pytest.fixture(scope="session")
def lines():
    return [line(record, TYPE_OF[type(record.data)]) for record in small_book().records()]


@pytest.fixture(scope="session")
def envelopes(lines):
    """Every line, decoded as ingest does: one that is no envelope raises."""
    return [decode(each.rstrip()) for each in lines]


@pytest.fixture(scope="session")
def bodies(envelopes):
    """What gives the envelopes with a body of some kind."""
    return lambda kind: [each for each in envelopes if isinstance(each.data, kind)]
