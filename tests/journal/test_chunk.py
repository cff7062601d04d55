"""Chunks: slices of what was fetched, each saying what it follows."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from stream.journal.chunk import CHUNK_RECORDS, sliced

offsets = st.lists(st.integers(min_value=0, max_value=10_000), unique=True).map(sorted)


def records(*offsets):
    return [SimpleNamespace(offset=offset) for offset in offsets]


def test_a_chunk_follows_the_last_offset_of_the_chunk_before_it_not_its_neighbour_number():
    fetched = records(*range(100, 100 + 2 * CHUNK_RECORDS, 2), 5_000)

    first, second = sliced(fetched, after=97, epoch=4)

    assert (first.after, first.last, len(first)) == (97, 98 + 2 * CHUNK_RECORDS, CHUNK_RECORDS)
    assert (second.after, second.last, len(second)) == (first.last, 5_000, 1)
    assert (first.epoch, second.epoch) == (4, 4)


@given(offsets)
def test_chunks_hold_everything_once_and_in_order(offsets):
    chunks = list(sliced(records(*offsets), after=-1, epoch=0))

    assert [record.offset for chunk in chunks for record in chunk] == offsets
    assert all(chunks)


def test_nothing_fetched_makes_no_chunk():
    assert list(sliced([], after=7, epoch=0)) == []
