"""How far the sources' clocks have come, and when that makes a tick."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import STREAM_TOPICS
from stream.intake import progress
from stream.intake.progress import Held, Progress
from stream.intake.reached import QUIET_TICKS, Now, Pace, Reached

DAY_MS = 86_400_000


def said(topic, partition, clock_at_ms=None, source="core", **what):
    stream = STREAM_TOPICS.get(topic, topic)
    return Progress(
        source=source,
        stream=stream,
        topic=topic,
        partition=partition,
        clock_at_ms=clock_at_ms,
        **what,
    )


def everywhere(clock_at_ms, partitions=2, source="core"):
    return [
        said(topic, n, clock_at_ms, source) for topic in STREAM_TOPICS for n in range(partitions)
    ]


def reached(*records, partitions=2):
    clock = Reached(partitions)
    for each in records:
        clock.learn(each)
    return clock.now.clock_at_ms


@pytest.mark.parametrize(
    ("records", "clock_at_ms"),
    [
        pytest.param([], None, id="nobody has said anything"),
        pytest.param(everywhere(5)[:-1], None, id="one partition has said nothing"),
        pytest.param(everywhere(5), 5, id="all have said the same"),
        pytest.param([*everywhere(5), said("settlements", 1, 9)], 5, id="one is ahead"),
        pytest.param([*everywhere(5), *everywhere(9)[:-1]], 5, id="one is behind"),
        pytest.param([*everywhere(5), *everywhere(3)], 5, id="a clock does not go back"),
        pytest.param(
            [*everywhere(9), said("repayments", 0, 4, "bank")], 4, id="another source is behind"
        ),
        pytest.param([*everywhere(9), said("repayments", 7, 4)], 9, id="no such partition"),
        pytest.param([*everywhere(9), said("references", 0, 4)], 9, id="no stream's topic"),
    ],
)
def test_the_clock_is_the_least_that_every_partition_has_reached(records, clock_at_ms):
    assert reached(*records) == clock_at_ms


@given(st.permutations([*everywhere(5), *everywhere(7)[1:], *everywhere(6, source="bank")[:3]]))
def test_the_order_in_which_it_is_said_does_not_matter(records):
    assert reached(*records) == 5


def test_a_progress_record_is_read_as_it_was_written():
    record = said("settlements", 1, 9)

    assert progress.decode(progress.encode(record)) == record
    assert record.key == "core:settlement:settlements:1:clock"
    assert said("settlements", 1, alive_at_ms=9).key == "core:settlement:settlements:1:alive"
    assert said("settlements", 1, closed=date(2026, 1, 5)).key.endswith(":1:closed")
    held = Held(partition=3, read=7, earliest_ms={"core/settlement": 5})
    assert progress.decode(progress.encode(held)) == held
    assert held.key == "unresolved:3"
    with pytest.raises(msgspec.DecodeError):
        progress.decode(b"{}")


def now_of(*records, partitions=2):
    known = Reached(partitions)
    for each in records:
        known.learn(each)
    return known.now


def alive(partition, at_ms, source="acq", after=()):
    return said("pos-clearing", partition, source=source, alive_at_ms=at_ms, after=after)


def closed(partition, day, source="acq"):
    return said("pos-clearing", partition, source=source, closed=date(2026, 1, day))


def held(partition, read, **earliest_ms):
    feeds = {f"{source}/pos_clearing": at_ms for source, at_ms in earliest_ms.items()}
    return Held(partition=partition, read=read, earliest_ms=feeds)


@pytest.mark.parametrize(
    ("records", "watermarks", "held_at"),
    [
        pytest.param([], {}, {}, id="nobody has said anything"),
        pytest.param([alive(0, 9)], {}, {}, id="one partition has said nothing"),
        pytest.param([alive(0, 9), alive(1, 5)], {"acq": 5}, {}, id="the least of the partitions"),
        pytest.param([alive(0, 9), alive(1, 9), alive(1, 3)], {"acq": 9}, {}, id="never back"),
        pytest.param(
            [alive(0, 9), alive(1, 9), alive(0, 2, "bank"), alive(1, 4, "bank")],
            {"acq": 9, "bank": 2},
            {},
            id="each feed for itself",
        ),
        pytest.param(
            [said("pos-clearing", n, 7, "acq") for n in range(2)],
            {"acq": 7},
            {},
            id="the clock of a source without heartbeats counts",
        ),
        pytest.param(
            [*(said("pos-clearing", n, 7, "acq") for n in range(2)), alive(0, 3)],
            {},
            {},
            id="but not of one with heartbeats, where a play vouches for a dead feed",
        ),
        pytest.param(
            [alive(0, 9), alive(1, 9), held(1, 4, acq=6)], {"acq": 9}, {"acq": 6}, id="one waits"
        ),
        pytest.param(
            [alive(0, 9), alive(1, 9), held(1, 4, bank=6)], {"acq": 9}, {}, id="another's waits"
        ),
        pytest.param(
            [alive(0, 5), alive(1, 5), alive(0, 9, after=(0, 3)), alive(1, 9), held(1, 2)],
            {"acq": 9},
            {"acq": 5},
            id="not before everything sent to unresolved was looked at",
        ),
        pytest.param(
            [alive(0, 9, after=(0, 3)), alive(1, 9), held(1, 3)], {"acq": 9}, {}, id="looked at"
        ),
        pytest.param(
            [held(1, 8, acq=6), alive(0, 9, after=(0, 3)), alive(1, 9), held(1, 4)],
            {"acq": 9},
            {"acq": 6},
            id="a new owner that has not read so far again knows less",
        ),
    ],
)
def test_a_watermark_is_the_least_that_every_partition_has_heard(records, watermarks, held_at):
    now = now_of(*records)

    assert now.watermarks == {f"{source}/pos_clearing": at for source, at in watermarks.items()}
    assert now.held == {f"{source}/pos_clearing": at for source, at in held_at.items()}


@pytest.mark.parametrize(
    ("records", "through"),
    [
        pytest.param([closed(0, 5)], None, id="one partition has closed nothing"),
        pytest.param([closed(0, 7), closed(1, 5)], 5, id="the least"),
        pytest.param([closed(0, 7), closed(1, 7), closed(1, 5)], 7, id="never back"),
        pytest.param(
            [closed(0, 7), closed(1, 7), held(0, 9, acq=20_459 * DAY_MS)],
            4,
            id="an event of the 6th waits, which may be of the 5th somewhere",
        ),
    ],
)
def test_a_date_is_closed_when_every_partition_has_closed_it(records, through):
    expected = {} if through is None else {"acq/pos_clearing": date(2026, 1, through)}

    assert now_of(*records).closed == expected


marks = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 50), st.integers(0, 4), st.integers(0, 4)),
    max_size=20,
)


@given(marks, st.randoms(use_true_random=False))
def test_what_is_known_does_not_depend_on_the_order_and_never_goes_back(drawn, shuffle):
    records = [alive(p, at_ms, after=(a, b)) for p, at_ms, a, b in drawn]
    records += [held(0, 4), held(1, 4)]
    straight = now_of(*records)
    known, before = Reached(2), -1
    shuffled = list(records)
    shuffle.shuffle(shuffled)
    for each in shuffled:
        known.learn(each)
        now = known.now
        at_ms = now.watermarks.get("acq/pos_clearing", -1)
        read_ms = now.held.get("acq/pos_clearing", at_ms)
        assert max(0, before) <= max(0, read_ms) <= max(0, at_ms)
        before = read_ms

    assert known.now == straight


def dues(*clocks):
    pace = Pace()
    return [pace.due(Now(each, {}, {}, {})) for each in clocks]


def test_the_first_tick_is_at_once_and_the_next_after_ten_quiet_seconds():
    assert dues(*[None] * (2 * QUIET_TICKS + 1)) == [
        n % QUIET_TICKS == 0 for n in range(2 * QUIET_TICKS + 1)
    ]


def test_each_new_clock_ticks_at_once():
    assert dues(None, 5, 5, 6, 6) == [True, True, False, True, False]


def test_each_feed_that_got_on_ticks_at_once():
    pace = Pace()
    nows = [Now(None, {"acq/pos_clearing": at_ms}, {}, {}) for at_ms in (1, 1, 2)]

    assert [pace.due(each) for each in nows] == [True, False, True]
