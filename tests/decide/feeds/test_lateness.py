"""H02 in the book: told once when a feed comes far later than it uses to, and once when not."""

import pytest

from schemas import journal
from schemas.control import Clock
from schemas.instants import MINUTE_MS
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from tests.decide.conftest import at
from tests.decide.feeds.world import Cluster, World, book, spec

BORROWERS = tuple(f"brw_{number}" for number in range(7))


def days_of(lateness_min, *, observed=False):
    """A journal of days with 120 sales each, each day as many minutes late as is said."""
    world = World().declare(spec(kind="stream", silent_after_min=60 * 24 * 9))
    world = world if observed else world.now(0).go_live(clock=Clock.WALL)
    for number, late_min in enumerate(lateness_min):
        for sale in range(120):
            late(world, number + sale / 200, late_min, observed=observed)
        world.now(number + 0.95)
    return world.now(len(lateness_min))


def late(world, days, late_min, *, observed):
    arrived_ms = at(days) + late_min * MINUTE_MS
    borrower = BORROWERS[len(world.records) % 7]
    record = journal.PosClearingEvent(
        event_id=f"e{len(world.records)}",
        source="acq",
        borrower_id=borrower,
        business_key=f"k{len(world.records)}",
        event_at_ms=at(days),
        observed_at_ms=arrived_ms if observed else None,
        wall_arrival_at_ms=arrived_ms,
        data=PosClearing(
            txn_type="SALE",
            merchant_id="mer_1",
            amount_gross=Money(amount_minor=100, currency="CNY"),
        ),
    )
    world.add(borrower.encode(), record)


def told(cluster):
    return [each for each in cluster.health() if each[0] == "lateness"]


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("partitions", [1, 4])
def test_it_is_told_once_when_it_begins_and_once_when_it_ends(partitions, observed):
    world = days_of([10] * 8 + [120, 120, 10], observed=observed)
    cluster = Cluster(partitions).fold(world.records)

    assert told(cluster) == [
        ("lateness", "acq/pos_clearing", False, "2024-10-12T22:00"),
        ("lateness", "acq/pos_clearing", True, "2024-10-14T22:00"),
    ]
    assert any("95 % came within 8192 s, usually within 608 s" in m for m in cluster.messages())


def test_what_came_when_nobody_knows_is_not_counted():
    """History that is read on the input clock, without saying when its source knew of it."""
    world = World().declare(spec(kind="stream", silent_after_min=60 * 24 * 9))
    for number, late_min in enumerate([10] * 8 + [120]):
        for sale in range(120):
            late(world, number + sale / 200, late_min, observed=False)
        world.now(number + 0.95)

    assert told(Cluster().fold(world.records)) == []


def test_a_worker_that_dies_changes_nothing():
    records = days_of([10] * 8 + [120, 10]).records
    whole, heir = Cluster(), Cluster()
    whole.fold(records)
    for start in range(0, len(records), 137):
        heir.fold(records[start : start + 137])
        (dead,), heir.books = heir.books, [book(0)]
        state = getattr(heir, "state", {}) | dict(dead.changes())
        heir.state = state
        for key, value in state.items():
            heir.books[0].restore(key, value)

    assert told(heir) == told(whole) != []
