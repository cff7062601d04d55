"""A whole journal whose amounts go astray: who is heard, in any number of partitions."""

import random

import pytest

from schemas.control import DetectorBody, Standing
from tests.decide.feeds.world import Cluster, Restarting, World, told

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule said
  name "Said" / "有话"
  signal D2
  family model
  lane credit
  on pos_clearing
  when detector.amount is ready and detector.amount.p_value <= 100%
  tier mild soft
  keep 1 hour
  reason "p {detector.amount.p_value | score}" / "p{detector.amount.p_value | score}"
end
"""
SHOPS = [f"brw_{n}" for n in range(1, 21)]
STEADY, LAST = 98, 130
"""Amounts vary until then; from then on all are the same to the cent."""


def journal():
    draw = random.Random(3)
    world = World().rules(RULES).go_live().now(0)
    for day in range(LAST):
        sell(world, day, draw)
        world.now(day + 1)
    return world


def sell(world, day, draw):
    for number, shop in enumerate(SHOPS):
        fen = 10_000 if day >= STEADY else round(10_000 * draw.lognormvariate(0.0, 0.5))
        world.sale(day + number / 100, borrower=shop, fen=fen)


def heard(cluster):
    (names,) = {frozenset(each._broadcast.heard.names) for each in cluster.books}
    return names


def promoted(world):
    body = DetectorBody(detector="amount", version=1, standing=Standing.IN_FORCE)
    world.control(body)
    for shop in SHOPS:
        world.sale(LAST + 0.5, borrower=shop)
    return world.now(LAST + 1)


@pytest.fixture(scope="module")
def whole():
    return Cluster(1).fold(journal().records)


def alerts_from(cluster, number):
    return sum(each.topic == "alerts" for each in cluster.outputs[number:])


def test_it_is_demoted_silent_and_heard_again_when_people_have_signed(whole):
    assert "amount" not in heard(whole)
    kinds = [each[0] for each in whole.health() if each[1] == "detector:amount"]
    assert kinds[-1] == "model_demoted"
    (decision,) = [v for (t, k), of in told(whole).items() if t == "decisions" for v in of
                   if k == b"detector:amount"]  # fmt: skip
    assert b"model_demoted" in decision

    world = journal()
    cluster, before = Cluster(1).fold(world.records), len(world.records)
    quiet = len(cluster.outputs)
    for shop in SHOPS:
        world.sale(LAST + 0.2, borrower=shop)
    cluster.fold(world.records[before:])
    assert alerts_from(cluster, quiet) == 0, "a rule that asks is told nothing"

    before = len(world.records)
    cluster.fold(promoted(world).records[before:])
    assert "amount" in heard(cluster)
    assert alerts_from(cluster, quiet) >= len(SHOPS)


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_demotes_at_the_same_place(partitions, whole):
    world = journal()
    split = Cluster(partitions).fold(world.records)
    assert heard(split) == heard(whole)

    again, before = Cluster(1).fold(world.records), len(world.records)
    more = promoted(world).records[before:]
    assert told(split.fold(more)) == told(again.fold(more))


def test_restarting_on_the_way_leaves_no_trace(whole):
    world = journal()
    straight = Cluster(2).fold(world.records)
    restarted = Restarting(2, every=97).fold(world.records)

    assert restarted.outputs == straight.outputs
    assert heard(restarted) == heard(whole)


def test_of_a_borrowers_stream_the_first_event_of_a_day_counts():
    world = World().rules(RULES).now(0)
    for day, shop in (
        (0.1, "brw_1"),
        (0.2, "brw_1"),
        (0.3, "brw_2"),
        (1.2, "brw_1"),
        (0.4, "brw_1"),
    ):
        world.sale(day, borrower=shop)
    book = Cluster(1).fold(world.records).books[0]

    (today,) = book._broadcast.fitness.counts.days.values()
    assert sum(today["amount/1"]) == 3, "neither the second of a day nor one that came late"
