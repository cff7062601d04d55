"""Going up: hard at once, soft when held, new loans, damped segments, silent inputs."""

import pytest

from schemas.alert import Cause


@pytest.mark.parametrize(
    ("tier", "cause"), [pytest.param(n, "signal", id=f"to {n}") for n in (1, 2, 3)]
)
def test_a_hard_fact_raises_at_once_by_as_much_as_it_earns(kit, tier, cause):
    watch = kit.Watch().open(1, "rp02", tier, "hard")

    assert watch.steps() == [(1, 0, tier, cause)]


@pytest.mark.parametrize(
    ("story", "steps"),
    [
        pytest.param([(0, 1)], [(1, 0, 1, "signal")], id="mild: after a day"),
        pytest.param([(0, 2)], [(1, 0, 2, "signal")], id="moderate: after a day, both steps"),
        pytest.param([(0, 3)], [(1, 0, 2, "signal")], id="severe: capped for want of a key"),
        pytest.param([(0, 1), (0.5, 2)], [(1, 0, 1, "signal"), (1.5, 1, 2, "signal")],
                     id="each tier is held for its own day"),
        pytest.param([(0, 2), (0.5, 1), (0.75, 2)], [(1, 0, 1, "signal"), (1.75, 1, 2, "signal")],
                     id="a tier that was left is held anew"),
        pytest.param([(0, 1), (0.999, None)], [], id="ended before the day is over"),
        pytest.param([(0, 1), (1, None)], [(1, 0, 1, "signal"), (4, 1, 0, "decay")],
                     id="held for exactly a day"),
        pytest.param([(0, 1), (0.5, None), (0.6, 1)], [(1.6, 0, 1, "signal")],
                     id="held twice for half a day is not held for one"),
    ],
)  # fmt: skip
def test_a_soft_signal_counts_when_it_has_been_held(kit, story, steps):
    watch = kit.Watch()
    for days, tier in story:
        watch.end(days, "p03") if tier is None else watch.open(days, "p03", tier)
    watch.until(10)

    assert watch.steps() == steps


def test_held_is_not_evaluated_twice(kit):
    """Two looks a day apart with a gap between them are no held day."""
    watch = kit.Watch().open(0, "p03", 1).end(0.1, "p03").open(0.9, "p03", 1)
    watch.know(1, next_due_ms=1)

    assert watch.tier == 0


def test_p01_waits_three_days_itself_and_is_mild_at_once_but_not_moderate(kit):
    watch = kit.Watch().open(0, "p01", 2).until(5)

    assert watch.steps() == [(0, 0, 1, "signal"), (1, 1, 2, "signal")]


@pytest.mark.parametrize(
    ("cast", "step"),
    [
        pytest.param([("p03", 2), ("f02", 1)], (1, 0, 2, "signal"), id="moderate and mild"),
        pytest.param([("p03", 1), ("f02", 1), ("d01", 1), ("x01", 1)], (1, 0, 2, "compound"),
                     id="four milds"),
        pytest.param([("p03", 2), ("f02", 2), ("d01", 2)], (1, 0, 3, "compound"), id="three moderates"),
        pytest.param([("p03", 3), ("f02", 1)], (1, 0, 3, "compound"), id="severe and a second key"),
    ],
)  # fmt: skip
def test_several_signals_come_to_more_than_one(kit, cast, step):
    watch = kit.Watch()
    for rule, tier in cast:
        watch.open(0, rule, tier)
    watch.until(10)

    assert watch.steps() == [step]


def test_a_hard_fact_turns_the_key_of_a_soft_severe_that_was_held_long_ago(kit):
    watch = kit.Watch().open(0, "p19", 3, family="authenticity").open(9, "rp02", 1, "hard")

    assert watch.steps() == [(1, 0, 2, "signal"), (9, 2, 3, "compound")]
    assert "two_keys" in watch.refused()


def test_an_unripe_signal_raises_nothing_but_keeps_up_what_is_up(kit):
    watch = kit.Watch().open(0, "rp02", 1, "hard").end(1, "rp02").open(3.5, "p03", 1)
    watch.end(4.4, "p03").until(7.3)

    assert watch.tier == 1
    assert watch.until(7.4).steps() == [(0, 0, 1, "signal"), (7.4, 1, 0, "decay")]


@pytest.mark.parametrize(
    ("cast", "tier", "refused"),
    [
        pytest.param([("p03", 2, "soft")], 0, ["not_held", "new_loan"], id="soft: in shadow"),
        pytest.param([("p03", 2, "hard")], 2, [], id="hard: counts"),
        pytest.param([("f04", 2, "soft")], 2, [], id="fund use: counts"),
        pytest.param([("x12", 3, "hard")], 3, [], id="shared rails: count"),
        pytest.param([("p12", 2, "soft"), ("p03", 2, "soft")], 2, [], id="one of two"),
    ],
)
def test_soft_signals_of_a_new_loan_are_in_shadow(kit, cast, tier, refused):
    watch = kit.Watch().know(0, disbursed_ms=kit.at(0))
    for rule, severity, kind in cast:
        watch.open(1, rule, severity, kind)
    watch.until(13.9)

    assert watch.tier == tier
    assert set(refused) - {"not_held"} <= set(watch.refused())


def test_a_signal_held_in_shadow_counts_when_the_loan_is_no_longer_new(kit):
    watch = kit.Watch().know(0, disbursed_ms=kit.at(0)).open(1, "p03", 2).until(20)

    assert watch.steps() == [(14, 0, 2, "signal")]


@pytest.mark.parametrize(
    ("rule", "tier", "kind", "reached"),
    [
        pytest.param("p03", 1, "soft", 0, id="sales, mild: damped"),
        pytest.param("f01", 2, "soft", 0, id="liquidity, moderate: damped"),
        pytest.param("p03", 3, "soft", 2, id="sales, severe: not explained by the segment"),
        pytest.param("p05", 1, "hard", 1, id="sales, hard: a fact of its own"),
        pytest.param("d01", 2, "soft", 2, id="diversion: another family"),
    ],
)
def test_a_segment_that_fell_explains_soft_sales_and_liquidity(kit, rule, tier, kind, reached):
    watch = kit.Watch().open(0, rule, tier, kind, damped=True).until(2)

    assert watch.tier == reached
    assert ("damped" in watch.refused()) == (reached == 0)


def test_what_was_damped_counts_when_the_segment_is_well_again(kit):
    watch = kit.Watch().open(0, "p03", 2, damped=True).mark(9, "p03", damped=False)

    assert watch.steps() == [(9, 0, 2, "signal")]


def test_a_signal_that_becomes_damped_lets_the_tier_come_down(kit):
    watch = kit.Watch().open(0, "p03", 2).mark(5, "p03", damped=True).until(12)

    assert watch.steps() == [(1, 0, 2, "signal"), (12, 2, 1, "decay")]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"lane": "ops"}, id="operations"),
        pytest.param({"lane": "compliance_restricted"}, id="restricted"),
        pytest.param({"signal": "F17"}, id="a signal that is lane only"),
    ],
)
def test_what_has_no_vote_leaves_no_trace_at_all(kit, how):
    watch = kit.Watch().open(0, "f17", 3, "hard", **how).until(5)

    assert (watch.tier, watch.state.traces, watch.state.deadline_ms) == (0, {}, None)
    assert watch.refusals == []


def test_the_fraud_lane_votes(kit):
    assert kit.Watch().open(0, "x12", 3, "hard", lane="fraud").tier == 3


def test_time_in_which_the_input_was_silent_is_not_held_time_and_the_rest_is_not_lost(kit):
    watch = kit.Watch().open(0, "p02", 1).mark(0.5, "p02", frozen=True)
    watch.mark(3, "p02", frozen=False).until(10)

    assert watch.steps() == [(3.5, 0, 1, "signal")]


@pytest.mark.parametrize(
    ("dpd", "how", "tier"),
    [
        pytest.param(1, {}, 1, id="a day"),
        pytest.param(30, {}, 3, id="thirty days"),
        pytest.param(
            30, {"floor": 2, "unverified": True}, 2, id="not verified: as the ledger says"
        ),
    ],
)
def test_days_past_due_raise_at_once(kit, dpd, how, tier):
    watch = kit.Watch().know(2, dpd=dpd, **how)

    assert watch.steps() == [(2, 0, tier, "signal")]


def test_the_cause_of_a_repair_is_the_cause_of_what_it_changes(kit):
    watch = kit.Watch().know(0, kit.Occasion(cause=Cause.LATE_DATA), dpd=5)

    assert watch.steps() == [(0, 0, 2, "late_data")]


def test_a_late_look_counts_as_if_it_came_with_the_last_one(kit):
    watch = kit.Watch().know(5, dpd=1).know(3, dpd=4)

    assert watch.state.at_ms == kit.at(5)
    assert watch.tier == 2
