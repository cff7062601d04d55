"""A partition's memory: each record once, whole, in order, and nothing saved that is not whole."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from stream.journal.chunk import Chunk
from stream.journal.errors import HoleError
from stream.journal.partition import ANY_PARTITION, DIRTY_BORROWERS, Partition
from stream.settings import Settings
from tests.journal.toy import EVERY, Output, ToyBook, events

SETTINGS = Settings(topic_prefix="house.")


def record(offset, key=b"brw_1", value=b"x", timestamp=1_000):
    return SimpleNamespace(
        topic="journal", partition=3, offset=offset, key=key, value=value, timestamp=timestamp
    )


def chunk(*records, after=None):
    after = records[0].offset - 1 if after is None else after
    return Chunk(records, after=after, epoch=0)


def partition(book=None, applied=-1):
    return Partition(SETTINGS, 3, book or ToyBook(), applied)


def control(seq, prev_seq):
    return journal.encode(journal.Control(seq=seq, prev_seq=prev_seq, void_reason="unreadable"))


class Recorder(ToyBook):
    """Keeps what it was given, says what it was told to say."""

    def __init__(self, says=()):
        super().__init__()
        self.seen = []
        self.says = says

    def fold(self, key, value):
        self.seen.append((key, value))
        return [Output(*output) for output in self.says]


def test_a_snapshot_holds_outputs_changed_states_and_the_offset_they_include():
    mine = partition(Recorder([("alerts", b"brw_1", b"watch out", True)]))
    mine.fold(chunk(record(0), record(4)))

    snapshot = mine.snapshot()

    assert snapshot.applied == 4
    assert [tuple(message) for message in snapshot.messages] == [
        ("house.alerts", 3, b"brw_1", b"watch out"),
        ("house.alerts", 3, b"brw_1", b"watch out"),
        ("house.journal-state", 3, b"#applied", b'{"applied":4,"format":1}'),
    ]


def test_a_changed_state_goes_beside_the_journal_also_as_a_tombstone():
    book = ToyBook()
    book.changes = lambda: [(b"brw_1", b"7:x"), (b"brw_2", None)]
    mine = partition(book)
    mine.fold(chunk(record(0)))

    assert [tuple(message) for message in mine.snapshot().messages[:2]] == [
        ("house.journal-state", 3, b"brw_1", b"7:x"),
        ("house.journal-state", 3, b"brw_2", None),
    ]


def test_a_topic_with_partitions_of_its_own_number_is_placed_by_key():
    mine = partition(Recorder([("source-progress", b"acme", b"{}")]))
    mine.fold(chunk(record(0)))

    assert mine.snapshot().messages[0].partition == ANY_PARTITION


def test_records_that_are_applied_already_are_left_out():
    book = Recorder()
    mine = partition(book, applied=5)

    mine.fold(chunk(record(4), record(5), record(6, value=b"new")))

    assert book.seen == [(b"brw_1", b"new")]
    assert mine.applied == 6


def test_a_chunk_behind_a_hole_is_refused_and_changes_nothing():
    mine = partition(applied=5)

    with pytest.raises(HoleError, match="applied up to 5, the next chunk follows 7"):
        mine.fold(chunk(record(8), after=7))

    assert (mine.applied, mine.snapshot()) == (5, None)


def test_a_tombstone_is_folded_as_nothing_to_read():
    book = Recorder()
    partition(book).fold(chunk(record(0, value=None)))

    assert book.seen == [(b"brw_1", b"")]


def test_a_fold_that_raises_breaks_the_partition_for_good():
    book = ToyBook()
    mine = partition(book)
    mine.fold(chunk(record(0)))
    book.fold = lambda *_record: 1 // 0

    with pytest.raises(ZeroDivisionError):
        mine.fold(chunk(record(1)))

    assert mine.snapshot() is None
    mine.fold(chunk(record(2)))
    assert mine.snapshot() is None


def test_a_gap_in_the_control_records_stops_the_partition_after_what_came_before_it():
    book = Recorder()
    book.control_seq = 4
    mine = partition(book)

    mine.fold(chunk(record(0, value=b"fine"), record(1, journal.CONTROL_KEY, control(7, 6))))
    mine.fold(chunk(record(2)))

    assert "expected control record 5" in str(mine.stopped)
    assert book.seen == [(b"brw_1", b"fine")]
    assert mine.snapshot().applied == 0


def test_a_tick_from_the_future_is_left_out_and_the_next_records_are_folded():
    book = Recorder()
    tick = journal.encode(journal.Tick(wall_at_ms=1_000 + 60_001))

    partition(book).fold(chunk(record(0, journal.TICK_KEY, tick), record(1, value=b"next")))

    assert book.seen == [(b"brw_1", b"next")]


def test_the_next_snapshot_holds_what_came_since_the_last_one():
    book = Recorder([("alerts", b"brw_1", b"first")])
    mine = partition(book)
    mine.fold(chunk(record(0)))
    mine.saved = mine.snapshot().applied
    book.says = [("alerts", b"brw_1", b"second")]
    mine.fold(chunk(record(1)))

    assert [output.value for output in mine.snapshot().outputs] == [b"second"]


def test_an_urgent_output_makes_a_checkpoint_due_until_the_snapshot():
    says = [("alerts", b"brw_1", b"severe", True), ("decisions", b"brw_1", b"and why")]
    mine = partition(Recorder(says))
    mine.fold(chunk(record(0)))
    assert mine.due

    mine.snapshot()

    assert not mine.due


@pytest.mark.parametrize(
    ("borrowers", "due"),
    [
        pytest.param(DIRTY_BORROWERS - 1, False, id="almost"),
        pytest.param(DIRTY_BORROWERS, True, id="enough"),
    ],
)
def test_many_changed_borrowers_make_a_checkpoint_due(borrowers, due):
    mine = partition()
    mine.fold(chunk(*(record(n, b"brw_%d" % n) for n in range(borrowers))))

    assert mine.due is due


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(0, 2**32))
def test_however_chunks_are_cut_repeated_and_saved_the_same_is_published(sizes, seed):
    """Chunks may begin before what is applied: a rebalance reads again."""
    records = [record(n, key, value) for n, (key, value) in enumerate(events(sum(sizes), 3))]
    straight = ToyBook()
    expected = [o for r in records for o in straight.fold(r.key, r.value)]
    mine, stored, published, start = partition(), {}, [], 0
    for size in sizes:
        again = seed % (start + 1)
        mine.fold(chunk(*records[start - again : start + size], after=start - again - 1))
        snapshot = mine.snapshot()
        published += [m for m in snapshot.messages if "state" not in m.topic]
        stored |= {m.key: m.value for m in snapshot.messages if "state" in m.topic}
        mine, start = restored(stored), start + size

    assert [(m.topic, m.value) for m in published] == [
        (f"house.{o.topic}", o.value) for o in expected
    ]
    assert not sizes or len(expected) >= 2 * (sum(sizes) // 3 // EVERY)


def restored(stored):
    """Another worker takes over what the last checkpoint says."""
    book = ToyBook()
    for key, value in stored.items():
        if key != b"#applied":
            book.restore(key, value)
    return partition(book, applied=json.loads(stored[b"#applied"])["applied"])
