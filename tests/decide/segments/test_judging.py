"""Each threshold at its edge: what opens a segment's own signal, what keeps it, what ends it."""

from datetime import date

import pytest

from schemas.journal import CollectionSnapshot, SegmentSnapshot, SegmentTiers
from stream.decide.segments.judging import collapse_bar, collapse_tier, failures_tier, sales_tier
from stream.decide.segments.policy import Policy

SAID = {"version": 1, "day": date(2026, 3, 4), "at_ms": 0}
POLICY = Policy()


def sales(ratio, members=50, windows=(7,)):
    ratios = dict.fromkeys(windows, ratio)
    return SegmentSnapshot(segment_id="food", **SAID, members=members, ratios=ratios, tenths={})


@pytest.mark.parametrize(
    ("ratio", "before", "tier"),
    [
        pytest.param(800_001, 0, 0, id="not yet"),
        pytest.param(800_000, 0, 1, id="mild"),
        pytest.param(600_001, 0, 1, id="mild still"),
        pytest.param(600_000, 0, 2, id="moderate"),
        pytest.param(799_999, 2, 2, id="moderate stays"),
        pytest.param(800_000, 2, 1, id="moderate becomes mild"),
        pytest.param(899_999, 1, 1, id="mild stays"),
        pytest.param(900_000, 1, 0, id="over"),
        pytest.param(899_999, 2, 1, id="one step"),
        pytest.param(900_000, 2, 0, id="over at once"),
    ],
)
def test_the_segments_sales(ratio, before, tier):
    assert sales_tier(sales(ratio), before, POLICY) == tier


@pytest.mark.parametrize("before", [0, 1, 2])
def test_too_few_merchants_or_no_such_window_change_nothing(before):
    assert sales_tier(sales(100_000, members=49), before, POLICY) == before
    assert sales_tier(sales(2_000_000, members=49), before, POLICY) == before
    assert sales_tier(sales(100_000, windows=(28,)), before, POLICY) == before


def tiers(raised, members=100, before=0):
    return SegmentTiers(segment_id="food", **SAID, members=members, raised=raised, before=before)


@pytest.mark.parametrize(
    ("members", "before", "bar"),
    [
        pytest.param(100, 0, 10, id="ten borrowers"),
        pytest.param(333, 0, 10, id="three of a hundred are less"),
        pytest.param(334, 0, 11, id="and here more"),
        pytest.param(100, 26, 10, id="thrice 3.25 a week"),
        pytest.param(100, 27, 11, id="thrice 3.375"),
        pytest.param(100, -1, 10, id="more was taken back than counted"),
    ],
)
def test_how_many_are_a_collapse(members, before, bar):
    assert collapse_bar(tiers(0, members, before), POLICY) == bar


@pytest.mark.parametrize(
    ("raised", "before", "tier"),
    [
        pytest.param(9, 0, 0, id="not yet"),
        pytest.param(10, 0, 3, id="a collapse"),
        pytest.param(5, 3, 3, id="half of it keeps it"),
        pytest.param(4, 3, 0, id="less than half ends it"),
        pytest.param(5, 0, 0, id="half of it opens nothing"),
    ],
)
def test_a_batch_collapse(raised, before, tier):
    assert collapse_tier(tiers(raised), before, POLICY) == tier


def collection(failed, attempts=1_000, bound=130):
    usual = {"usual_attempts": 8_000, "usual_failed": 800}
    return CollectionSnapshot(**SAID, attempts=attempts, failed=failed, bound=bound, **usual)


@pytest.mark.parametrize(
    ("failed", "before", "tier"),
    [
        pytest.param(149, 0, 0, id="not yet"),
        pytest.param(150, 0, 2, id="five points more"),
        pytest.param(249, 0, 2, id="moderate still"),
        pytest.param(250, 0, 3, id="fifteen points more"),
        pytest.param(201, 3, 3, id="severe stays"),
        pytest.param(200, 3, 2, id="severe becomes moderate"),
        pytest.param(131, 2, 2, id="moderate stays"),
        pytest.param(130, 2, 0, id="chance explains it"),
        pytest.param(130, 3, 0, id="chance ends severe, too"),
    ],
)
def test_a_failure_spike(failed, before, tier):
    assert failures_tier(collection(failed), before, POLICY) == tier


@pytest.mark.parametrize(
    ("failed", "before", "tier"),
    [
        pytest.param(126, 2, 2, id="2.6 points keep it"),
        pytest.param(125, 2, 0, id="2.5 points end it"),
    ],
)
def test_a_failure_spike_ends_halfway_back_if_chance_is_less(failed, before, tier):
    assert failures_tier(collection(failed, bound=110), before, POLICY) == tier


def test_what_chance_explains_is_no_spike_however_many_points():
    assert failures_tier(collection(400, bound=400), 0, POLICY) == 0
    assert failures_tier(collection(401, bound=400), 0, POLICY) == 3


@pytest.mark.parametrize("before", [0, 2, 3])
def test_too_few_attempts_or_days_change_nothing(before):
    assert failures_tier(collection(199, attempts=199, bound=20), before, POLICY) == before
    assert failures_tier(collection(900, bound=None), before, POLICY) == before
    assert failures_tier(collection(200, attempts=200, bound=20), before, POLICY) == 3
