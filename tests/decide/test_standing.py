"""Standings: in shadow it is silent and learns; promoted it speaks, as it was calibrated."""

import base64
import math

import msgspec
import pytest

from detectors import CUSUM, DETECTORS
from detectors.calibration import Calibrator
from schemas.control import CalibrationRow, DetectorBody, Standing
from stream.decide.heard import AT_FIRST, Heard, StandingError, check

ASKING = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule fall
  name "Fall" / "下降"
  signal D4
  family model
  lane credit
  on pos_clearing
  when detector.{name} is ready and detector.{name}.p_value < 1%
  tier mild soft
  keep 1 day
  reason "p {{detector.{name}.p_value | score}}" / "p{{detector.{name}.p_value | score}}"
end
"""


def calibrator(scores=(), bold=1.0):
    """One that has learned nothing or, by `bold`, that the detector exaggerates."""
    found = Calibrator()
    for i in range(scores or 0):
        found.learn_one(-bold * math.log(1 - (i * 0.618034 % 1)))
    return found


def rows(segment="default", of=None):
    row = base64.b64encode((of or Calibrator()).row).decode()
    return tuple(CalibrationRow(segment=segment, aged=aged, row=row) for aged in (False, True))


def body(standing=Standing.IN_FORCE, detector="cusum", version=1, calibration=None):
    given = rows() if calibration is None else calibration
    return DetectorBody(
        detector=detector, version=version, standing=standing, calibration=given, reason="trial"
    )


def falling(log, first=0, days=80):
    """Sales that halve over eighty days, from where they are steady for forty."""
    for day in range(days):
        level = 10_000 * 0.97 ** max(0, day - 40)
        log.sale(first + day, fen=round(level * (1 + (day * 7 % 5 - 2) / 20)), channel="QR")
    return log


def warned(trial, log):
    return [
        each["detector_scores"]
        for each in trial.told(trial.run(log.records), "alerts")
        if each["transition"] == "opened"
    ]


def learned(trial, log):
    book = trial.Book(trial.TRUST, speaks=True)
    trial.run(log.records, book)
    return dict(book.changes())[b"brw_1/models"]


def log_of(trial, *controls, name="cusum"):
    log = trial.Log().rules(ASKING.format(name=name)).go_live()
    for each in controls:
        log.control(each)
    return falling(log)


def test_in_shadow_it_is_silent_and_learns_all_the_same(trial):
    shadow, promoted = log_of(trial), log_of(trial, body())

    assert warned(trial, shadow) == []
    (scores, *_) = warned(trial, promoted)
    assert {each["detector"] for each in scores} == {"amount", "cusum"}
    assert learned(trial, shadow) == learned(trial, promoted)


def test_a_demoted_one_is_silent_again(trial):
    log = trial.Log().rules(ASKING.format(name="cusum")).go_live().control(body(), "p1")
    log.control(body(Standing.SHADOW), supersedes="p1")

    assert warned(trial, falling(log)) == []


def test_p_values_are_as_the_segment_was_calibrated(trial):
    """The detector exaggerates five-fold: what it says as p = e-5 is e-1 here."""
    exaggerates = rows(of=calibrator(20_000, bold=5.0))
    right = rows(of=calibrator(20_000, bold=1.0))

    assert warned(trial, log_of(trial, body(calibration=exaggerates))) == []
    (scores, *_) = warned(trial, log_of(trial, body(calibration=right)))
    assert next(each for each in scores if each["detector"] == "cusum")["p_value"] < 0.01


def test_the_segment_of_the_borrower_counts_before_all_others():
    said = CUSUM.score_one(CUSUM.init(CUSUM.default_prior), sale())
    score = msgspec.structs.replace(said, p_value=math.exp(-5))
    calibration = rows() + rows("bakers", calibrator(20_000, bold=5.0))
    heard = Heard(DETECTORS, {"cusum": body(calibration=calibration)})
    of = {
        each: heard.told({"cusum": score}, {"cusum"}, each)["cusum"].p_value
        for each in ("bakers", "others")
    }

    assert of["bakers"] == pytest.approx(math.exp(-1), rel=0.05)
    assert of["others"] == pytest.approx(math.exp(-5), rel=0.3)


def sale():
    from detectors import Observation  # noqa: PLC0415

    return Observation("pos_clearing", 0, 10_000, 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"detector": "cusumm"}, "did you mean `cusum`", id="no such detector"),
        pytest.param({"version": 2}, "expected version 1 of detector `cusum`, got 2", id="version"),
        pytest.param({"calibration": ()}, "expected a calibration of segment `default`", id="bare"),
        pytest.param(
            {"calibration": rows("bakers")}, "expected a calibration of segment", id="not for all"
        ),
        pytest.param(
            {"calibration": (rows()[0], CalibrationRow(segment="default", aged=True, row="AAAA"))},
            "calibration[1] of `default`: expected a record of",
            id="no row",
        ),
    ],
)
def test_what_cannot_stand_is_refused_and_changes_nothing(trial, wrong, said):
    log = log_of(trial, body(**wrong))
    health = trial.told(trial.run(log.records), "health")

    assert any(said in each["message"] for each in health)
    assert warned(trial, log) == []


@pytest.mark.parametrize("name", sorted(AT_FIRST))
def test_the_first_three_are_heard_before_any_record_and_need_no_calibration(name):
    check(DETECTORS, body(detector=name, calibration=()))

    assert name in Heard(DETECTORS, {}).names
    assert Heard(DETECTORS, {}).names == AT_FIRST
    assert name not in Heard(DETECTORS, {name: body(Standing.SHADOW, detector=name)}).names


def test_another_version_of_a_detector_starts_in_shadow():
    promoted = {"cusum": body(version=7), "amount": body(detector="amount", version=7)}

    assert Heard(DETECTORS, promoted).names == AT_FIRST - {"amount"}


def test_a_stored_row_of_another_engine_is_no_failure():
    broken = (CalibrationRow(segment="default", aged=True, row="AAAA"),)

    assert "cusum" not in Heard(DETECTORS, {"cusum": body(calibration=broken)}).names
    with pytest.raises(StandingError, match="expected a record of"):
        check(DETECTORS, body(calibration=broken))


def test_a_take_over_at_any_place_says_the_same(trial):
    log = log_of(trial, body(calibration=rows(of=calibrator(5_000, bold=1.2))))
    whole = trial.run(log.records)
    for cut in range(1, len(log.records), 9):
        before, after = (trial.Book(trial.TRUST, speaks=True) for _ in range(2))
        first = trial.run(log.records[:cut], before)
        for key, value in before.changes():
            after.restore(key, value)
        assert first + trial.run(log.records[cut:], after) == whole


def test_a_standing_is_on_record_with_who_signed_it(trial):
    decisions = trial.told(trial.run(log_of(trial, body()).records), "decisions")
    notes = [each["control"] for each in decisions if each.get("control")]

    assert "detector:cusum" in {each["subject"] for each in notes}
    assert msgspec.json.decode(msgspec.json.encode(body()), type=DetectorBody) == body()
