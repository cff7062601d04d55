"""What a group may commit: never behind something that is not acknowledged."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from stream.journal.chunk import Chunk
from stream.journal.delivered import DeliveredCustody
from stream.journal.errors import HoleError

HERE, THERE = TP("repayments", 0), TP("repayments", 1)


async def settled():
    pass


def custody(**options):
    made = DeliveredCustody(settle=settled, **options)
    made.assigned(frozenset({HERE, THERE}), generation=1)
    return made


def chunk(*offsets, after=None):
    records = [SimpleNamespace(offset=offset) for offset in offsets]
    return Chunk(records, after=offsets[0] - 1 if after is None else after, epoch=0)


def positions(custody, *tps):
    return dict(asyncio.run(custody.take_over(frozenset(tps))))


def test_a_chunk_counts_when_its_handler_and_every_message_made_of_it_are_done():
    held = custody()
    with held.receive(HERE, chunk(5, 6, 7)) as handover:
        handover.hold()
        handover.done()
        handover.hold()
        assert held.committable(HERE) is None
    assert held.committable(HERE) is None

    handover.done()

    assert held.committable(HERE) == 8


def test_an_acknowledgement_within_the_handler_does_not_count_the_chunk_early():
    held = custody()
    with held.receive(HERE, chunk(5, 6)) as handover:
        handover.hold()
        handover.done()

        assert held.committable(HERE) is None


def test_a_chunk_whose_handler_raised_is_never_committed_nor_what_follows():
    held = custody()
    with pytest.raises(ZeroDivisionError), held.receive(HERE, chunk(5)):
        raise ZeroDivisionError
    with held.receive(HERE, chunk(6)):
        pass

    assert held.committable(HERE) is None


def test_a_chunk_that_does_not_follow_what_was_received_is_a_hole():
    held = custody()
    held.receive(HERE, chunk(5, 6))

    with pytest.raises(HoleError, match="expected records after 6, got those after 8"):
        held.receive(HERE, chunk(9, after=8))


def test_missing_offsets_between_chunks_are_no_hole():
    held = custody()
    held.receive(HERE, chunk(5, 6))

    held.receive(HERE, chunk(9, after=6))


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        pytest.param(2, {HERE: 6, THERE: None}, id="the next generation goes on"),
        pytest.param(3, {HERE: None, THERE: None}, id="somebody may have had it in between"),
        pytest.param(1, {HERE: None, THERE: None}, id="thrown out and back in"),
    ],
)
def test_over_a_rebalance_only_what_nobody_else_can_have_had_is_kept(generation, expected):
    held = custody()
    held.receive(HERE, chunk(5, 6))

    held.assigned(frozenset({HERE, THERE}), generation)

    assert positions(held, HERE, THERE) == expected


def test_an_acknowledgement_of_before_a_rebalance_does_not_count_for_after_it():
    """Both times the record is on its way; only the first one has arrived."""
    held = custody()
    with held.receive(HERE, chunk(5)) as before:
        before.hold()
    held.assigned(frozenset({HERE}), generation=3)
    with held.receive(HERE, chunk(5)) as after:
        after.hold()

    before.done()

    assert held.committable(HERE) is None


def test_a_topic_read_from_the_start_is_never_committed():
    held = custody(from_start=["repayments"])
    assert positions(held, HERE) == {HERE: -1}

    with held.receive(HERE, chunk(0, 1)):
        pass

    assert held.committable(HERE) is None
    assert positions(held, HERE) == {HERE: 1}


def test_partitions_do_not_wait_for_each_other():
    held = custody()
    held.receive(HERE, chunk(5)).hold()
    with held.receive(THERE, chunk(7)):
        pass

    assert (held.committable(HERE), held.committable(THERE)) == (None, 8)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_however_acknowledgements_come_all_before_the_committed_offset_are_in(sizes, rng):
    held, waiting = custody(), []
    for start, messages in enumerate(sizes):
        offset = 10 * start
        with held.receive(HERE, chunk(offset, after=offset - 10)) as handover:
            for _ in range(messages):
                handover.hold()
                waiting.append((offset, handover))
    open_offsets = [offset for offset, _ in waiting]
    rng.shuffle(waiting)

    for offset, handover in waiting:
        handover.done()
        open_offsets.remove(offset)
        first_open = min(open_offsets, default=10 * len(sizes))
        assert (held.committable(HERE) or 0) == max(0, first_open - 9)


def test_the_watchdog_sees_what_was_received_of_a_topic_that_may_wait():
    held = custody(patient=["repayments"])
    with held.receive(HERE, chunk(5)) as handover:
        handover.hold()

    assert (held.committable(HERE), held.reached(HERE)) == (None, 5)
