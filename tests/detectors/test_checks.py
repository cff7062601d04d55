"""The contract: ours keep it, and each planted fault is found by the check meant for it."""

import math
import random

import pytest
from msgspec.structs import replace

from detectors import DETECTORS, RecordError
from detectors.amount import DEFAULT_PRIOR, Amount
from detectors.cadence import Cadence
from detectors.checks import CHECKS, run_checks
from detectors.protocol import Score


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_our_detectors_keep_the_contract(name, check):
    check(DETECTORS[name])


class ScoresAndLearns(Amount):
    """Like river's PredictiveAnomalyDetection, which moves its threshold in `score_one`."""

    seen = 0

    def score_one(self, row, x):
        self.seen += 1
        score = super().score_one(row, x)
        return score and replace(score, p_value=score.p_value / (1 + self.seen))


class RemembersOutsideTheRow(Amount):
    last = 0.0

    def learn_one(self, row, x, score, weight=1.0):
        shifted = replace(score, observed=max(score.observed, self.last))
        self.last = score.observed
        return super().learn_one(row, x, shifted, weight)


class ThrowsDice(Amount):
    def learn_one(self, row, x, score, weight=1.0):
        blurred = replace(score, observed=score.observed + random.SystemRandom().random())
        return super().learn_one(row, x, blurred, weight)


class TakesAnything(Amount):
    def score_one(self, row, x):
        return super().score_one(row, x) or Score(1.0, 0.0, 0, 0.0, 1.0, 0.0, ready=False)


class RaisesOnBadInput(Amount):
    def score_one(self, row, x):
        if not math.isfinite(x.amount_minor):
            raise ValueError("what is this")
        return super().score_one(row, x)


class ForgivesBrokenRows(Amount):
    def score_one(self, row, x):
        try:
            return super().score_one(row, x)
        except RecordError:
            return super().score_one(self.init(DEFAULT_PRIOR), x)


class IgnoresTheVersion(Amount):
    def score_one(self, row, x):
        ours = self.init(DEFAULT_PRIOR)[:4]
        return super().score_one(ours + row[4:] if row[:2] == ours[:2] else row, x)


class LearnsWithoutWeight(Amount):
    def learn_one(self, row, x, score, weight=1.0):
        return super().learn_one(row, x, score, weight or 1.0)


class TakesAnyWeight(Amount):
    def learn_one(self, row, x, score, weight=1.0):
        return super().learn_one(row, x, score, 1.0 if weight else 0.0)


class RefusesLateEvents(Amount):
    def __init__(self):
        super().__init__()
        self.latest = 0

    def score_one(self, row, x):
        if type(x.at_ms) is int and x.at_ms < self.latest - 30 * 86_400_000:
            raise ValueError("late")
        return super().score_one(row, x)

    def learn_one(self, row, x, score, weight=1.0):
        self.latest = x.at_ms
        return super().learn_one(row, x, score, weight)


class MixesStreams(Amount):
    def score_one(self, row, x):
        score = super().score_one(row, x)
        return score and super().score_one(row, x._replace(stream="repayment"))

    def learn_one(self, row, x, score, weight=1.0):
        return super().learn_one(row, x._replace(stream="repayment"), score, weight)


class KeepsTheWindow(Amount):
    def score_one(self, row, x):
        return super().score_one(row[:88], x)

    def learn_one(self, row, x, score, weight=1.0):
        return super().learn_one(row[:88], x, score, weight) + row[88:] + b"\0" * 8


class ReturnsABytearray(Amount):
    def learn_one(self, row, x, score, weight=1.0):
        return bytearray(super().learn_one(bytes(row), x, score, weight))


class IsReadyAtOnce(Amount):
    def score_one(self, row, x):
        score = super().score_one(row, x)
        return score and replace(score, ready=True)


class SaturatesAtZero(Amount):
    """Like river's GaussianScorer, whose score is exactly 1.0 from nine sigma on."""

    def score_one(self, row, x):
        score = super().score_one(row, x)
        return score and replace(score, p_value=0.0 if score.p_value < 1e-16 else score.p_value)


class AlarmsOnTheConstant(Amount):
    """Like river's GaussianScorer, which gives a constant series its highest score."""

    def score_one(self, row, x):
        score = super().score_one(row, x)
        is_constant = score is not None and score.n > 3 and abs(score.z) < 0.1
        return replace(score, p_value=1e-9) if is_constant else score


class SkipsAnomalies(Amount):
    """Like river's `protect_anomaly_detector=True`."""

    def learn_one(self, row, x, score, weight=1.0):
        is_unusual = score.ready and score.p_value < 0.01
        return super().learn_one(row, x, score, 0.0 if is_unusual else weight)


class ForgetsTheTime(Cadence):
    """A tick that looks at the weekday: on Mondays every silence is usual again."""

    def tick(self, row, stream, now_ms, peers=0.0):
        score = super().tick(row, stream, now_ms, peers)
        is_monday = score and now_ms // 86_400_000 % 7 == 4
        return replace(score, p_value=1.0) if is_monday else score


class TicksBackwards(Cadence):
    def tick(self, row, stream, now_ms, peers=0.0):
        said = super().tick(row, stream, now_ms, peers)
        return said or Score(0.5, 0.0, 0, 0.0, 1.0, 0.0, ready=True)


class WaitsTooLong(Cadence):
    def deadline(self, row, stream, alpha):
        at_ms = super().deadline(row, stream, alpha)
        return at_ms and at_ms + 86_400_000


class WaitsTooShort(Cadence):
    def deadline(self, row, stream, alpha):
        return super().deadline(row, stream, 2 * alpha)


class ExplainsSomethingElse(Amount):
    def explain(self, x, score):
        return super().explain(x, score)._replace(p_value=0.5)


class ExplainsBackwards(Amount):
    def explain(self, x, score):
        why = super().explain(x, score)
        return why._replace(low=why.high, high=why.low)


@pytest.mark.parametrize(
    ("faulty", "check"),
    [
        (ScoresAndLearns, "check_score_one_is_pure"),
        (RemembersOutsideTheRow, "check_the_row_is_all_that_is_remembered"),
        (ThrowsDice, "check_it_is_deterministic"),
        (TakesAnything, "check_bad_input_is_refused"),
        (RaisesOnBadInput, "check_bad_input_is_refused"),
        (ForgivesBrokenRows, "check_broken_rows_are_refused"),
        (IgnoresTheVersion, "check_broken_rows_are_refused"),
        (LearnsWithoutWeight, "check_weight_scales_the_step"),
        (TakesAnyWeight, "check_weight_scales_the_step"),
        (RefusesLateEvents, "check_time_may_go_back"),
        (MixesStreams, "check_streams_do_not_disturb_each_other"),
        (KeepsTheWindow, "check_the_row_stays_small"),
        (ReturnsABytearray, "check_the_row_stays_small"),
        (IsReadyAtOnce, "check_a_new_borrower_is_not_ready"),
        (SaturatesAtZero, "check_p_values_are_probabilities"),
        (AlarmsOnTheConstant, "check_a_constant_is_no_alarm"),
        (SkipsAnomalies, "check_a_new_level_is_learned"),
        (ForgetsTheTime, "check_silence_becomes_ever_less_usual"),
        (TicksBackwards, "check_silence_becomes_ever_less_usual"),
        (WaitsTooLong, "check_a_deadline_is_when_it_becomes_unusual"),
        (WaitsTooShort, "check_a_deadline_is_when_it_becomes_unusual"),
        (ExplainsSomethingElse, "check_explanations_say_what_was_scored"),
        (ExplainsBackwards, "check_explanations_say_what_was_scored"),
    ],
)
def test_a_planted_fault_is_found_by_its_check(faulty, check):
    assert check in {broken.check for broken in run_checks(faulty())}


def test_every_check_has_a_fault_that_it_finds():
    cases = test_a_planted_fault_is_found_by_its_check.pytestmark[0].args[1]

    assert {check for _, check in cases} == {check.__name__ for check in CHECKS}
