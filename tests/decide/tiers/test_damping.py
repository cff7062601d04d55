"""What the fall of the whole segment explains is shown and is not scored."""

import pytest

from schemas.alert import Phase
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.records import Proof, Whose, change_of, tier_of

WHOSE = Whose("brw_1", "default", 1, ("trial", 1), {}, Phase.LIVE)


def present(watch):
    return tier_of(WHOSE, watch.found, list(watch.signals.values()), DEFAULT)


def test_a_damped_warning_is_shown_and_not_scored(kit):
    watch = kit.Watch().open(0, "p03", 2, damped=True).open(0, "rp02", 1, "hard").until(2)

    found = watch.know(2, next_due_ms=1).found
    record = present(watch)
    proof = Proof(list(watch.signals.values()), (), (), simulated=False)
    change = change_of(WHOSE, found, watch.changes[-1][1], proof, DEFAULT)

    assert watch.tier == 1
    assert record.score.total == change.score.total == 0.2
    assert record.contributing_alert_ids == ("brw_1/rp02/1/1",)
    assert record.damped_alert_ids == change.damped_alert_ids == ("brw_1/p03/1/1",)


@pytest.mark.parametrize(
    ("tier", "kind", "how"),
    [
        pytest.param(3, "soft", {}, id="severe: no segment explains that"),
        pytest.param(2, "hard", {}, id="a recorded fact"),
        pytest.param(2, "soft", {"family": "diversion"}, id="of a family that no segment explains"),
        pytest.param(2, "soft", {"damped": False}, id="the member is worse than its tenth"),
    ],
)
def test_what_the_segment_does_not_explain_counts(kit, tier, kind, how):
    watch = kit.Watch().open(0, "p03", tier, kind, **({"damped": True} | how)).until(1)

    assert watch.tier == 2
    assert watch.know(1, next_due_ms=1).found.found.damped == ()
    assert present(watch).damped_alert_ids == ()


def test_what_was_damped_counts_at_once_when_the_segment_is_well_again(kit):
    """It was held all the time; only the reason why it did not count has gone."""
    watch = kit.Watch().open(0, "p03", 2, damped=True).until(5).mark(5, "p03", damped=False)

    assert watch.steps() == [(5, 0, 2, "signal")]


def test_what_is_damped_keeps_nothing_up(kit):
    """Moderate since day 1; from day 5 on the segment explains it: seven days from then."""
    watch = kit.Watch().open(0, "p03", 2).until(5).mark(5, "p03", damped=True).until(20)

    assert watch.steps() == [(1, 0, 2, "signal"), (12, 2, 1, "decay"), (15, 1, 0, "decay")]
    assert watch.signals.keys() == {"p03"}
