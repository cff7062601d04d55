"""What is no line of a file, in the journal of a file: actions, permits, outcomes."""

import pytest

from schemas import journal
from schemas.dead_letter import Origin
from stream.replay.files import FileJournal
from stream.replay.tally import Tally

ORIGIN = Origin(topic="said", partition=0, offset=0)
PERMIT = b"""{"schema": "permit.v1", "permit_id": "pm_1", "trigger_id": "t1", "borrower_id": "brw_1",
"request_key": "k1", "channel": "CALL", "granted_at": "2026-03-09T04:00:00Z",
"valid_until": "2026-03-09T04:01:00Z"}"""


@pytest.fixture
def made():
    records, tally = [], Tally()
    emit = lambda key, value: records.append((key, journal.decode(value)))  # noqa: E731
    return FileJournal(emit, tally, wall_now_ms=1_900_000_000_000), records, tally


def test_a_permit_becomes_a_record_of_its_borrower_and_moves_no_clock(made):
    files, records, tally = made
    files.said("permits", PERMIT, ORIGIN)

    ((key, record),) = records
    assert (key, record.data.permit_id) == (b"brw_1", "pm_1")
    assert not tally.dead_letters


@pytest.mark.parametrize("topic", ["permits", "collection-outcomes", "desk-actions"])
def test_what_is_none_is_a_dead_letter(made, topic):
    files, records, tally = made
    files.said(topic, b"{}", ORIGIN)

    assert records == []
    assert sum(tally.dead_letters.values()) == 1
