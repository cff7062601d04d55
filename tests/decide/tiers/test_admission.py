"""Who is to look at a borrower, and who put it off."""

import pytest


@pytest.mark.parametrize(
    ("tier", "kind", "facts", "answer"),
    [
        pytest.param(0, "hard", {}, ("nobody", "no_tier"), id="no tier"),
        pytest.param(1, "hard", {}, ("machine", "mild"), id="mild, even hard"),
        pytest.param(1, "soft", {"top_exposure": True}, ("machine", "mild"), id="mild, much owed"),
        pytest.param(2, "soft", {}, ("machine", "single_soft_family"), id="one soft family"),
        pytest.param(2, "soft", {"top_exposure": True}, ("person", "top_exposure"), id="much owed"),
        pytest.param(2, "soft", {"dpd": 1}, ("person", "second_family"), id="an arrear beside it"),
        pytest.param(2, "hard", {}, ("person", "hard_fact"), id="a hard fact"),
        pytest.param(3, "hard", {}, ("person", "severe"), id="severe"),
    ],
)
def test_who_looks(kit, tier, kind, facts, answer):
    watch = kit.Watch().know(0, **facts)
    if tier:
        watch.open(0, "d01", tier, kind).until(1)

    assert watch.state.admission == "/".join(answer)


def test_a_single_soft_family_reaches_a_person_when_it_lasts(kit):
    watch = kit.Watch().open(0, "p03", 2).until(8)

    assert watch.admissions == [(1, "machine", "single_soft_family"), (8, "person", "lasts")]
    assert watch.readmitted == [8]


def test_a_second_family_brings_it_to_a_person_when_it_counts(kit):
    watch = kit.Watch().open(0, "p03", 2).open(2, "f02", 1).until(5)

    assert watch.admissions[-1] == (3, "person", "second_family")
    assert watch.steps() == [(1, 0, 2, "signal")]


def test_another_rule_of_the_same_family_does_not(kit):
    watch = kit.Watch().open(0, "p03", 2).open(2, "p07", 2, "soft").until(5)

    assert watch.state.admission == "machine/single_soft_family"


def test_a_hard_fact_of_the_same_tier_does(kit):
    watch = kit.Watch().open(0, "p03", 2).open(3, "p05", 2, "hard")

    assert watch.admissions[-1] == (3, "person", "hard_fact")


def snooze(kit, days, until, *people, reason="holiday"):
    return kit.Snooze(
        at_ms=kit.at(days), until_ms=kit.at(until), reason=reason, people=frozenset(people)
    )


@pytest.mark.parametrize(
    ("tier", "signed", "how", "counts"),
    [
        pytest.param(2, (1, 15, "a"), {}, True, id="moderate, 14 days, one person"),
        pytest.param(2, (1, 15.1, "a"), {}, False, id="moderate, longer"),
        pytest.param(2, (1, 15, "a"), {"reason": ""}, False, id="no reason"),
        pytest.param(2, (1, 15), {}, False, id="nobody signed"),
        pytest.param(3, (1, 3, "a", "b"), {}, True, id="severe, 48 hours, two people"),
        pytest.param(3, (1, 3.1, "a", "b"), {}, False, id="severe, longer"),
        pytest.param(3, (1, 3, "a"), {}, False, id="severe, alone"),
    ],
)
def test_a_snooze_needs_reason_end_and_people(kit, tier, signed, how, counts):
    watch = kit.Watch().open(0, "d01", tier, "hard").know(1, snooze=snooze(kit, *signed, **how))

    assert watch.tier == tier
    assert (watch.state.admission == "nobody/snoozed") == counts
    assert ("snooze" in watch.refused()) != counts


def test_a_snooze_ends_by_itself(kit):
    watch = kit.Watch().open(0, "d01", 2, "hard").know(1, snooze=snooze(kit, 1, 5, "a")).until(5)

    assert watch.admissions[1:] == [(1, "nobody", "snoozed"), (5, "person", "hard_fact")]


@pytest.mark.parametrize(
    ("story", "broken"),
    [
        pytest.param(lambda watch: watch.open(2, "rp02", 1, "hard"), True, id="a hard fact"),
        pytest.param(lambda watch: watch.open(2, "p03", 2, "soft"), False, id="a soft signal"),
        pytest.param(lambda watch: watch.open(2, "d01", 3, "hard"), True, id="the same, harder"),
        pytest.param(lambda watch: watch.know(2, dpd=1), True, id="an arrear"),
        pytest.param(lambda watch: watch.open(2, "rp02", 1, "hard").end(3, "rp02"), True,
                     id="a hard fact that came and went"),
    ],
)  # fmt: skip
def test_a_new_hard_fact_breaks_a_snooze(kit, story, broken):
    watch = kit.Watch().open(0, "d01", 2, "hard").know(1, snooze=snooze(kit, 1, 15, "a"))

    story(watch)

    assert (watch.state.admission != "nobody/snoozed") == broken


def test_a_refusal_is_told_once_within_its_cool_down(kit):
    """Capped for want of a key, again and again: severe is told anew after four hours."""
    watch = kit.Watch().open(0, "p19", 3)
    watch.until(1).end(1.05, "p19").open(1.06, "p19", 3, "soft").until(2.1)
    watch.end(2.2, "p19").open(2.21, "p19", 3).until(3.5)

    told = [day for day, refused in watch.refusals if refused.code.value == "two_keys"]

    assert told == [1, 2.06, 3.21]
