"""How far the sources' clocks have come, and when that makes a tick."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import STREAM_TOPICS
from stream.intake import progress
from stream.intake.progress import QUIET_TICKS, Pace, Progress, Reached


def said(topic, partition, clock_at_ms, source="core"):
    stream = STREAM_TOPICS.get(topic, topic)
    return Progress(
        source=source, stream=stream, topic=topic, partition=partition, clock_at_ms=clock_at_ms
    )


def everywhere(clock_at_ms, partitions=2, source="core"):
    return [
        said(topic, n, clock_at_ms, source) for topic in STREAM_TOPICS for n in range(partitions)
    ]


def reached(*records, partitions=2):
    clock = Reached(partitions)
    for each in records:
        clock.learn(each)
    return clock.clock_at_ms


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
    assert record.key == "core:settlement:settlements:1"
    with pytest.raises(msgspec.DecodeError):
        progress.decode(b"{}")


def dues(*clocks):
    pace = Pace()
    return [pace.due(each) for each in clocks]


def test_the_first_tick_is_at_once_and_the_next_after_ten_quiet_seconds():
    assert dues(*[None] * (2 * QUIET_TICKS + 1)) == [
        n % QUIET_TICKS == 0 for n in range(2 * QUIET_TICKS + 1)
    ]


def test_each_new_clock_ticks_at_once():
    assert dues(None, 5, 5, 6, 6) == [True, True, False, True, False]
