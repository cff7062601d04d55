"""Business dates of files: verified over all partitions, or nothing is concluded from them."""

import pytest

from schemas.header import RecordKind
from tests.decide.feeds.world import Cluster, World, folded, spec

BROKEN = "broken_totals"


def files(*specs):
    return World().declare(*(specs or (spec(),)))


def through(world, partitions=1):
    return folded(world, partitions).through()


def test_a_date_with_all_that_was_claimed_is_verified():
    world = files().sold(1, 70).sold(1, 30).claimed(1, 2, 100).now(2, closed={"acq": 1})

    cluster = folded(world)
    assert cluster.through() == 1
    assert cluster.health() == []


@pytest.mark.parametrize(
    ("world", "message"),
    [
        pytest.param(
            files().sold(1, 70).claimed(1, 2, 100),
            "of 2024-10-05 expected 2 records, CNY 100 minor units,"
            " applied 1 records, CNY 70 minor units",
            id="a half-delivered file",
        ),
        pytest.param(
            files().claimed(1, 2, 100),
            "of 2024-10-05 expected 2 records, CNY 100 minor units, applied 0 records",
            id="nothing was delivered",
        ),
        pytest.param(
            files().sold(1, 7_000).claimed(1, 1, 70),
            "of 2024-10-05 expected 1 records, CNY 70 minor units,"
            " applied 1 records, CNY 7000 minor units",
            id="yuan for fen",
        ),
        pytest.param(
            files().sold(0, 70).claimed(1, 1, 70),
            "of 2024-10-05 expected 1 records, CNY 70 minor units, applied 0 records",
            id="another day's file",
        ),
    ],
)
def test_of_broken_totals_nothing_is_concluded(world, message):
    world.sold(0).now(2, alive={"acq": 2}, closed={"acq": 1})

    cluster = folded(world, 4)
    assert (cluster.watermark(), cluster.through()) == (None, None)
    assert cluster.messages() == [message]
    assert [found[:3] for found in cluster.health()] == [
        (BROKEN, "acq/pos_clearing/2024-10-05", False)
    ]


def test_before_every_partition_of_the_topic_has_closed_it_nothing_is_said():
    world = files().sold(1, 70).claimed(1, 2, 100).now(2, alive={"acq": 2})

    cluster = folded(world)
    assert (cluster.through(), cluster.health()) == (None, [])


def test_a_broken_date_stops_the_feed_until_the_rest_is_there():
    world = files().sold(1).claimed(1, 1, 100).now(2, closed={"acq": 1})
    world.sold(2).claimed(2, 2, 200).now(3, closed={"acq": 2})
    world.sold(3).claimed(3, 1, 100).now(4, closed={"acq": 3})
    assert through(world, 4) == 1
    cluster = folded(world, 4)
    assert cluster.watermarks().is_blind(cluster.borrower())

    world.sold(2, borrower="brw_7").now(4.1)
    cluster = folded(world, 4)
    assert cluster.through() == 3
    assert not cluster.watermarks().is_blind(cluster.borrower())
    assert [found[1:3] for found in cluster.health()] == [
        ("acq/pos_clearing/2024-10-06", False),
        ("acq/pos_clearing/2024-10-06", True),
    ]


def skipping(**how):
    """A source that closes the days 1 and 3, and of day 2 says nothing."""
    world = files(spec(**how)).sold(1).claimed(1, 1, 100).now(2, closed={"acq": 1})
    return world.sold(3).claimed(3, 1, 100).now(4, closed={"acq": 3})


def test_a_date_that_was_never_closed_stops_the_feed_until_it_is():
    world = skipping()
    assert through(world, 4) == 1
    assert folded(world, 4).messages() == ["2024-10-06 was never closed, and a later date was"]

    world.sold(2).claimed(2, 1, 100).now(4.1, closed={"acq": 3})
    cluster = folded(world, 4)
    assert cluster.through() == 3
    assert [found[1:3] for found in cluster.health()] == [
        ("acq/pos_clearing/2024-10-06", False),
        ("acq/pos_clearing/2024-10-06", True),
    ]


def test_a_source_that_closes_some_days_may_leave_out_one_without_business():
    assert through(skipping(closes="some_days"), 4) == 3


def test_other_feeds_go_on():
    world = files(spec(), spec("good")).sold(1).sold(1, source="good", borrower="brw_2")
    world.claimed(1, 2, 200).claimed(1, 1, 100, source="good").now(2, closed={"acq": 1, "good": 1})

    cluster = folded(world, 4)
    assert (cluster.through("brw_1"), cluster.through("brw_2")) == (None, 1)


@pytest.mark.parametrize(
    ("sent", "count", "fen"),
    [
        pytest.param(lambda w: w.sold(1, key="a").sold(1, key="a"), 1, 100, id="sent again"),
        pytest.param(
            lambda w: w.sold(1, key="a").sold(1, 60, key="a", record_version=2),
            1,
            60,
            id="corrected",
        ),
        pytest.param(
            lambda w: w.sold(1, 60, key="a", record_version=2).sold(1, key="a"),
            1,
            60,
            id="the correction first",
        ),
        pytest.param(
            lambda w: w.sold(2, key="a").sold(1, 60, key="a", record_version=2),
            1,
            60,
            id="its date corrected",
        ),
        pytest.param(
            lambda w: w.sold(1, key="a").sold(
                1, key="a", record_version=2, record_kind=RecordKind.CANCEL
            ),
            0,
            0,
            id="cancelled",
        ),
        pytest.param(lambda w: w.sold(1).sold(1, quality=("TEST",)), 1, 100, id="a test record"),
        pytest.param(
            lambda w: w.sold(1).sold(1, borrower="brw_2", copy=1), 1, 100, id="a shared account"
        ),
        pytest.param(lambda w: w.sold(1, clearing_date=None), 1, 100, id="by the day of its time"),
    ],
)
def test_facts_are_counted_and_not_records(sent, count, fen):
    world = files()
    sent(world)
    world.claimed(1, count, fen).now(3, closed={"acq": 1}).sold(2)

    cluster = folded(world)
    assert cluster.health() == []
    assert cluster.through() == 1


def test_what_is_corrected_after_a_date_was_verified_breaks_nothing():
    world = files().sold(1, key="a").claimed(1, 1, 100).now(2, closed={"acq": 1})
    world.sold(1, 60, key="a", record_version=2).sold(1).now(3)

    cluster = folded(world)
    assert (cluster.through(), cluster.health()) == (1, [])


def test_a_date_that_is_closed_anew_is_judged_anew_and_stays_passed():
    world = files().sold(1, key="a").claimed(1, 1, 100).now(2, closed={"acq": 1})
    world.sold(1, 60, key="a", record_version=2).claimed(1, 1, 50).now(3)
    cluster = folded(world, 2)
    assert (cluster.through(), len(cluster.health())) == (1, 1)

    world.claimed(1, 1, 60).now(4)
    cluster = folded(world, 2)
    assert (cluster.through(), [found[2] for found in cluster.health()]) == (1, [False, True])


def test_the_same_claim_twice_is_one():
    world = files().sold(1).claimed(1, 1, 100).claimed(1, 1, 100).now(2, closed={"acq": 1})

    told = [each for each in folded(world).outputs if each.key.startswith(b"acq/")]
    assert [each.topic for each in told] == ["crossings"] * 2


def test_dates_before_the_first_to_be_verified_are_taken_for_granted():
    world = files().sold(1).claimed(1, 9).now(2, closed={"acq": 1})
    world.sold(2).claimed(2, 1, 100).now(3, closed={"acq": 2})
    assert through(world) is None

    later = spec(verify_from="2024-10-06")
    world.declare(later, supersedes="c0")
    assert through(world) == 2


def test_a_feed_that_nobody_declared_is_not_verified():
    world = World().sold(1).claimed(1, 9).now(9, alive={"acq": 8}, closed={"acq": 1})

    cluster = folded(world)
    assert [each.topic for each in cluster.outputs if each.topic == "crossings"] == []
    assert cluster.watermark() is not None


def test_many_dates_at_once_after_an_outage():
    world = files()
    for number in range(1, 7):
        world.sold(number).claimed(number, 1, 100)
    world.now(8, closed={"acq": 6})

    assert through(world, 4) == 6


def test_days_long_past_are_forgotten():
    world = files()
    for number in range(1, 90):
        world.sold(number).claimed(number, 1, 100).now(number + 1.5, closed={"acq": number})
    cluster = Cluster()
    stored = {}
    for record in world.records:
        cluster.fold([record])
        stored |= dict(cluster.books[0].changes())

    days = [key for key, value in stored.items() if key.startswith(b"#day/") and value]
    assert len(days) < 70
    assert cluster.through() == 89
    assert len(cluster.borrower().counted["acq/pos_clearing"].facts) < 15
