"""The waiting rooms: what leaves them when, and when a room begins anew."""

from types import SimpleNamespace

import pytest
from faust.types import TP

from schemas.dead_letter import DeadLetter, Origin
from stream.intake.links import Links
from stream.intake.outcomes import Admitted, Unresolved
from stream.intake.waiting import PATIENCE_MS, Held
from stream.journal.chunk import Chunk
from stream.roles.ingest.rooms import Room, Rooms
from tests.intake.sample import NOW_MS, known, settlement

HERE = TP("unresolved", 0)
UNKNOWN = Unresolved("acc_1", "$.data.account_token", "e1", "bank", NOW_MS)


class Handover:
    """Counts what it waits for."""

    def __init__(self):
        self.waits_for = 0

    def hold(self):
        self.waits_for += 1


def held(offset=0):
    origin = Origin(topic="settlements", partition=1, offset=17)
    return Held(offset, "acc_1", settlement(), origin, NOW_MS)


@pytest.fixture
def handover():
    return Handover()


@pytest.fixture
def room(handover):
    room = Room(partition=0, last=-1)
    assert room.hold(held(), UNKNOWN, handover)
    return room


def test_what_waits_keeps_its_chunk_open(room, handover):
    assert handover.waits_for == 1
    assert room.leave(held()) is handover


def test_who_is_known_is_admitted_with_the_time_of_its_arrival(room):
    ((who, outcome),) = room.released(("acc_1",), known())

    assert (who, type(outcome)) == (held(), Admitted)
    assert b'"wall_arrival_at_ms":%d' % NOW_MS in outcome.records[0][1]


def test_what_waits_holds_its_feed_until_it_is_handed_on(room, handover):
    report = room.report(read=1)
    assert report().earliest_ms == {"bank/settlement": NOW_MS}
    assert report().read == 1

    room.leave(held())
    assert room.report()().earliest_ms == {"bank/settlement": NOW_MS}
    assert room.report(gone=[held()])().earliest_ms == {}


def test_a_reference_that_waits_holds_no_feed(handover):
    room = Room(partition=0, last=-1)
    origin = Origin(topic="references", partition=1, offset=17)
    room.hold(Held(0, "ln_1", b"{}", origin, NOW_MS), Unresolved("ln_1", "$", "e1"), handover)

    assert room.report(read=1)().earliest_ms == {}


@pytest.mark.parametrize(
    ("tokens", "links"),
    [
        pytest.param(("acc_2",), known(), id="another token"),
        pytest.param(("acc_1",), Links(), id="linked to nobody then"),
    ],
)
def test_who_is_still_unknown_goes_on_waiting(room, tokens, links):
    assert list(room.released(tokens, links)) == []


@pytest.mark.parametrize(
    ("links", "outcome"),
    [pytest.param(Links(), DeadLetter, id="unknown"), pytest.param(known(), Admitted, id="known")],
)
def test_who_has_waited_a_day_leaves_either_way(room, links, outcome):
    assert list(room.overdue(links, NOW_MS + PATIENCE_MS - 1)) == []
    ((_, became),) = room.overdue(links, NOW_MS + PATIENCE_MS)

    assert isinstance(became, outcome)


def test_the_letter_of_an_unknown_party_tells_of_the_sources_record(room):
    ((_, letter),) = room.overdue(Links(), NOW_MS + PATIENCE_MS)

    assert (letter.reason, letter.letter_id, letter.event_id) == (
        "UNKNOWN_PARTY",
        "settlements/1/17",
        "e1",
    )
    assert letter.field_path == "$.data.account_token"


def chunk(first, last, after=None):
    records = [SimpleNamespace(offset=offset) for offset in (first, last)]
    return Chunk(records, after=first - 1 if after is None else after, epoch=0)


@pytest.mark.parametrize(
    ("following", "same"),
    [
        pytest.param(chunk(10, 12), True, id="the next chunk"),
        pytest.param(chunk(12, 14, after=9), True, id="the next chunk, with a gap before it"),
        pytest.param(chunk(0, 9), False, id="read again"),
        pytest.param(chunk(15, 20), False, id="others have read on"),
    ],
)
def test_a_room_begins_anew_when_its_partition_was_elsewhere(following, same):
    rooms = Rooms()
    room = rooms.room(HERE, chunk(0, 9))

    assert (rooms.room(HERE, following) is room) == same
    assert rooms[HERE].last == following.last
