"""Drift, missing input and precision, from counts to a demotion, over any number of partitions."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.control import Standing
from stream.decide.fitness.judging import SCORES_LEAST
from tests.decide.fitness.world import Watch

A_DAY = 24
"""Scores a day: 672 in 28 days."""


def fair(draw, _day):
    return draw.random() or 1.0


def wild(draw, _day):
    """Half of what is said is said to be as rare as one in ten."""
    return (draw.random() or 1.0) ** 4


def live(watch, first, last, p_of=fair, *, seed=7, a_day=A_DAY, **how):
    """Let detectors speak from one day to another, and time pass."""
    draw = random.Random(seed * 1_000 + first)
    for day in range(first, last):
        for n in range(a_day):
            p_value = p_of(draw, day)
            watch.says(f"brw_{n}", p_value, **how)
        watch.tick(day + 1)
    return watch


def drifted(partitions=1, until=148):
    watch = live(Watch(partitions).tick(0), 0, 98)
    return live(watch, 98, until, wild)


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_what_drifts_is_demoted_after_two_weeks_rounds_and_heard_again_when_people_say_so(
    partitions,
):
    watch = live(Watch(partitions).tick(0), 0, 98)
    assert watch.hears()
    assert watch.health() == []
    days = [day for day in range(98, 148) if live(watch, day, day + 1, wild).hears()]

    (demoted,) = [each for each in watch.told("decisions") if each["kind"] == "model_demoted"]
    last = days[-1] + 1
    acts = next(
        day for day, each in enumerate(watch.told("models"))
        if any(of["verdict"] == "act" for of in each.get("checks", ()))
    )  # fmt: skip
    assert acts
    assert last - 98 >= 7, "two rounds are a week apart"
    assert not watch.hears()
    assert demoted["subject_id"] == "detector:amount"
    assert demoted["demotion"]["checks"][0]["signal"] == "H06"
    assert "H06 act" in demoted["detail"]
    live(watch, 148, 188)
    assert not watch.hears(), "nothing promotes it but people"

    watch.signed()
    assert watch.hears()
    assert ("model_demoted", "detector:amount", True) in watch.health()
    live(watch, 188, 316)
    assert watch.hears()


def test_a_days_repeat_is_no_second_piece_of_evidence():
    watch = live(Watch().tick(0), 0, 98)
    first = next(
        day for day in range(98, 148)
        if live(watch, day, day + 1, wild).known().bad == 1
    )  # fmt: skip
    for day in range(first + 1, first + 7):
        assert live(watch, day, day + 1, wild).known().bad == 1
        assert watch.hears()
    live(watch, first + 7, first + 8, wild)

    assert watch.known().demotion is not None


def test_health_is_told_when_a_verdict_changes_and_not_each_day():
    watch = drifted(until=138)
    drift = [each for each in watch.health() if each[0] == "model_drift"]

    assert 1 <= len(drift) <= 2, "watch, and then act"
    assert ("model_demoted", "detector:amount", False) in watch.health()


def test_it_never_resets_and_its_health_ends_with_its_drift():
    watch = live(drifted(until=138), 138, 178)

    assert watch.known().demotion is not None
    assert ("model_drift", "detector:amount", True) in watch.health()
    assert ("model_demoted", "detector:amount", True) not in watch.health()


def test_missing_input_alone_does_not_demote():
    watch = live(Watch().tick(0), 0, 98)
    live(watch, 98, 168, lambda draw, day: None if draw.random() < 0.2 else fair(draw, day))

    kinds = {kind for kind, subject, _ in watch.health() if subject == "detector:amount"}
    assert kinds == {"model_missing"}
    assert watch.hears()
    (check,) = [of for of in watch.model("amount")["checks"] if of["signal"] == "H07"]
    assert check["verdict"] == "act"


def test_of_a_detector_in_shadow_nothing_is_said():
    watch = live(Watch().tick(0), 0, 98, name="cusum")
    live(watch, 98, 158, wild, name="cusum")

    assert [each for each in watch.health() if each[1] == "detector:cusum"] == []
    assert not watch.hears("cusum")
    assert watch.known("cusum").demotion is None


def test_one_that_is_seldom_right_is_demoted_once_enough_were_judged():
    watch = Watch().tick(0)
    for day in range(14):
        watch.judged("brw_1", right=day == 0)
        watch.judged("brw_2", right=False)
        watch.tick(day + 1)
    assert watch.health() == [], "28 say nothing"
    for day in range(14, 35):
        watch.judged("brw_1", right=False)
        watch.judged("brw_2", right=False)
        watch.tick(day + 1)

    assert not watch.hears()
    assert ("model_precision", "detector:amount", False) in watch.health()
    model = watch.model("amount")
    assert (model.get("right", 0), model["wrong"], model["standing"]) == (0, 56, "shadow")


def wrong(watch, first, last, name):
    """Two closed cases a day that rested on a model and should have troubled nobody."""
    for day in range(first, last):
        watch.judged("brw_1", right=False, name=name)
        watch.judged("brw_2", right=False, name=name)
        watch.tick(day + 1)
    return watch


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_m_is_demoted_by_what_people_say_of_its_cases_and_by_nothing_else(partitions):
    watch = Watch(partitions).tick(0).signed(name="combination")
    wrong(watch, 0, 35, "combination")

    assert not watch.hears("combination")
    assert watch.hears("amount")
    assert watch.health() == [
        ("model_precision", "detector:combination", False),
        ("model_demoted", "detector:combination", False),
    ]
    model = watch.model("combination")
    assert (model["wrong"], model["standing"]) == (56, "shadow")
    assert [each["signal"] for each in model["checks"]] == ["H08"], "it has no p-values"

    watch.signed(name="combination")
    assert watch.hears("combination")
    assert [ended for _, _, ended in watch.health()] == [False, False, True, True]


def test_of_m_in_shadow_nothing_is_said_but_how_often_it_was_right():
    watch = wrong(Watch().tick(0), 0, 60, "combination")

    assert watch.health() == []
    assert watch.model("combination")["wrong"] == 56


def test_one_that_is_right_often_enough_is_not():
    watch = Watch().tick(0)
    for day in range(60):
        watch.judged("brw_1", right=day % 3 == 0)
        watch.tick(day + 1)

    assert watch.hears()
    assert watch.health() == []


def test_people_choose_with_what_it_is_compared():
    """After a signed record the reference is of the days after it: what was usual before is not."""
    watch = live(Watch().tick(0), 0, 98)
    watch.signed()
    live(watch, 98, 188, wild)

    assert watch.hears()
    assert watch.health() == []
    assert watch.known().reference.day - 28 >= watch.known().since - 1


def test_a_demotion_by_people_stands_and_ends_what_the_machine_said():
    watch = drifted().signed(Standing.SHADOW)

    assert not watch.hears()
    assert watch.known().demotion is None
    assert ("model_demoted", "detector:amount", True) in watch.health()


def test_of_few_scores_nothing_is_said():
    watch = live(Watch().tick(0), 0, 98, a_day=SCORES_LEAST // 28 - 1)
    live(watch, 98, 168, wild, a_day=SCORES_LEAST // 28 - 1)

    assert watch.known().reference is None
    assert watch.health() == []


def test_what_is_young_is_counted_apart():
    watch = live(Watch().tick(0), 0, 60, wild, ready=False)

    assert watch.known().latest.scores == 0
    assert watch.known().latest.early == A_DAY * 28
    assert watch.known().first == 0


@pytest.mark.parametrize("p_value", [float("nan"), 0.0, -1.0, float("inf"), 1.5])
def test_what_is_no_p_value_counts_as_silence(p_value):
    watch = Watch().tick(0)
    watch.says("brw_1", p_value)
    watch.tick(1)

    assert watch.known().latest.scores == 0
    assert watch.known().latest.silent == 1


def test_days_without_a_tick_are_no_days_without_answers():
    watch = live(Watch().tick(0), 0, 10)
    watch.says("brw_1", 0.5)
    watch.tick(20)

    assert watch.known().latest.scores == A_DAY * 10 + 1
    assert [each.day.toordinal() for each in watch.answered][-1] - watch.answered[0].day.toordinal()


def test_a_lost_answer_and_one_that_comes_again_leave_no_trace():
    watch = live(Watch().tick(0), 0, 40)
    before, told = msg(watch), len(watch.outputs)
    for record in list(watch.answered):
        watch.answer(record)

    assert msg(watch) == before
    assert len(watch.outputs) == told


def msg(watch):
    return watch.places[0].fitness.known.models["amount"]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("says"), st.integers(0, 9), st.floats(0, 1)),
        st.tuples(st.just("judged"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("ticks"), st.integers(1, 9), st.none()),
        st.tuples(st.just("signed"), st.sampled_from(Standing), st.none()),
    ),
    max_size=30,
)


def played(drawn, partitions, *, restarts=False):
    watch, day = Watch(partitions).tick(0), 0
    for what, number, more in drawn:
        match what:
            case "says":
                for n in range(60):
                    watch.says(f"brw_{number}{n}", more)
            case "judged":
                for n in range(20):
                    watch.judged(f"brw_{number}{n}", right=more)
            case "ticks":
                day += number
                watch.tick(day)
            case "signed":
                watch.signed(number)
        if restarts:
            watch.restart()
    return watch.tick(day + 1)


@given(steps)
@settings(max_examples=30, deadline=None)
def test_split_or_restarted_at_every_place_it_says_the_same(drawn):
    whole = played(drawn, 1)

    for partitions, restarts in ((4, False), (8, False), (1, True), (2, True)):
        other = played(drawn, partitions, restarts=restarts)
        assert other.outputs == whole.outputs
        assert other.known() == whole.known()
        assert other.answered == whole.answered
