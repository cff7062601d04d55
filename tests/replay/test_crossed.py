"""A book with crossing's answers in place, in a replay of files."""

from schemas import journal
from stream.replay.crossed import Crossed
from tests.decide.feeds.world import World, book, spec


def test_what_the_book_tells_crossing_is_answered_at_once():
    world = World().declare(spec()).sold(1).claimed(1, 1, 100).now(2, closed={"acq": 1})
    told, mine = [], book(0)
    crossed = Crossed(mine, told.append)
    for key, value in world.records:
        crossed.fold(key, value)

    assert mine._broadcast.position.feeds.verified.keys() == {"acq/pos_clearing"}
    assert len(told) == len(world.records) + 2, "a verdict on the date, and one on lateness"
    assert [each.topic for outputs in told for each in outputs].count("crossings") == 3
    assert world.records[-1][0] == journal.TICK_KEY
