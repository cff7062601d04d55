"""What health is told of the feeds: once when it begins, once when it ends, by one book."""

from datetime import date

import pytest

from schemas import journal
from schemas.control import Clock, FeedSpec, RegionDays
from tests.decide.conftest import at
from tests.decide.feeds.world import World, day, folded, pos, spec

STREAM = {"kind": "stream", "silent_after_min": 24 * 60}
SILENT, BROKEN, SKEW, CALENDAR = (
    "source_silent",
    "broken_totals",
    "clock_skew",
    "calendar_unknown",
)


def streams(*sources):
    return World().declare(*(spec(source, **STREAM) for source in sources or ("acq",)))


def test_a_feed_that_stands_still_is_told_once_and_when_it_moves_again():
    world = streams().now(1, alive={"acq": 1})
    for days in (1.5, 1.99, 2.5, 3, 4):
        world.now(days)
    world.now(4.5, alive={"acq": 4.4}).now(4.6)

    assert folded(world, 4).health() == [
        (SILENT, "acq", False, "2024-10-06T00:00"),
        (SILENT, "acq", True, "2024-10-08T12:00"),
    ]


def test_one_dead_feed_of_five_is_one_finding_and_the_others_go_on():
    sources = [f"acq{n}" for n in range(5)]
    world = streams(*sources)
    for source in sources:
        world.sold(0, borrower=f"brw_{source}", source=source)
    for hours in range(8 * 24):
        days = hours / 24
        living = [s for s in sources if s != "acq3" or not 1 <= days < 7]
        world.now(days, alive=dict.fromkeys(living, days))

    at_six = folded(World(world.records[: 6 * 24]), 4)
    assert [found[:3] for found in at_six.health()] == [(SILENT, "acq3", False)]
    assert at_six.watermark("brw_acq3") < 1
    assert at_six.watermark("brw_acq2") > 4
    cluster = folded(world, 4)
    assert [found[:3] for found in cluster.health()] == [
        (SILENT, "acq3", False),
        (SILENT, "acq3", True),
    ]
    assert cluster.watermark("brw_acq3") == cluster.watermark("brw_acq2")


def test_a_source_that_dies_with_all_its_feeds_is_one_finding():
    feeds = (FeedSpec(source="acq", stream="settlement", kind="file", silent_after_min=720),)
    world = World().declare(spec(**STREAM), *feeds, spec("bank", **STREAM))
    for days in (1, 1.6, 2.1, 3):
        world.now(days, alive={"bank": days, **({"acq": 1} if days == 1 else {})})
    assert [found[:3] for found in folded(world).health()] == [(SILENT, "acq", False)]

    world.now(3.1, alive={"acq": 3.1})
    assert len(folded(world).health()) == 1  # the file is still late
    tick = journal.Tick(input_at_ms=at(3.2), wall_at_ms=at(3.2), closed={"acq/settlement": day(2)})
    world.add(journal.TICK_KEY, tick)
    assert [found[2] for found in folded(world).health()] == [False, True]


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        pytest.param(Clock.INPUT, [], id="on the input clock it lived then"),
        pytest.param(Clock.WALL, [(SILENT, "acq", False)], id="on the wall clock it is wrong"),
    ],
)
def test_a_heartbeat_that_is_read_ahead_of_the_time_counts_from_its_own(clock, told):
    world = streams().go_live(clock).now(1, alive={"acq": 1}).now(1.1, alive={"acq": 2}).now(2.5)

    assert [found[:3] for found in folded(world).health() if found[0] == SILENT] == told


def test_a_feed_that_was_never_heard_has_its_time_to_begin():
    world = streams().now(100).now(100.9).now(101.1)

    assert folded(world).health() == [(SILENT, "acq", False, "2025-01-13T00:00")]


def test_a_feed_that_nobody_declared_is_not_missed():
    assert folded(World().now(1, alive={"acq": 1}).now(50)).health() == []


def test_without_ticks_nothing_is_silent():
    world = streams().now(1, alive={"acq": 1})
    for number in range(10):
        world.sold(number + 2)

    assert folded(world).health() == []


def test_a_change_of_clock_is_no_silence():
    world = streams().now(1, alive={"acq": 1}, wall_days=400).go_live(Clock.WALL)
    world.now(1.1, wall_days=400.5).now(1.2, wall_days=401).now(1.3, wall_days=401.6)

    assert folded(world).health() == [(SILENT, "acq", False, "2025-11-09T12:00")]


def test_a_file_without_a_closed_date_is_silent_and_if_its_source_lives_it_is_broken():
    dead = World().declare(spec(silent_after_min=24 * 60)).now(1, closed={"acq": 0}).now(3)
    alive = World().declare(spec(silent_after_min=24 * 60)).now(1, closed={"acq": 0})
    alive.now(1.5, alive={"acq": 1.5}).now(3, alive={"acq": 3})

    assert [found[:2] for found in folded(dead).health()] == [(SILENT, "acq")]
    assert [found[:2] for found in folded(alive).health()] == [(BROKEN, pos())]
    alive.now(3.5, closed={"acq": 1})
    assert folded(alive).health()[1][:3] == (BROKEN, pos(), True)


def test_what_was_found_ends_when_a_feed_is_retired():
    world = streams().now(1).now(9).declare(spec(kind="retired"), supersedes="c0").now(10).now(20)

    assert [found[2] for found in folded(world).health()] == [False, True]


@pytest.mark.parametrize(
    ("ahead_ms", "found"),
    [
        pytest.param(5 * 60_000, [], id="five minutes are not much"),
        pytest.param(5 * 60_000 + 1, [(SKEW, pos(), False), (SKEW, pos(), True)], id="more are"),
    ],
)
def test_a_source_ahead_of_the_wall_clock_is_told(ahead_ms, found):
    world = streams().go_live(Clock.WALL)
    world.now(1, alive={"acq": 1 + ahead_ms / 86_400_000}).now(1.1, alive={"acq": 1.1})
    cluster = folded(world)

    assert [each[:3] for each in cluster.health()] == found


def test_on_the_input_clock_nobody_is_ahead():
    assert folded(streams().now(1, alive={"acq": 1.9})).health() == []


YEAR = RegionDays(first=date(2024, 1, 1), last=date(2024, 12, 31))


def test_a_year_that_a_calendar_does_not_know_is_told_once_and_nothing_breaks():
    world = World().calendar({"CN": YEAR})
    for days in range(80, 100):
        world.now(days)
    cluster = folded(world, 4)
    assert cluster.health() == [(CALENDAR, "calendar/CN", False, "2025-01-01T00:00")]

    longer = RegionDays(first=date(2024, 1, 1), last=date(2025, 12, 31))
    world.calendar({"CN": longer}, supersedes="c0").now(101)
    assert folded(world).health()[1:] == [(CALENDAR, "calendar/CN", True, "2025-01-13T00:00")]


def test_findings_have_ids_of_their_own():
    world = streams().now(1, alive={"acq": 1}).now(9).now(9.1, alive={"acq": 9}).now(20)

    ids = [each.value for each in folded(world).outputs if each.topic == "health"]
    assert len(ids) == len(set(ids)) == 3
