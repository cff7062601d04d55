"""Right and wrong by the borrower's region, size and segment: for a year, over all partitions."""

import pytest

from detectors.shares import SHOWN
from schemas.fitness import FITNESS_DAYS, REST, SHARE_BLOCKS
from tests.decide.fitness.world import Watch


def judged(watch, number, **how):
    """One verdict about one of many borrowers."""
    return watch.judged(f"brw_{number}", right=number % 3 == 0, **how)


def mixed(partitions, *, restarts=False):
    """Months of verdicts about borrowers of many regions."""
    watch = Watch(partitions).tick(0)
    for day in range(40):
        for number in range(7 * day, 7 * day + 7):
            judged(watch, number, region=f"r{number % 120}", size="sml"[number % 3])
        watch.tick(day + 1)
        if restarts:
            watch.restart()
    return watch


@pytest.fixture(scope="module")
def whole():
    return mixed(1)


def test_they_are_told_by_trait(whole):
    shares = whole.model("amount")["shares"]

    assert shares["size"]["s"] == {"right": 94}, "those with a number that three divides"
    assert shares["size"]["l"] == {"wrong": 93}
    assert shares["segment"] == {"default": {"right": 94, "wrong": 186}}
    assert len(shares["region"]) == SHOWN + 1
    assert total(shares["region"]) == 280
    assert total({REST: shares["region"][REST]}) == 280 - SHOWN * 3 + 10


def total(values):
    return sum(of.get("right", 0) + of.get("wrong", 0) for of in values.values())


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_tells_the_same(partitions, whole):
    assert mixed(partitions).outputs == whole.outputs


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_restart_leaves_no_trace(partitions, whole):
    assert mixed(partitions, restarts=True).outputs == whole.outputs


def test_a_year_later_it_is_forgotten_and_not_before():
    watch = Watch().tick(0)
    judged(watch, 0)
    year = FITNESS_DAYS * SHARE_BLOCKS
    told = [day for day in range(1, year + 29) if "shares" in watch.tick(day).model("amount")]

    assert told == [*range(1, told[-1] + 1)]
    assert year - FITNESS_DAYS <= told[-1] <= year
    assert dict(watch.places[0].fitness.shares.blocks) == {}


def test_what_is_judged_today_is_told_tomorrow():
    watch = Watch().tick(10)
    judged(watch, 0)
    assert "shares" not in watch.tick(10.9).model("amount")
    assert "shares" in watch.tick(11).model("amount")


def test_each_model_has_its_own():
    watch = Watch().tick(0)
    judged(watch, 1, name="combination", size="s")
    judged(watch, 2, name="no such model")
    watch.tick(1)

    assert watch.model("combination")["shares"]["size"] == {"s": {"wrong": 1}}
    assert "shares" not in watch.model("amount")
