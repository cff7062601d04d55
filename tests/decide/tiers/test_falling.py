"""Coming down: clear days, instalments, quiet time, people, and what is taken back."""

import pytest

from schemas.alert import Cause


def raised(kit, tier, kind="hard", **facts):
    """A borrower raised on day 0 whose warning ended on day 1."""
    watch = kit.Watch().know(0, **facts)
    watch.open(0, "d01", tier, kind)
    watch.open(0, "x01", 1, kind) if (tier, kind) == (3, "soft") else None
    watch.until(1)
    return watch.end(1, *list(watch.signals))


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize(
    ("tier", "days", "due"),
    [
        pytest.param(1, 3, (), id="mild: 3 days"),
        pytest.param(2, 7, (5,), id="moderate: 7 days and the next instalment"),
        pytest.param(3, 30, (10, 20), id="severe: 30 days and two instalments"),
    ],
)
def test_a_tier_comes_down_by_one_when_it_was_clear_and_paid(kit, tier, days, due, kind):
    watch = raised(kit, tier, kind)
    if due:
        watch.know(max(due), loans=(kit.paid(*due),))

    assert watch.until(1 + days - 0.001).tier == tier
    assert watch.until(1 + days).steps()[-1] == (1 + days, tier, tier - 1, "decay")


@pytest.mark.parametrize(
    ("tier", "kind", "facts", "falls_on"),
    [
        pytest.param(2, "hard", {}, 61, id="hard moderate, nothing falls due: 60 days"),
        pytest.param(2, "soft", {}, 8, id="soft moderate: no instalment needed"),
        pytest.param(3, "hard", {}, 61, id="severe, nothing falls due: 60 days"),
        pytest.param(3, "soft", {}, 61, id="soft severe: needs instalments, too"),
    ],
)
def test_where_nothing_falls_due_a_long_clear_time_does_instead(kit, tier, kind, facts, falls_on):
    watch = raised(kit, tier, kind, **facts)

    assert watch.until(falls_on - 0.001).tier == tier
    assert watch.until(falls_on).tier == tier - 1


@pytest.mark.parametrize(
    ("due", "interval", "falls"),
    [
        pytest.param((0.5,), 30, False, id="due before it was clear: not counted"),
        pytest.param((1,), 30, False, id="due at the instant it was clear: not counted"),
        pytest.param((3,), 30, True, id="the next one"),
        pytest.param((3,), 7, False, id="weekly: one of three"),
        pytest.param((2, 3), 7, False, id="weekly: two of three"),
        pytest.param((2, 3, 4), 7, True, id="weekly: three of three"),
    ],
)
def test_instalments_count_that_fell_due_since_it_is_clear(kit, due, interval, falls):
    watch = raised(kit, 2).know(5, loans=(kit.paid(*due, interval=interval),)).until(8)

    assert watch.tier == (1 if falls else 2)
    assert ("instalments" in watch.refused()) != falls


def test_an_instalment_that_comes_after_the_days_ends_the_wait_at_once(kit):
    watch = raised(kit, 2).until(20).know(20, loans=(kit.paid(20),))

    assert watch.steps()[-1] == (20, 2, 1, "decay")


def test_an_instalment_that_was_late_begins_the_quiet_time_anew(kit):
    """It fell due on day 50 and was paid late; then nothing fell due for 60 days."""
    watch = raised(kit, 2).know(50, loans=(kit.paid(late=[50]),)).until(109.9)

    assert watch.tier == 2
    assert watch.until(110).tier == 1


def test_the_coverage_measure_must_be_in_order_for_the_quiet_time(kit):
    watch = raised(kit, 3).open(30, "x07", 1, signal="X07", family="liquidity").until(80)
    assert watch.tier == 3
    assert watch.refused()[-1] == "coverage"

    watch.end(90, "x07")

    assert watch.steps()[-1] == (90, 3, 2, "decay")


def test_one_step_at_a_time_each_with_a_wait_of_its_own(kit):
    watch = raised(kit, 3).until(400)

    assert watch.steps() == [
        (0, 0, 3, "signal"),
        (61, 3, 2, "decay"),
        (121, 2, 1, "decay"),
        (124, 1, 0, "decay"),
    ]
    assert watch.state.deadline_ms is None
    assert watch.state.traces == {}


def test_what_comes_back_begins_the_wait_anew(kit):
    watch = raised(kit, 1).open(3, "d01", 1, "hard").end(3.5, "d01")

    assert watch.until(6.4).tier == 1
    assert watch.until(6.5).tier == 0


def test_a_lesser_warning_does_not_hold_a_higher_tier(kit):
    watch = kit.Watch().open(0, "d01", 2, "soft").until(1).open(2, "d01", 1).until(30)

    assert watch.steps() == [(1, 0, 2, "signal"), (9, 2, 1, "decay")]


def test_a_floor_holds_until_it_is_paid_and_then_waits_like_any_hard_fact(kit):
    watch = kit.Watch().know(0, dpd=5).until(30)
    assert watch.tier == 2

    watch.know(30, dpd=0).until(36.9).know(36.9, loans=(kit.paid(35),))

    assert watch.tier == 2
    assert watch.until(37).steps()[-1] == (37, 2, 1, "decay")


def test_probation_holds_mild_as_the_ledger_says(kit):
    watch = kit.Watch().know(0, floor=1, forborne=True).until(100)
    assert watch.tier == 1

    assert watch.know(100, floor=0, forborne=False).until(103).tier == 0


@pytest.mark.parametrize(
    ("loans", "falls_on"),
    [
        pytest.param([(3,), (4,)], 8, id="both paid"),
        pytest.param([(3,), ()], 61, id="one paid, nothing fell due on the other"),
        pytest.param([(), ()], 61, id="nothing fell due on either"),
    ],
)
def test_every_open_loan_must_be_paid_on_time(kit, loans, falls_on):
    watch = raised(kit, 2).know(7, loans=tuple(kit.paid(*days) for days in loans))

    assert watch.until(falls_on - 0.001).tier == 2
    assert watch.until(falls_on).tier == 1


def test_the_loan_that_was_late_keeps_it_waiting(kit):
    watch = raised(kit, 2).know(40, loans=(kit.paid(20, 40), kit.paid(late=[30]))).until(89.9)

    assert watch.tier == 2
    assert watch.until(90).tier == 1


def test_days_in_which_nobody_looked_are_not_clear_and_the_rest_is_not_lost(kit):
    watch = raised(kit, 1).know(2, blind=True).until(50)
    assert watch.tier == 1

    watch.know(50, blind=False)

    assert watch.until(51.9).tier == 1
    assert watch.until(52).tier == 0


def test_a_fall_that_only_lacks_an_instalment_waits_until_somebody_looks(kit):
    watch = raised(kit, 2).until(10).know(10, blind=True).know(12, loans=(kit.paid(12),))
    assert watch.tier == 2
    assert watch.refused()[-1] == "blind"

    assert watch.know(13, blind=False).steps()[-1] == (13, 2, 1, "decay")


def test_two_silences_are_both_left_out(kit):
    watch = raised(kit, 1).know(2, blind=True).know(4, blind=False)
    watch.know(4.5, blind=True).know(9, blind=False)

    assert watch.until(10.4).tier == 1
    assert watch.until(10.5).tier == 0


def test_a_silence_in_one_wait_does_not_lengthen_the_next(kit):
    watch = raised(kit, 2, "soft").know(2, blind=True).know(12, blind=False).until(30)

    assert watch.steps()[1:] == [(18, 2, 1, "decay"), (21, 1, 0, "decay")]


def test_what_a_hard_fact_has_held_is_hard_for_the_stay_though_a_soft_one_held_it_last(kit):
    watch = kit.Watch().open(0, "d01", 2, "hard").open(0, "p03", 2, "soft").until(2)
    watch.end(2, "d01").end(5, "p03").until(30)

    assert watch.tier == 2
    assert watch.know(40, loans=(kit.paid(39),)).tier == 1


def release(kit, days, tier, *people):
    return kit.Release(tier=tier, at_ms=kit.at(days), people=frozenset(people))


@pytest.mark.parametrize(
    ("tier", "signed", "falls", "refused"),
    [
        pytest.param(3, (5, 3, "a", "b"), True, None, id="severe, two people"),
        pytest.param(2, (5, 2, "a", "b"), True, None, id="moderate, two people"),
        pytest.param(3, (5, 3, "a"), False, "release_people", id="severe, alone"),
        pytest.param(2, (5, 2, "a"), False, "release_people", id="moderate, alone"),
        pytest.param(1, (2, 1, "a", "b"), False, "release_people", id="mild: it is over soon"),
        pytest.param(3, (5, 2, "a", "b"), False, None, id="about another tier"),
        pytest.param(3, (0, 3, "a", "b"), True, None, id="signed as this stay began"),
        pytest.param(3, (-1, 3, "a", "b"), False, None, id="signed before this stay"),
    ],
)
def test_people_end_the_wait_by_two(kit, tier, signed, falls, refused):
    watch = raised(kit, tier).know(max(signed[0], 1), release=release(kit, *signed))

    assert watch.tier == (tier - 1 if falls else tier)
    assert watch.steps()[-1][3] == ("operator" if falls else "signal")
    assert (refused in watch.refused()) == (refused is not None)


def test_people_end_the_wait_but_not_what_holds_the_tier(kit):
    watch = kit.Watch().open(0, "d01", 3, "hard").know(5, release=release(kit, 5, 3, "a", "b"))

    assert watch.tier == 3
    assert watch.refused() == ["release_held"]


def test_a_release_is_good_for_one_stay(kit):
    watch = raised(kit, 3).know(5, release=release(kit, 5, 3, "a", "b"))
    watch.open(6, "d01", 3, "hard").end(7, "d01").until(20)

    assert watch.steps()[1:] == [(5, 3, 2, "operator"), (6, 2, 3, "signal")]


def test_what_is_taken_back_leaves_at_once_with_all_that_stood_on_it_alone(kit):
    watch = kit.Watch().open(0, "rp02", 1, "hard").open(2, "d01", 3, "hard")
    watch.take_back(3, "d01")

    assert watch.steps() == [(0, 0, 1, "signal"), (2, 1, 3, "signal"), (3, 3, 1, "correction")]


@pytest.mark.parametrize("cause", [Cause.CORRECTION, Cause.LATE_DATA, Cause.LOAN_CLOSED])
def test_a_fall_says_why_it_was_taken_back(kit, cause):
    watch = kit.Watch().open(0, "d01", 3, "hard").take_back(1, "d01", cause=cause)

    assert watch.steps()[-1] == (1, 3, 0, cause.value)


@pytest.mark.parametrize(
    ("between", "falls_on"),
    [
        pytest.param(1, 4, id="taken back within the wait: it goes on"),
        pytest.param(9, 9, id="taken back after it: over at once"),
    ],
)
def test_after_it_the_rest_is_as_if_it_had_never_been(kit, between, falls_on):
    """A mild warning ended on day 1; a severe one that never was came and went later."""
    watch = raised(kit, 1).open(1, "x12", 3, "hard").take_back(between, "x12").until(between + 9)

    assert watch.tier == 0
    assert watch.steps()[-1] == (falls_on, 1, 0, "decay")


def test_a_compound_loses_its_tier_with_one_of_its_parts(kit):
    watch = kit.Watch().open(0, "p19", 3).open(0, "rp02", 1, "hard").until(2)
    assert watch.tier == 3

    assert watch.take_back(3, "rp02").steps()[-1] == (3, 3, 2, "correction")


def test_an_arrear_that_never_was_is_taken_back_too(kit):
    watch = kit.Watch().open(0, "p05", 1, "hard").know(0, dpd=31)
    gone = kit.Occasion(cause=Cause.LATE_DATA, taken_back={kit.FLOOR: 0})

    watch.know(2, gone, dpd=0)

    assert watch.steps()[-1] == (2, 3, 1, "late_data")


def test_an_arrear_that_turns_out_smaller_keeps_what_it_still_carries(kit):
    gone = kit.Occasion(cause=Cause.CORRECTION, taken_back={kit.FLOOR: 0})
    watch = kit.Watch().know(0, dpd=31).know(2, gone, dpd=3)
    assert watch.state.rungs[0].since_ms == kit.at(0)

    watch.know(3, dpd=0).until(6)

    assert watch.steps() == [
        (0, 0, 3, "signal"),
        (2, 3, 1, "correction"),
        (6, 1, 0, "decay"),
    ]


def test_after_it_a_warning_that_was_lowered_held_its_tier_until_then(kit):
    watch = kit.Watch().open(0, "x01", 2, "hard").end(1, "x01").know(1, dpd=5)
    watch.open(2, "d01", 2, "hard").know(50, dpd=1).take_back(60, "d01")

    assert watch.tier == 2
    assert watch.until(110).steps()[-1] == (110, 2, 1, "decay")


def test_an_ended_warning_that_is_taken_back_takes_its_wait_with_it(kit):
    watch = raised(kit, 3).take_back(10, "d01")

    assert watch.steps()[-1] == (10, 3, 0, "correction")


def test_a_soft_signal_that_is_taken_back_and_opens_anew_is_held_anew(kit):
    watch = kit.Watch().open(0, "p03", 2)
    watch.until(0.9)
    watch.know(0.9, kit.Occasion(taken_back={"p03": 0})).until(3)

    assert watch.steps() == [(1.9, 0, 2, "signal")]


def test_what_replaces_it_at_the_same_instant_is_one_change(kit):
    watch = kit.Watch().open(0, "d01", 3, "hard")
    watch.signals["rp02"] = kit.signal("rp02", 2, "hard")

    watch.take_back(1, "d01", cause=Cause.CORRECTION)

    assert watch.steps()[1:] == [(1, 3, 2, "correction")]
