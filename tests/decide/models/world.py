"""Shops of a street over some weeks, with what is needed for a few of them to be many."""

import random

from detectors.combination import Lane
from schemas.control import DetectorBody, Standing
from stream.decide.models import beliefs, lanes
from tests.decide.feeds.world import Cluster
from tests.decide.segments.test_in_book import Segmented

EASY = 0.05
"""A share of looks so large that a few shops fill it, by what was said lately."""


def make_easy(monkeypatch, *, share=EASY):
    """Let little be enough to be known, and let more be noticed."""
    shares = dict.fromkeys(lanes.SHARES, 0.001) | {Lane.PERSISTENT: share}
    for module in (beliefs, lanes):
        monkeypatch.setattr(module, "LEAST_LOOKS", 20)
        monkeypatch.setattr(module, "SHARES", shares)
    monkeypatch.setattr(beliefs, "LEAST_SCORES", 20)
    monkeypatch.setattr(beliefs, "LEAST_PEERS", 2)
    monkeypatch.setattr(beliefs, "FOREST", beliefs.FOREST._replace(window=20))


def body(standing=Standing.IN_FORCE, **how):
    return DetectorBody(detector="combination", version=1, standing=standing, **how)


def street(shops=4, days=30, *, stops=None, resumes=999, dead_from=None, in_force=False, seed=5):
    """Shops that sell twice a day; `stops` has by shop the day from which it sells nothing.

    From `dead_from` on the acquirer is not heard of, and nothing comes of it.
    """
    rng, world = random.Random(seed), Segmented().rules().now(0)
    for n in range(shops):
        world.profile(f"brw_{n}", "food" if n % 2 else "tea")
    world.go_live()
    if in_force:
        world.control(body(), "in-force")
    for number in range(days):
        is_dead = dead_from is not None and number >= dead_from
        for n in range(shops):
            is_over = is_dead or (stops or {}).get(n, days) <= number < resumes
            for _ in range(0 if is_over else 2):
                world.sold(number, round(10_000 * rng.lognormvariate(0, 0.3)), f"brw_{n}")
        world.now(number + 1, alive={"acq": dead_from if is_dead else number + 1})
    return world


def folded(world, partitions=1):
    return Cluster(partitions).fold(world.records)


def rows(cluster, borrower="brw_0"):
    """The rows of a borrower's models."""
    return cluster.borrower(borrower).models


def models(cluster, n=0):
    return cluster.books[n]._broadcast.models


def snapshots(cluster):
    return [each for each in cluster.crossing.said if type(each).__name__ == "SegmentModel"]
