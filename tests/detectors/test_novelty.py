"""D7: river's own trees as oracle, to the last bit; Shuttle; rows."""

import random

import pytest
from river import anomaly, datasets, preprocessing
from river.metrics import RollingROCAUC

from detectors import RecordError
from detectors.forest import Shape
from detectors.novelty import Novelty, squeezed, surprise

SMALL = Shape(features=10, trees=10, height=6, window=250)


def stream(n, features=10, seed=2):
    rng = random.Random(seed)
    return [[min(1.0, max(0.0, rng.gauss(0.5, 0.15))) for _ in range(features)] for _ in range(n)]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(Shape(features=10, trees=10, height=8, window=250, seed=1), id="river's size"),
        pytest.param(SMALL, id="shallow"),
        pytest.param(Shape(features=8, trees=25, height=8, window=300), id="as shipped"),
        pytest.param(Shape(features=1, trees=3, height=4, window=10, seed=3), id="one feature"),
    ],
)
def test_scores_are_rivers_to_the_last_bit(shape):
    theirs = anomaly.HalfSpaceTrees(
        n_trees=shape.trees, height=shape.height, window_size=shape.window, seed=shape.seed
    )
    ours, names = Novelty(shape), [f"f{i:02}" for i in range(shape.features)]
    for values in stream(1_300, shape.features):
        x = dict(zip(names, values, strict=True))

        assert ours.score_one(values) == theirs.score_one(x)
        ours.learn_one(values)
        theirs.learn_one(x)


@pytest.mark.parametrize("cut", [0, 1, 249, 250, 251, 700])
def test_wherever_its_row_is_cut_it_goes_on_to_the_last_bit(cut):
    xs, straight, halted = stream(900), Novelty(SMALL), Novelty(SMALL)
    for i, x in enumerate(xs):
        if i == cut:
            halted = Novelty(SMALL, halted.row)
        assert halted.score_one(x) == straight.score_one(x)
        straight.learn_one(x)
        halted.learn_one(x)

    assert halted.row == straight.row


def test_shuttle_is_found_as_by_river():
    """Issue 7 asks for an AUC of 0.95; river's own with this shape has 0.975 (detectors.md 1)."""
    scaler, novelty = preprocessing.MinMaxScaler(), Novelty(SMALL._replace(features=9, seed=42))
    found = list(datasets.Shuttle())
    auc = RollingROCAUC(window_size=len(found))
    for x, is_anomaly in found:
        scaler.learn_one(x)
        scaled = scaler.transform_one(x)
        values = [scaled[name] for name in sorted(scaled)]
        auc.update(bool(is_anomaly), novelty.score_one(values))
        novelty.learn_one(values)

    assert auc.get() >= 0.95


@pytest.mark.parametrize("x", [[0.5] * 9, [0.5] * 9 + [float("nan")], [0.5] * 9 + [1.1]])
def test_what_is_no_observation_is_not_counted(x):
    novelty = Novelty(SMALL)
    novelty.learn_one(x)

    assert novelty.row == Novelty(SMALL).row


def test_a_row_that_cannot_be_trusted_is_refused():
    novelty = Novelty(SMALL)
    for x in stream(300):
        novelty.learn_one(x)
    row = novelty.row
    one_more = row[:8] + bytes([row[8] ^ 1]) + row[9:]
    for broken in (b"", row[:-1], bytes(len(row)), one_more):
        with pytest.raises(RecordError):
            Novelty(SMALL, broken)


def test_what_a_calibrator_takes_is_a_number_from_0_on():
    assert surprise(0.0) == 0.0
    assert 0 < surprise(0.9) < surprise(0.999) < surprise(1.0) < 600
    assert 0 == squeezed(-1.0) == squeezed(0.0) < squeezed(3.0) < 1
