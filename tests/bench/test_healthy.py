"""What is counted of healthy shops: each episode once a tier, after the warm-up."""

import msgspec
import numpy as np
import pytest

from bench.healthy import Counts, measure, rate
from schemas import journal
from schemas.instants import DAY_MS
from stream.decide import Output
from stream.sources.simulator.merchants import SIZES


def tick(day):
    return journal.encode(journal.Tick(wall_at_ms=day * DAY_MS, input_at_ms=day * DAY_MS))


def alert(tier, transition="opened", *, episode=1, who="brw_1"):
    said = {
        "alert_id": "a",
        "subject_kind": "BORROWER",
        "subject_id": who,
        "borrower_id": who,
        "signal": "P01",
        "family": "sales",
        "lane": "credit",
        "tier": tier,
        "previous_tier": "none",
        "hard": False,
        "transition": transition,
        "cause": "signal",
        "phase": "live",
        "episode": episode,
        "ordinal": 1,
        "effective_from": "2026-01-01T00:00:00Z",
        "detected_at": "2026-01-01T00:00:00Z",
        "title": {"en": "", "zh": ""},
        "reason": {"en": "", "zh": ""},
        "clears_when": {"en": "", "zh": ""},
        "rule": {"name": "p01", "fingerprint": "f", "ruleset": "r", "ruleset_version": 1},
        "schema": "alert.v1",
    }
    return Output("alerts", who.encode(), msgspec.json.encode(said))


def counted(*said):
    counts = Counts(10 * DAY_MS)
    for day, output in said:
        counts.record(tick(day), [output])
    return {voice.rpartition(" ")[2]: dict(by) for voice, by in counts.by_voice.items()}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([(9, alert("mild"))], {}, id="in the warm-up"),
        pytest.param([(10, alert("mild"))], {"mild": {"brw_1": 1}}, id="one that opens"),
        pytest.param(
            [(10, alert("mild")), (11, alert("moderate", "escalated"))],
            {"mild": {"brw_1": 1}, "moderate": {"brw_1": 1}},
            id="one that rises is one of each tier",
        ),
        pytest.param(
            [(9, alert("mild")), (11, alert("moderate", "escalated"))],
            {"moderate": {"brw_1": 1}},
            id="one that rises after the warm-up",
        ),
        pytest.param([(10, alert("mild", "cleared"))], {}, id="one that ends"),
        pytest.param(
            [(10, alert("mild")), (11, alert("mild", episode=2)), (12, alert("mild", who="brw_2"))],
            {"mild": {"brw_1": 2, "brw_2": 1}},
            id="two episodes, and another shop",
        ),
    ],
)
def test_an_episode_is_counted_once_at_each_tier_that_it_comes_to(said, expected):
    assert counted(*said) == expected


def test_the_interval_of_a_rate_is_that_of_its_shops():
    rng = np.random.default_rng(1)
    value, low, high = rate([1] * 100, shops=400, years=2, rng=rng)

    assert value == 0.125
    spread = 1.96 * (0.25 * 0.75 / 400) ** 0.5 / 2
    assert (low, high) == pytest.approx((0.125 - spread, 0.125 + spread), abs=0.004)


def test_of_nothing_seen_the_rate_is_below_three_events():
    assert rate([], shops=30, years=2, rng=np.random.default_rng(1)) == (0.0, 0.0, 0.05)


def test_a_small_book_is_measured_from_end_to_end():
    found = measure(SIZES[0], shops=3, days=75, seed=1)

    assert found["shop_years"] == 0.0
    assert found["events"]["pos_clearing"] > 100
