"""Golden scenarios of domain.md 7 at once through a real Kafka, all roles.

6, 7, 15, 16, 17, 18, 22 and 23 in one book, with what people sign and executors report; then 20,
an entry of the record that came of it is edited.
"""

from dataclasses import replace

import pytest

from tests.broker import golden
from tests.flow.expected import failures
from tests.flow.golden import WORLDS

pytestmark = pytest.mark.broker


def test_what_was_planted_is_said_and_published_as_it_is_folded(settings):
    world = WORLDS["debits"]
    book = world.book()
    told, counts = golden.told(
        replace(settings, tick_ms=50),
        book,
        hours=world.hours,
        heard_every=world.heard_every,
        audit=True,
    )
    audited = counts["audited"]

    assert failures(book.planted, told) == []
    assert {row.case for row in book.planted} == set(world.scenarios)
    assert (counts["dead_letters"], counts["waiting"]) == (0, 0)
    assert counts["is_the_fold"]
    assert (audited["wrong"], audited["found"]) == (0, [audited["edited"]])
    assert audited["proved"] > audited["edited"], "an entry that a signed head covers"
