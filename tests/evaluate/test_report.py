"""An evaluation of a file in which everything is known."""

import math

import pytest

from stream.evaluate.report import EVERYBODY, Evaluator, UnlabelledError, evaluate
from stream.sources.labels import Label
from tests.evaluate.lender import day_ms, failed, paid

WALL_MS = day_ms(1_000)


@pytest.fixture
def scored(file, pack):
    """What evaluates events with labels; by voice and stratum its values."""

    def run(events, labels, **options):
        evaluator = Evaluator(labels, **options)
        evaluate(file(*events), evaluator, pack, wall_now_ms=WALL_MS)
        found = evaluator.evaluation(seed=1, draws=5)
        by_voice = {
            (each.name, each.stratum): {name: n.value for name, n in each.numbers.items()}
            for each in found.scored
        }
        return found, by_voice

    return run


BAD = Label("brw_b1", 1, outcome_ms=day_ms(20))
QUIET = Label("brw_b2", 1, outcome_ms=day_ms(20))
GOOD = Label("brw_g1", 0)
EVENTS = [failed("b1", 5), failed("b1", 6), paid("b2", 1), paid("g1", 1), failed("g1", 10)]


def test_tiers_and_rules_are_scored_by_what_they_said(scored):
    found, voices = scored(EVENTS, [BAD, QUIET, GOOD])

    mild, moderate = voices["mild", EVERYBODY], voices["moderate", EVERYBODY]
    rule = voices["rp02_failed_debit", EVERYBODY]
    assert (mild["recall"], mild["false_share"], mild["precision"]) == (0.5, 1.0, 0.5)
    assert (moderate["recall"], moderate["false_share"]) == (0.5, 0.0)
    assert mild["lead_median"] == 14.5
    assert moderate["lead_median"] == 13.5
    assert rule["auc"] == 0.5  # tiers 2 and 0 against 1
    assert (found.counted[0].bad, found.counted[0].good) == (2, 1)


def test_alarms_are_counted_by_the_months_of_the_good(scored):
    _, voices = scored(EVENTS, [BAD, QUIET, GOOD])
    months = (30 - 1.5) / 30.4375

    assert voices["mild", EVERYBODY]["rate"] == pytest.approx(100 / months)


def test_what_is_said_in_the_warm_up_does_not_count(scored):
    _, voices = scored(EVENTS, [BAD, QUIET, GOOD], warm_up_days=1)

    mild, moderate = voices["mild", EVERYBODY], voices["moderate", EVERYBODY]
    assert (mild["recall"], mild["false_share"]) == (0.5, 1.0)  # the second failure is moderate
    assert mild["lead_median"] == moderate["lead_median"] == 13.5


def test_what_is_said_from_until_on_does_not_count(scored):
    until = day_ms(6)
    _, voices = scored(EVENTS, [BAD._replace(until_ms=until), QUIET, GOOD._replace(until_ms=until)])

    assert voices["mild", EVERYBODY]["false_share"] == 0
    assert voices["moderate", EVERYBODY]["recall"] == 0
    assert voices["mild", EVERYBODY]["recall"] == 0.5


def test_a_lead_that_the_label_says_is_the_lead(scored):
    _, voices = scored(EVENTS, [BAD._replace(lead_days=90), QUIET, GOOD])

    assert voices["mild", EVERYBODY]["lead_median"] == 90


def test_a_hit_of_a_borrower_without_an_outcome_has_no_lead(scored):
    _, voices = scored(EVENTS, [BAD._replace(outcome_ms=None), QUIET, GOOD])

    assert voices["mild", EVERYBODY]["recall"] == 0.5
    assert math.isnan(voices["mild", EVERYBODY]["lead_median"])


def test_a_labelled_borrower_without_events_is_scored_as_nothing_said(scored):
    _, voices = scored(EVENTS, [BAD, QUIET, GOOD, Label("brw_nobody", 0)])

    assert voices["mild", EVERYBODY]["false_share"] == 0.5


def test_strata_are_scored_apart_and_together(scored):
    labels = [BAD._replace(stratum="s1"), QUIET._replace(stratum="s2"), GOOD._replace(stratum="s1")]
    _, voices = scored(EVENTS, labels)

    assert voices["mild", "s1"]["recall"] == 1
    assert voices["mild", "s2"]["recall"] == 0
    assert voices["mild", EVERYBODY]["recall"] == 0.5


def test_a_detector_is_scored_by_its_least_likely_event(scored):
    usual = [paid("b1", day) for day in range(28)] + [paid("g1", day) for day in range(28)]
    odd = paid("b1", 29, minor=90_000_000)
    _, voices = scored([*usual, odd], [BAD._replace(outcome_ms=day_ms(30)), GOOD])

    detector = voices["amount", EVERYBODY]
    assert (detector["recall"], detector["false_share"], detector["auc"]) == (1, 0, 1)
    assert detector["lead_median"] == 0.5


def test_no_label_at_all_is_refused():
    with pytest.raises(UnlabelledError, match="expected at least one label"):
        Evaluator([])


def test_a_month_is_not_counted_twice_for_a_borrower_with_many_events(scored):
    found, _ = scored([paid("g1", day) for day in range(10)], [GOOD])

    assert found.counted[0].good_months == pytest.approx((30 - 0.5) / 30.4375)
