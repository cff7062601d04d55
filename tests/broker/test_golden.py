"""Golden scenarios of domain.md 7 at once through a real Kafka, all roles.

6, 7, 15, 16, 17, 18, 22 and 23 in one book, with what people sign and executors report; then 20,
an entry of the record that came of it is edited. 3, 8, 11, 14 and 25 in another: shops, their
accounts, and an owner whom nobody reaches.
"""

from dataclasses import replace

import pytest

from schemas.collection_trigger import Op
from tests.broker import golden
from tests.flow.expected import failures
from tests.flow.golden import WORLDS

pytestmark = pytest.mark.broker


@pytest.fixture
def play(settings):
    """Play a world; return what was told and counted, once all that must hold of any world does."""

    def played(name):
        world = WORLDS[name]
        book = world.book()
        told, counts = golden.told(replace(settings, tick_ms=50), world, book)
        assert failures(book.planted, told) == []
        assert {row.case for row in book.planted} == set(world.scenarios)
        assert (counts["dead_letters"], counts["waiting"], counts["hints"]) == (0, 0, 0)
        assert counts["is_the_fold"]
        return told, counts

    return played


def test_what_was_planted_is_said_and_published_as_it_is_folded(play):
    told, counts = play("debits")
    audited = counts["audited"]

    assert ops(told) == set(Op)
    assert (audited["wrong"], audited["found"]) == (0, [audited["edited"]])
    assert audited["proved"] > audited["edited"], "an entry that a signed head covers"


def test_so_it_is_of_shops_and_of_an_owner_whom_nobody_reaches(play):
    told, _ = play("high_street")

    assert ops(told) >= {Op.PROPOSE, Op.DEFER, Op.SUPPRESS, Op.RETRACT}
    assert "X04" in {alert.signal for _, alert in told.alerts}
    assert {alert.signal for alert in told.restricted} == {"F17"}


def ops(told):
    """What was said of triggers."""
    return {trigger.op for _, trigger in told.triggers}
