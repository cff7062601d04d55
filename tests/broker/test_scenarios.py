"""Several golden scenarios at once through a real Kafka, all roles, as they were planted.

The stories of debits, with what the core says each morning. No feed is declared: a file's dates are
verified by crossing within a second of the wall, which is days of a book that is played as fast as
it goes; and ticks are weeks of it apart, so an arrear is told at its last rung alone. What needs
declared feeds, or each rung, is played in tests/flow, where ticks and answers are in place.
"""

import threading
from datetime import date

import pytest

from schemas.instants import DAY_MS
from stream.clock import now_ms
from stream.demo.stage import prepare
from stream.sources.pace import Pace
from stream.sources.play import Player
from tests.broker import house
from tests.broker.flow import until
from tests.flow.expected import Told, failures
from tests.flow.scenes import book_of, written

pytestmark = pytest.mark.broker

STORIES = (
    "returned_payment",
    "nsf_before_settlement",
    "type_ii_limit",
    "other_currencies",
)


def play(settings, lines):
    """Send the lines, and return how many were acknowledged."""
    sink = house.Sink(settings)
    player = Player(
        sink,
        Pace(None, lambda: 0.0),
        clocks=True,
        stop=threading.Event(),
        latest_ms=now_ms() + DAY_MS,
    )
    player.play(lines)
    return len(sink.acknowledged)


def told_on(settings):
    """What stands on the topics."""
    told = Told()
    for topic in ("alerts", "tier-changes", "health"):
        for record in house.records_of(settings, topic):
            told.output(topic, record.value)
    return told


def test_what_was_planted_is_said_and_published_as_it_is_folded(settings):
    book = book_of(*STORIES, start=date(2026, 3, 2), days=64, borrowers=7, lifelike=False)
    prepare(settings)
    with house.running(settings, instances=("a",)) as houses:
        assert play(settings, written(book.records(positions=True)))

        def is_told():
            for each in houses:
                each.tend()
            return house.lag(settings) <= 0 and not failures(book.planted, told_on(settings))

        until(is_told, within_s=90, every_s=2)
    assert house.published(settings) == house.folded(settings)
