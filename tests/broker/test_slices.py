"""How a book is cut into slices, and that a house that stands still is not waited for."""

from datetime import date

import pytest

from schemas.instants import HOUR_MS, parse
from stream.sources.routing import REFERENCES, route
from stream.sources.simulator.merchants import midnight_ms
from tests.broker import golden
from tests.flow.scenes import book_of, written

START = date(2026, 3, 2)


def cut(hours=(4, 16), **options):
    book = book_of("none", start=START, days=3, borrowers=2, lifelike=False, **options)
    lines = written(book.records(feeds=True, positions=True))
    return lines, list(golden.slices(lines, golden.ends_of(book, hours)))


def test_slices_are_all_lines_in_their_order_after_the_references():
    lines, found = cut()

    assert [raw for _, part, _ in found for raw in part] == lines
    assert found[0][0] == 0
    assert {route(raw).topic for raw in found[0][1]} == {REFERENCES}


def test_a_slice_ends_at_its_hour_and_has_nothing_of_a_later_time():
    _, found = cut()
    times = [
        [parse(raw.split(b'"time":"')[1][:24].decode()) for raw in part] for _, part, _ in found
    ]

    assert [end for end, *_ in found[1:4]] == [
        midnight_ms(START) + hours * HOUR_MS for hours in (4, 16, 28)
    ]
    for (before, *_), (end, *_), of in zip(found[1:], found[2:], times[2:], strict=False):
        assert all(before < at <= end for at in of)


class Still:
    """A house of which nothing is heard any more."""

    progress = ()

    def look(self):
        pass

    def waits_for(self, *_):
        return {"clock": [3]}


def test_a_house_that_stands_still_is_told_with_what_is_waited_for(monkeypatch):
    monkeypatch.setattr(golden, "STUCK_S", 0.05)

    with pytest.raises(AssertionError, match=r"nothing goes on, and waits for \{'clock': \[3\]\}"):
        golden.rest(Still(), 0, set(), tend=lambda: None)
