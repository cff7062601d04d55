"""D8: river's scaler and regression as oracle, rows, the fixed formula, cohorts."""

import math
import random

import pytest
from river import linear_model, optim, preprocessing

from detectors import RecordError
from detectors.ews import BASE_RATE, INTERCEPT_RATE, POSITIVES_LEAST, RATE, Cohorts, Ews, Judged
from detectors.features import NAMES


def examples(n, seed=1):
    """Borrowers whose chance rests on three features; one feature never moves."""
    rng, found = random.Random(seed), []
    for _ in range(n):
        x = [rng.gauss(3, 2) for _ in NAMES]
        x[5] = 7.0
        raw = x[0] - x[1] + 0.5 * x[2] - 2.5
        found.append((tuple(x), rng.random() < 1 / (1 + math.exp(-raw))))
    return found


def taught(n):
    ews = Ews()
    for x, is_bad in examples(n):
        ews.learn_one(x, is_bad=is_bad)
    return ews


def test_it_is_rivers_pipeline():
    """From river's start: no accumulated gradient, and its intercept where ours begins."""
    scaler = preprocessing.StandardScaler()
    theirs = linear_model.LogisticRegression(
        optim.AdaGrad(RATE),
        intercept_init=math.log(BASE_RATE / (1 - BASE_RATE)),
        intercept_lr=INTERCEPT_RATE,
    )
    ours = Ews(from_prior=False)
    for i, (values, is_bad) in enumerate(examples(600)):
        x = dict(enumerate(values))
        if ours.is_learned:
            expected = theirs.predict_proba_one(scaler.transform_one(x))[True]
            assert ours.predict_one(values) == pytest.approx(expected, rel=1e-7), i
        scaler.learn_one(x)
        theirs.learn_one(scaler.transform_one(x), is_bad)
        ours.learn_one(values, is_bad=is_bad)

    assert ours.is_learned


def test_it_learns_who_turns_bad():
    ews = taught(3_000)
    unseen = examples(1_000, seed=2)
    bad = [ews.predict_one(x) for x, is_bad in unseen if is_bad]
    good = [ews.predict_one(x) for x, is_bad in unseen if not is_bad]
    wins = sum(b > g for b in bad for g in good) / len(bad) / len(good)

    assert wins > 0.85
    assert ews.contributions(unseen[0][0])[0][0] in NAMES


@pytest.mark.parametrize("cut", [0, 1, 30, 400])
def test_wherever_its_row_is_cut_it_goes_on_to_the_last_bit(cut):
    straight, halted = Ews(), Ews()
    for i, (x, is_bad) in enumerate(examples(500)):
        if i == cut:
            halted = Ews(halted.row)
        assert halted.predict_one(x) == straight.predict_one(x)
        straight.learn_one(x, is_bad=is_bad)
        halted.learn_one(x, is_bad=is_bad)

    assert halted.row == straight.row


def test_until_fifty_have_turned_bad_a_fixed_formula_speaks():
    ews, late = Ews(), [0.0] * len(NAMES)
    late[NAMES.index("late_worst")] = 1.5
    fixed = ews.predict_one(tuple(late))
    for i in range(POSITIVES_LEAST):
        assert ews.predict_one(tuple(late)) == fixed
        ews.learn_one(tuple(float(i) for _ in NAMES), is_bad=True)

    assert fixed > ews.__class__().predict_one((0.0,) * len(NAMES))
    assert ews.is_learned


@pytest.mark.parametrize(
    "x",
    [
        pytest.param((0.0,), id="too short"),
        pytest.param((math.nan,) * len(NAMES), id="not a number"),
        pytest.param((math.inf,) * len(NAMES), id="infinite"),
    ],
)
def test_unsound_features_are_not_learned(x):
    ews = taught(60)
    before = ews.row
    ews.learn_one(x, is_bad=True)

    assert ews.row == before


def test_chances_stay_chances_however_far_out():
    ews = taught(400)
    for far in (1e9, -1e9):
        assert 0.0 <= ews.predict_one((far,) * len(NAMES)) <= 1.0


@pytest.mark.parametrize("row", [b"", Ews().row[:-1], bytes(len(Ews().row))])
def test_a_row_that_cannot_be_trusted_is_refused(row):
    with pytest.raises(RecordError):
        Ews(row)


def test_a_cohort_is_learned_when_it_is_final_for_good_and_bad_alike():
    cohorts = Cohorts()
    late, early, too = (
        Judged((float(i),), 0.5, i == 1, matures) for i, matures in enumerate((90, 60, 60))
    )
    for each in (late, early, too):
        cohorts.freeze(each)

    assert cohorts.matured(59) == []
    assert cohorts.matured(60) == [early, too]
    assert cohorts.matured(1_000) == [late]
