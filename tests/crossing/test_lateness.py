"""How late events come: what is usual, and when it is far more than that."""

from datetime import date, timedelta

import pytest

from schemas.crossing import LatenessTold
from schemas.journal import Late
from stream.crossing.lateness import Latenesses

TODAY = date(2026, 3, 4)
FEED = "acq-1/pos_clearing"
MINUTE, QUARTER, HOUR, HALF = 24, 40, 48, 44
"""Bands: within 64 s, 17 min, 68 min, 34 min."""
MIN_MS, QUARTER_MS, HALF_MS, HOUR_MS = 64_000, 1_024_000, 2_048_000, 4_096_000


def told(today, before, days=28, partition=0):
    """A day, and as many days before it, all alike."""
    feeds = {FEED: {TODAY: today} | {TODAY - timedelta(days=n + 1): before for n in range(days)}}
    return LatenessTold(partition=partition, day=TODAY, at_ms=1_000, feeds=feeds)


def late(*parts):
    latenesses = Latenesses(partitions=len(parts))
    (answer,) = [each for part in parts for each in latenesses.take(part)]
    return answer.late


USUAL = {QUARTER: 200}


@pytest.mark.parametrize(
    ("today", "before", "days", "expected"),
    [
        pytest.param({QUARTER: 200}, USUAL, 28, None, id="as usual"),
        pytest.param({HALF: 200}, USUAL, 28, None, id="twice as late"),
        pytest.param({HOUR: 200}, USUAL, 28, (HOUR_MS, QUARTER_MS, 200), id="four times"),
        pytest.param(
            {QUARTER: 189, HOUR: 11}, USUAL, 28, (HOUR_MS, QUARTER_MS, 200), id="more than 5 %"
        ),
        pytest.param({QUARTER: 190, HOUR: 10}, USUAL, 28, None, id="5 % of it"),
        pytest.param({HOUR: 99}, USUAL, 28, None, id="too few events today"),
        pytest.param({HOUR: 200}, {QUARTER: 19}, 28, None, id="days with too few events"),
        pytest.param({HOUR: 200}, USUAL, 6, None, id="too few days before"),
        pytest.param({23: 200}, {0: 200}, 28, None, id="within a minute"),
        pytest.param({MINUTE: 200}, {0: 200}, 28, (MIN_MS, 1_000, 200), id="a minute"),
    ],
)
def test_a_feed_is_late_if_its_95th_percentile_is_three_times_the_usual(
    today, before, days, expected
):
    found = late(told(today, before, days)).get(FEED)

    assert found == (expected and Late(p95_ms=expected[0], usual_ms=expected[1], n=expected[2]))


def test_a_bad_week_does_not_become_the_usual():
    usual, bad = told({HOUR: 200}, USUAL, days=28), {HOUR: 200}
    for n in range(13):
        usual.feeds[FEED][TODAY - timedelta(days=n + 1)] = bad

    assert late(usual)[FEED].usual_ms == QUARTER_MS


def test_all_partitions_count_as_one():
    parts = [
        told({HOUR: 60}, {QUARTER: 10}, partition=0),
        told({HOUR: 60}, {QUARTER: 10}, partition=1),
    ]

    assert late(*parts)[FEED].n == 120
    assert late(parts[0]) == late(parts[1]) == {}
