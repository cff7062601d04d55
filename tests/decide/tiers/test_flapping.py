"""A tier that goes up and down too often is held at the higher one."""

import pytest

from schemas.alert import Cause


def up_and_down(kit, cause=None):
    """Three changes within 3.2 days: up, down, up; the last warning ends on day 3.3."""
    watch = kit.Watch().open(0, "d01", 1, "hard").end(0.1, "d01")
    if cause is None:
        return watch.open(3.2, "d01", 1, "hard").end(3.3, "d01")
    watch.until(3.2)
    watch.signals["d01"] = kit.signal("d01", 1, "hard")
    watch.know(3.2, kit.Occasion(cause=cause))
    return watch.end(3.3, "d01")


def test_the_fourth_change_in_seven_days_is_not_made_if_it_is_a_fall(kit):
    watch = up_and_down(kit).until(20.2)
    assert watch.steps() == [(0, 0, 1, "signal"), (3.1, 1, 0, "decay"), (3.2, 0, 1, "signal")]
    assert [round(day, 3) for day in watch.locks] == [6.3]
    assert watch.refusals[-1][0] == 6.3
    assert watch.refused()[-1] == "locked"

    assert watch.until(20.3).steps()[-1] == (20.3, 1, 0, "decay")


def test_if_it_is_a_rise_it_is_made_and_locks(kit):
    watch = up_and_down(kit).open(3.5, "x12", 2, "hard").end(3.6, "x12")

    assert watch.steps()[-1] == (3.5, 1, 2, "signal")
    assert watch.locks == [3.5]
    watch.know(5, loans=(kit.paid(4),))
    assert watch.until(17.4).tier == 2
    assert watch.until(17.5).tier == 1


def test_a_fourth_change_after_seven_days_is_none_too_many(kit):
    watch = up_and_down(kit).open(6, "d01", 1, "hard").end(6.1, "d01").until(12)

    assert watch.locks == []
    assert watch.steps()[-1] == (9.1, 1, 0, "decay")


def test_a_change_of_exactly_seven_days_ago_does_not_count(kit):
    watch = kit.Watch().open(0, "d01", 1, "hard").end(0.1, "d01")
    watch.open(3.2, "d01", 1, "hard").end(4, "d01").until(7)

    assert watch.locks == []
    assert watch.steps()[-1] == (7, 1, 0, "decay")


@pytest.mark.parametrize("cause", [Cause.LATE_DATA, Cause.CORRECTION])
def test_what_a_repair_of_the_data_changes_does_not_count(kit, cause):
    watch = up_and_down(kit, cause).until(12)

    assert watch.locks == []
    assert watch.steps()[-1] == (6.3, 1, 0, "decay")


def test_a_lock_holds_no_tier_that_was_taken_back(kit):
    watch = up_and_down(kit).until(7).take_back(7, "d01")

    assert watch.steps()[-1] == (7, 1, 0, "correction")


def test_a_lock_does_not_keep_a_tier_from_rising_and_people_may_end_it(kit):
    watch = up_and_down(kit).until(7).open(7, "x12", 3, "hard").end(8, "x12")
    assert watch.tier == 3

    release = kit.Release(tier=3, at_ms=kit.at(9), people=frozenset({"a", "b"}))

    assert watch.know(9, release=release).steps()[-1] == (9, 3, 2, "operator")


def test_a_lock_is_told_once_and_is_over_when_it_is_over(kit):
    watch = up_and_down(kit).until(7).know(8, next_due_ms=5).know(9, next_due_ms=6).until(60)

    assert watch.refused() == ["locked"]
    assert len(watch.locks) == 1
    assert watch.tier == 0
