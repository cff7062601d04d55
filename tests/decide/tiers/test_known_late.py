"""A floor is what the ledger says of it now, not what it said before the last payment was known."""

import pytest

NEVER = (-1, -1, -1)


def since(kit, *days):
    """Since when a floor is gone, by tier."""
    return tuple(-1 if day is None else kit.at(day) for day in days)


@pytest.mark.parametrize(
    ("dpd", "raised"), [(1, 1), (5, 2), (45, 3)], ids=["mild", "moderate", "severe"]
)
def test_an_arrear_that_never_was_leaves_no_tier(kit, dpd, raised):
    watch = kit.Watch().know(5, dpd=dpd).know(8, floor=0, dpd=0, left_ms=NEVER)

    assert watch.steps() == [(5, 0, raised, "signal"), (8, raised, 0, "correction")]
    assert watch.locks == []


def test_what_was_true_of_it_stays_and_is_clear_since_then(kit):
    """It was a day late, paid on day 4; until the payment was known it seemed 45 days late."""
    watch = kit.Watch().know(5, dpd=45).know(6, floor=0, dpd=0, left_ms=since(kit, 4, None, None))
    assert watch.steps() == [(5, 0, 3, "signal"), (6, 3, 1, "correction")]

    assert watch.until(20).steps()[-1] == (7, 1, 0, "decay")


def test_a_payment_that_is_known_late_was_made_when_it_was_made(kit):
    """Moderate since day 5, paid on day 6, known on day 9: seven clear days from day 6."""
    watch = kit.Watch().know(5, dpd=5, loans=(kit.paid(7),))
    watch.know(9, floor=0, dpd=0, left_ms=since(kit, 6, 6, None)).until(40)

    assert watch.steps() == [
        (5, 0, 2, "signal"),
        (13, 2, 1, "decay"),
        (16, 1, 0, "decay"),
    ]


def test_it_is_the_same_if_that_is_known_after_the_wait_has_begun(kit):
    """On day 8 it seemed paid on that day; on day 10 it is known to have been paid on day 6."""
    watch = kit.Watch().know(5, dpd=5, loans=(kit.paid(7),)).know(8, dpd=0)
    watch.know(10, left_ms=since(kit, 6, 6, None)).until(40)

    assert [step[0] for step in watch.steps()] == [5, 13, 16]


def test_an_arrear_that_has_ended_and_never_was_leaves_at_once(kit):
    watch = kit.Watch().know(5, dpd=5).know(8, dpd=0).know(10, left_ms=NEVER)

    assert watch.steps()[-1] == (10, 2, 0, "correction")


def test_what_else_holds_the_tier_goes_on(kit):
    watch = kit.Watch().open(0, "d01", 1, "hard").know(5, dpd=45)
    watch.know(8, floor=0, dpd=0, left_ms=NEVER)
    assert watch.tier == 1

    assert watch.end(9, "d01").until(12).steps()[-1] == (12, 1, 0, "decay")


def test_a_later_arrear_does_not_fall_with_one_that_never_was(kit):
    """Severe never was; since day 7 another instalment is late."""
    watch = kit.Watch().know(5, dpd=45)

    watch.know(8, dpd=1, left_ms=since(kit, 9_000, None, None))

    assert watch.steps()[-1] == (8, 3, 1, "correction")
    assert watch.know(9, dpd=0).until(12).steps()[-1] == (12, 1, 0, "decay")


def test_a_stay_that_only_a_floor_that_never_was_had_made_hard_is_soft_again(kit):
    """Soft moderate needs seven clear days and no instalment."""
    watch = kit.Watch().open(0, "p03", 2).until(1).know(2, dpd=5)
    watch.know(3, floor=0, dpd=0, left_ms=NEVER).end(4, "p03").until(20)

    assert watch.steps()[1] == (11, 2, 1, "decay")


def test_an_older_arrear_does_not_keep_up_what_never_was(kit):
    """Late on day 0 and paid on day 1; on day 30 it seemed late again, and was not."""
    watch = kit.Watch().know(0, dpd=1).know(1, dpd=0).until(20)

    watch.know(30, dpd=1).know(33, floor=0, dpd=0, left_ms=since(kit, 1, None, None))

    assert watch.tier == 0


def test_nor_does_it_keep_waiting_for_an_instalment_what_never_was(kit):
    """It was moderate, and had come down when the other arrear seemed to be."""
    watch = kit.Watch().know(0, dpd=5).know(1, dpd=0, loans=(kit.paid(3),)).until(20)
    assert watch.tier == 0

    watch.know(60, dpd=5).know(63, floor=0, dpd=0, left_ms=since(kit, 1, 1, None))

    assert watch.steps()[-1] == (63, 2, 0, "correction")


def test_what_remains_of_an_arrear_counts_beside_what_is_late_now(kit):
    """Severe never was; moderate was until day 6; mild is now."""
    watch = kit.Watch().know(5, dpd=45, loans=(kit.paid(7),))

    watch.know(8, dpd=1, left_ms=since(kit, 9_000, 6, None))

    assert watch.steps()[-1] == (8, 3, 2, "correction")
    assert watch.until(30).steps()[-1] == (13, 2, 1, "decay")


def test_a_step_that_was_due_when_an_instalment_was_paid_counts_as_taken_then(kit):
    """Clear since day 6; two instalments, of days 14 and 20, are known on day 21."""
    watch = kit.Watch().know(5, dpd=5).know(6, dpd=0).until(20)

    watch.know(21, loans=(kit.paid(14, 20),)).until(21)

    assert watch.steps()[1:] == [(21, 2, 1, "decay"), (21, 1, 0, "decay")]
