"""What closed cases teach the models: images of the rows, and going back to one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.combination import Lane
from detectors.evidence import NOTHING, combined
from schemas import journal
from schemas.case import FALSE, HITS, CaseOutcome
from schemas.control import DetectorBody, Standing
from schemas.fitness import Judged
from schemas.instants import DAY_MS, HOUR_MS, wire
from schemas.reference import BorrowerProfile
from stream.decide import Book, images
from stream.decide.borrower import Borrower
from stream.decide.fitness.counts import RIGHT, WRONG
from stream.decide.models import stage as models
from stream.decide.models.looks import Seen
from tests.decide.cases.night import Night, of
from tests.decide.conftest import TRUST


def borrower_of(night, borrower="brw_1"):
    return night.book._shelf.take(borrower)


def pays(night, times=1, fen=100_000):
    for _ in range(times):
        night.until(night.now_ms + 6 * HOUR_MS, every_ms=6 * HOUR_MS)
        night.pay(fen)


def suspected():
    """A borrower of whom something is known, and whose payee then changes; the rows before."""
    night = Night("2026-03-02T10:00")
    pays(night, 5)
    before = dict(borrower_of(night).models)
    night.payee_changed()
    pays(night, 3, fen=7_777_777)
    assert borrower_of(night).models != before
    return night, before


def close(night, outcome, operator="ann"):
    night.says(operator, "claim")
    night.says(operator, "outcome", fields={"outcome": outcome})
    return night.says(operator, "close")


def restored(told):
    return [each for each in of(told, "decisions") if each["kind"] == "models_restored"]


def test_confirmed_fraud_puts_back_the_rows_of_before_the_warning_to_the_byte():
    night, before = suspected()
    at = wire(borrower_of(night).basis.images[0].at_ms)

    told = close(night, "TRUE_FRAUD")

    assert borrower_of(night).models == before
    assert borrower_of(night).basis.images == []
    (decision,) = restored(told)
    assert (decision["about"], decision["subject_id"]) == ("brw_1/default/1", "brw_1")
    assert decision["detail"] == f"the rows of the detectors are as they were at {at}"


@pytest.mark.parametrize("outcome", [of for of in CaseOutcome if of != CaseOutcome.TRUE_FRAUD])
def test_any_other_outcome_leaves_the_rows_and_drops_the_image(outcome):
    night, _ = suspected()
    learned = dict(borrower_of(night).models)

    told = close(night, outcome.value)

    assert borrower_of(night).models == learned
    assert borrower_of(night).basis.images == []
    assert restored(told) == []


def test_an_outcome_is_no_lesson_before_the_case_is_closed():
    night, before = suspected()
    night.says("ann", "claim")
    night.says("ann", "outcome", fields={"outcome": "TRUE_FRAUD"})

    assert borrower_of(night).models != before
    assert len(borrower_of(night).basis.images) == 1


def test_the_image_outlives_its_warning_while_a_case_rests_on_it():
    night, before = suspected()
    night.says("ann", "claim")
    night.until(night.now_ms + 20 * DAY_MS, every_ms=12 * HOUR_MS)
    assert not borrower_of(night).episodes["payee"].tier
    pays(night)

    night.says("ann", "outcome", fields={"outcome": "TRUE_FRAUD"})
    night.says("ann", "close")

    assert borrower_of(night).models == before


def test_a_case_that_nobody_took_up_takes_its_image_with_it():
    night = Night("2026-03-02T10:00")
    for _ in range(3):
        failed(night)
        pays(night, 4)
    assert len(borrower_of(night).basis.images) == 1
    assert borrower_of(night).basis.images[0].cases == ["default"]
    night.until(night.now_ms + 90 * DAY_MS, every_ms=24 * HOUR_MS)

    assert night.case()["state"] == "CLOSED"
    assert borrower_of(night).basis.images == []


def test_the_oldest_warning_that_a_case_rests_on_counts():
    night = Night("2026-03-02T10:00")
    pays(night, 3)
    before = dict(borrower_of(night).models)
    failed(night)
    pays(night, 2)
    night.payee_changed()
    pays(night, 2)
    assert len(borrower_of(night).basis.images) == 2

    close(night, "TRUE_FRAUD")

    assert borrower_of(night).models == before


def failed(night):
    return night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")


def test_what_was_kept_later_is_unlearned_with_the_rest():
    borrower = Borrower("brw_1")
    for at_ms, warning in enumerate(("brw_1/a/1", "ln_1/b/1"), start=1):
        borrower.models = {"amount": bytes([at_ms])}
        images.follow(borrower, warning, borrower.models, at_ms, is_open=True)
    borrower.models = {"amount": b"9"}
    images.rest(borrower, "one", ["brw_1/a/1"], borrower.models, 9)
    images.rest(borrower, "two", ["ln_1/b/1"], borrower.models, 9)

    assert images.restore(borrower, "one") is not None
    images.refute(borrower, "one")

    assert borrower.models == {"amount": b"\x01"}
    (left,) = borrower.basis.images
    assert (left.rows, left.cases) == (borrower.models, ["two"])


def test_the_event_in_hand_is_not_in_the_image_of_a_state_rule():
    """A rule that is looked at after the event was learned: what opened it was the event."""
    night = Night("2026-03-02T10:00", rules=LATE)
    night.loan("2026-03-20")
    pays(night, 2)
    before = dict(borrower_of(night).models)

    told = night.pay(3)

    (opened,) = [each for each in of(told, "alerts") if each["transition"] == "opened"]
    (image,) = borrower_of(night).basis.images
    assert image.rows == before != borrower_of(night).models
    assert image.warnings == [opened["alert_id"].rpartition("/")[0]]


LATE = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule small
  name "Three payments" / "三笔还款"
  signal RP02 family repayment lane credit
  when count(repayment where status = SUCCEEDED) over 9 days >= 3
  tier moderate soft
  reason "three" / "三笔"
end
"""


def test_a_rule_on_trial_keeps_no_image():
    night = Night(
        "2026-03-02T10:00", rules=LATE.replace("lane credit", "lane credit\n  mode shadow")
    )
    pays(night, 4)

    assert borrower_of(night).episodes["small"].tier
    assert borrower_of(night).basis.images == []


def test_what_is_closed_as_false_and_goes_on_has_an_image_of_then_for_its_next_case():
    night, _ = suspected()
    close(night, "TEMPORARY")
    learned = dict(borrower_of(night).models)
    failed(night)
    night.until(night.now_ms + DAY_MS, every_ms=6 * HOUR_MS)

    for image in borrower_of(night).basis.images:
        assert image.rows == learned


# --- right, or wrong

VOICED = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule odd
  name "Odd" / "异常"
  signal D2 family model lane credit
  on repayment
  when detector.amount.p_value <= 100%
  tier moderate hard
  reason "odd" / "异常"
end

rule plain
  name "Plain" / "普通"
  signal RP02 family repayment lane credit
  when repayment.status = FAILED
  tier severe hard
  reason "failed" / "失败"
end
"""


def counted(night):
    """Right and wrong of each model, as this partition has counted them."""
    days = night.book._broadcast.fitness.counts.days.values()
    found = {}
    for day in days:
        for model, numbers in day.items():
            right, wrong = found.get(model, (0, 0))
            found[model] = right + numbers[RIGHT], wrong + numbers[WRONG]
    return {model: said for model, said in found.items() if said != (0, 0)}


def voiced(*, by_detector=True):
    night = Night("2026-03-02T10:00", rules=VOICED)
    night.loan("2026-05-01")
    if by_detector:
        pays(night, 14)
    failed(night)
    assert night.case()["state"] == "NEW"
    return night


@pytest.mark.parametrize("outcome", CaseOutcome)
def test_an_outcome_counts_for_the_detectors_that_the_case_rested_on(outcome):
    night = voiced()

    close(night, outcome.value)

    expected = {"amount/1": (int(outcome in HITS), int(outcome in FALSE))}
    assert counted(night) == (expected if outcome in (*HITS, *FALSE) else {})
    assert borrower_of(night).basis.detectors == {}


def test_a_case_that_rests_on_rules_alone_counts_for_no_detector():
    """Its alerts tell of the amounts all the same."""
    night = voiced(by_detector=False)

    close(night, "TRUE_DISTRESS")

    assert counted(night) == {}


def test_it_counts_too_for_what_the_case_has_come_to_rest_on_since():
    night = Night("2026-03-02T10:00", rules=VOICED)
    night.loan("2026-05-01")
    failed(night)
    assert borrower_of(night).basis.detectors == {}
    pays(night, 14)

    close(night, "TRUE_DISTRESS")

    assert counted(night) == {"amount/1": (1, 0)}


FOURFOLD = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end
""" + "".join(
    f"""
rule plain_{family}
  name "Plain" / "普通"
  signal RP02 family {family} lane credit
  when repayment.status = FAILED
  tier mild hard
  keep 7 days
  reason "failed" / "失败"
end
"""
    for family in ("repayment", "diversion", "external")
)
"""Three families that are mild make no case; with M's they are four."""


def test_a_case_counts_for_m_where_it_rests_on_its_warning(monkeypatch):
    lanes = dict.fromkeys(Lane, 9.0)
    seen = Seen(v=lanes, lanes=(Lane.INSTANT,), combined=combined(NOTHING, 0), is_muted=False)
    monkeypatch.setattr(models, "look", lambda *_: seen)
    night = Night("2026-03-02T10:00", rules=FOURFOLD)
    night.loan("2026-05-01")
    night.control(DetectorBody(detector="combination", version=1, standing=Standing.IN_FORCE))
    pays(night)
    night.until(night.now_ms + 15 * DAY_MS, every_ms=DAY_MS)
    assert night.case() is None
    failed(night)
    assert any("/m.combination/" in each for each in night.case()["alert_ids"])

    close(night, "TEMPORARY")

    assert counted(night) == {"combination/1": (0, 1)}


@pytest.mark.parametrize(
    ("profile", "shares"),
    [
        pytest.param(
            {"region": "cn-31", "size_band": "small", "segment_ids": ("tea", "all")},
            {"region": "cn-31", "size": "small", "segment": "tea"},
            id="told",
        ),
        pytest.param({}, {"region": "", "size": "", "segment": "default"}, id="not told"),
    ],
)
def test_it_counts_by_what_the_profile_says_when_the_case_is_closed(profile, shares):
    night = voiced()
    data = BorrowerProfile(borrower_id="brw_1", **profile)
    night.add(
        b"brw_1",
        journal.BorrowerProfileRecord(
            borrower_id="brw_1",
            record_id="p1",
            effective_at_ms=night.now_ms,
            wall_arrival_at_ms=night.now_ms,
            data=data,
        ),
    )

    close(night, "TEMPORARY")

    (block,) = night.book._broadcast.fitness.shares.blocks.values()
    assert block == {
        "amount/1": {trait: {value: Judged(wrong=1)} for trait, value in shares.items()}
    }


# --- images by themselves


def test_beyond_so_many_images_a_warning_shares_the_latest():
    borrower = Borrower("brw_1")
    for number in range(images.MOST + 2):
        borrower.models = {"amount": bytes([number])}
        images.follow(borrower, f"brw_1/r{number}/1", borrower.models, number, is_open=True)

    kept = borrower.basis.images
    assert [image.at_ms for image in kept] == [*range(images.MOST)]
    assert kept[-1].warnings == [f"brw_1/r{n}/1" for n in range(images.MOST - 1, images.MOST + 2)]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("learn"), st.integers(0, 9)),
        st.tuples(st.just("open"), st.integers(0, 5)),
        st.tuples(st.just("end"), st.integers(0, 5)),
        st.tuples(st.just("rest"), st.integers(0, 1)),
        st.tuples(st.just("release"), st.integers(0, 1)),
        st.tuples(st.just("refute"), st.integers(0, 1)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=200)
def test_no_image_is_younger_than_what_it_is_kept_for_and_none_is_kept_for_nothing(drawn):
    borrower, opened = Borrower("brw_1"), {}
    for clock, (what, number) in enumerate(drawn):
        match what:
            case "learn":
                borrower.models = {"amount": bytes([clock])}
            case "open":
                if all(str(number) not in each.warnings for each in borrower.basis.images):
                    opened[str(number)] = clock
                images.follow(borrower, str(number), borrower.models, clock, is_open=True)
            case "end":
                opened.pop(str(number), None)
                images.follow(borrower, str(number), borrower.models, clock, is_open=False)
            case "rest":
                images.rest(borrower, str(number), list(opened), borrower.models, clock)
            case "release":
                images.release(borrower, str(number))
            case "refute":
                images.refute(borrower, str(number))
    kept = borrower.basis.images
    assert len(kept) <= images.MOST
    assert all(each.warnings or each.cases for each in kept)
    assert [each.at_ms for each in kept] == sorted(each.at_ms for each in kept)
    for image in kept:
        assert all(opened[warning] >= image.at_ms for warning in image.warnings)


# --- a worker that dies,


def test_a_restart_at_any_place_restores_the_same_rows():
    night, before = suspected()
    close(night, "TRUE_FRAUD")

    for cut in range(1, len(night.records)):
        first, second = Book(TRUST, speaks=True), Book(TRUST, speaks=True)
        told = [each for key, value in night.records[:cut] for each in first.fold(key, value)]
        for key, value in first.changes():
            second.restore(key, value)
        told += [each for key, value in night.records[cut:] for each in second.fold(key, value)]
        assert told == night.outputs, f"restarted at {cut}"
        assert second._shelf.take("brw_1").models == before
