"""H09: D8 in force is judged cohort by cohort, demoted by rule, and in force again when signed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.drift import BAD_IN_A_ROW
from schemas.control import Standing
from stream.decide.ews.rhythm import EVERY_DAYS, HORIZON_DAYS
from tests.decide.fitness.world import FIRST, Watch, taught

ROW = taught()
A_ROUND = 25
"""Outcomes in a round of a week: 100 in a cohort."""

OFFSET = -FIRST.date().toordinal() % EVERY_DAYS
"""The first day of the trial on which a cohort begins."""

SIGNED = OFFSET + 3
FIRST_COHORT = OFFSET + HORIZON_DAYS + EVERY_DAYS
"""The first that begins 84 days after `SIGNED` or later."""

CHANCE = 300_000
FAIR, TOO_LOW, TOO_HIGH = 0.3, 0.9, 0.05


def lived(watch, first, last, share, *, seed=1, restarts=False, **how):
    """Days on which the model in force says 0.3 of each, and so many turn out bad."""
    draw = random.Random(seed * 1_000 + first)
    for day in range(first, last):
        watch.tick(day)
        if restarts:
            watch.restart()
        if day % 7 == 0:
            outcomes = [draw.random() < share for _ in range(A_ROUND)]
            watch.matured(day, outcomes, chance=CHANCE, **how)
            if restarts:
                watch.restart()
    return watch


def in_force(partitions=1):
    watch = Watch(partitions).tick(0)
    return lived(watch, 1, SIGNED, FAIR).signed(name="ews", row=ROW)


def mark(watch):
    (found,) = {place.ews.mark for place in watch.places}
    return found


def cohort(number):
    """The first day of a cohort after signing."""
    return FIRST_COHORT + EVERY_DAYS * number


def of_d8(watch):
    return [each for each in watch.health() if each[1] == "detector:ews"]


@pytest.mark.parametrize("partitions", [1, 4, 8])
@pytest.mark.parametrize("share", [TOO_LOW, TOO_HIGH])
def test_two_bad_cohorts_in_a_row_demote_it_until_people_sign_again(partitions, share):
    watch = lived(in_force(partitions), SIGNED, cohort(1), share)
    assert of_d8(watch) == [], "a cohort is judged when it is over"
    lived(watch, cohort(1), cohort(1) + 8, share)
    assert of_d8(watch) == [("model_calibration", "detector:ews", False)]
    assert mark(watch)
    lived(watch, cohort(1) + 8, cohort(2) + 8, share)

    assert not mark(watch), "the fixed formula"
    assert watch.known("ews").demotion.rounds == BAD_IN_A_ROW
    assert of_d8(watch)[1:] == [("model_demoted", "detector:ews", False)]
    (decision,) = [each for each in watch.told("decisions") if each["kind"] == "model_demoted"]
    assert decision["subject_id"] == "detector:ews"
    assert [each["signal"] for each in decision["demotion"]["checks"]] == ["H09"]
    assert "after 2 cohorts of four weeks in a row" in decision["detail"]
    said = [each for each in watch.told("models") if "demotion" in each]
    assert {each["standing"] for each in said} == {"shadow"}, "from the round itself on"

    lived(watch, cohort(2) + 8, cohort(4), FAIR)
    assert not mark(watch), "nothing promotes it but people"
    watch.signed(name="ews", row=ROW)
    assert mark(watch)
    assert ("model_demoted", "detector:ews", True) in of_d8(watch)
    assert ("model_calibration", "detector:ews", True) in of_d8(watch)


def test_signed_again_the_same_row_is_judged_by_what_it_says_from_then_on():
    watch = lived(in_force(), SIGNED, cohort(2) + 8, TOO_LOW)
    again = cohort(2) + 8
    old = watch.signed(name="ews", row=ROW).places[0].ews.mark
    lived(watch, again, again + HORIZON_DAYS, TOO_LOW, mark=old)
    told = len(of_d8(watch))
    first = next(
        day for day in range(again + HORIZON_DAYS, 999) if (day - OFFSET) % EVERY_DAYS == 0
    )
    lived(watch, again + HORIZON_DAYS, first + EVERY_DAYS + 8, FAIR)

    assert len(of_d8(watch)) == told, "what was judged before people signed says nothing"
    assert mark(watch)
    lived(watch, first + EVERY_DAYS + 8, first + 3 * EVERY_DAYS + 8, TOO_LOW)
    assert not mark(watch)


def test_what_fits_stays_in_force():
    watch = lived(in_force(), SIGNED, cohort(8), FAIR)

    assert mark(watch)
    assert of_d8(watch) == []
    (check,) = watch.model("ews")["checks"]
    assert (check["signal"], check["verdict"], check["n"]) == ("H09", "fine", 4 * A_ROUND)


def test_a_good_cohort_between_bad_ones_forgives_and_is_told():
    watch = lived(in_force(), SIGNED, cohort(1), TOO_LOW)
    for number, share in enumerate((FAIR, TOO_LOW, FAIR, TOO_LOW), start=1):
        lived(watch, cohort(number), cohort(number + 1), share)
    lived(watch, cohort(5), cohort(5) + 8, FAIR)

    assert mark(watch)
    assert [ended for _, _, ended in of_d8(watch)] == [False, True, False, True, False]


def test_of_the_formula_and_of_the_one_that_learns_nothing_is_said():
    watch = lived(Watch().tick(0), 1, cohort(6), TOO_LOW)

    assert of_d8(watch) == []
    assert watch.model("ews").get("checks", []) == []
    assert watch.model("ews")["standing"] == "shadow"


def test_people_may_put_it_back_before_the_machine_does():
    watch = lived(in_force(), SIGNED, cohort(1) + 8, TOO_LOW)
    watch.signed(Standing.SHADOW, name="ews")
    lived(watch, cohort(1) + 8, cohort(4), TOO_LOW)

    assert not mark(watch)
    assert watch.known("ews").demotion is None
    assert of_d8(watch) == [
        ("model_calibration", "detector:ews", False),
        ("model_calibration", "detector:ews", True),
    ]


def test_a_cohort_without_a_round_is_no_good_one():
    """The answers of two months are lost: what came before is judged when they are back."""
    watch = lived(in_force(), SIGNED, cohort(1), TOO_LOW)
    for day in range(cohort(1), cohort(3)):
        watch.tick(day)
    lived(watch, cohort(3), cohort(4) + 8, TOO_LOW)

    assert not mark(watch)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("lives"), st.integers(7, 60), st.sampled_from((FAIR, TOO_LOW))),
        st.tuples(st.just("signed"), st.sampled_from(Standing), st.none()),
    ),
    min_size=3,
    max_size=8,
)


def played(drawn, partitions, *, restarts=False):
    watch, day = in_force(partitions), SIGNED
    for what, number, share in drawn:
        if what == "lives":
            for each in range(day, day + number):
                lived(watch, each, each + 1, share, restarts=restarts)
            day += number
        else:
            is_in_force = number is Standing.IN_FORCE
            watch.signed(number, name="ews", row=ROW if is_in_force else None)
            if restarts:
                watch.restart()
    return watch


@given(steps)
@settings(max_examples=6, deadline=None)
def test_split_or_restarted_at_every_place_it_says_the_same(drawn):
    whole = played(drawn, 1)

    for partitions, restarts in ((4, False), (8, False), (2, True)):
        other = played(drawn, partitions, restarts=restarts)
        assert other.outputs == whole.outputs
        assert other.known("ews") == whole.known("ews")


def test_a_demotion_is_the_same_restarted_at_every_place():
    drawn = [("lives", cohort(2) + 40 - SIGNED, TOO_LOW), ("signed", Standing.IN_FORCE, None)]
    whole, restarted = played(drawn, 1), played(drawn, 2, restarts=True)

    assert ("model_demoted", "detector:ews", True) in of_d8(whole)
    assert restarted.outputs == whole.outputs
