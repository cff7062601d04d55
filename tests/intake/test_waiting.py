"""Events that wait for their party, and borrowers whose references are on their way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import Origin
from stream.intake.pending import Pending
from stream.intake.waiting import PATIENCE_MS, Held, Waiting, read_stamp, stamp

ORIGIN = Origin(topic="settlements", partition=1, offset=9)


def held(offset, of="acc_1", raw=b"...", arrived_ms=0):
    return Held(offset, of, raw, ORIGIN, arrived_ms)


def waiting(*events, **options):
    room = Waiting(**options)
    for each in events:
        assert room.hold(each)
    return room


def test_what_waits_for_a_token_is_found_in_the_order_in_which_it_came():
    room = waiting(held(0), held(1, "acc_2"), held(2), held(3, "acc_3"))

    assert [each.offset for each in room.of(("acc_3", "acc_1"))] == [0, 2, 3]


def test_what_has_left_waits_no_more():
    first, second = held(0), held(1)
    room = waiting(first, second)
    room.leave(first)

    assert room.of(("acc_1",)) == [second]
    assert len(room) == 1


@pytest.mark.parametrize(
    ("after_ms", "offsets"),
    [
        pytest.param(PATIENCE_MS - 1, [], id="a millisecond less than a day"),
        pytest.param(PATIENCE_MS, [0, 1], id="a day"),
        pytest.param(PATIENCE_MS + 10, [0, 1, 2], id="a day for the later one, too"),
    ],
)
def test_who_has_waited_a_day_is_overdue(after_ms, offsets):
    room = waiting(held(0), held(1, "acc_2"), held(2, arrived_ms=10))

    assert [each.offset for each in room.overdue(after_ms)] == offsets


def test_a_full_room_turns_away_until_somebody_leaves():
    first = held(0, raw=b"123456")
    room = waiting(first, room_bytes=10)

    assert not room.hold(held(1, raw=b"12345"))
    room.leave(first)
    assert room.hold(held(1, raw=b"12345"))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([("origin", b"settlements/1/9")], id="no arrival"),
        pytest.param([("origin", b"settlements/1"), ("arrived", b"5")], id="no offset"),
        pytest.param([("origin", b"\xff/1/9"), ("arrived", b"5")], id="not UTF-8"),
        pytest.param([("origin", b"settlements/1/9"), ("arrived", b"x")], id="no number"),
    ],
)
def test_a_stamp_of_somebody_else_is_none(headers):
    assert read_stamp(headers) is None


def test_a_stamp_is_read_as_it_was_written():
    assert read_stamp(stamp(ORIGIN, 1_000)) == (ORIGIN, 1_000)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(0, 2), st.integers(0, 3)),
        st.tuples(st.just("done"), st.integers(0, 2), st.integers(0, 10)),
    ),
    max_size=40,
)


@given(steps)
def test_a_borrower_is_pending_as_long_as_one_of_its_records_is_not_done(steps):
    pending, notes, offsets = Pending(), [], [0, 0, 0]
    for what, partition, number in steps:
        if what == "note":
            note = (partition, offsets[partition], f"brw_{number}")
            pending.note(partition=note[0], offset=note[1], borrower_id=note[2])
            notes.append(note)
            offsets[partition] += 1
        else:
            pending.done(partition=partition, before=number)
            notes = [n for n in notes if n[0] != partition or n[1] >= number]

        expected = {borrower_id for _, _, borrower_id in notes}
        assert {f"brw_{n}" for n in range(4) if f"brw_{n}" in pending} == expected
        assert len(pending) == len(expected)
        assert pending.has_any(expected) == bool(expected)
