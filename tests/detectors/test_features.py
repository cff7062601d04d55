"""Features: what six periods are made into, bounds, rows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import RecordError
from detectors.evidence import NOTHING as SILENT
from detectors.evidence import VOICES, evidence, learn
from detectors.features import NAMES, NOTHING, PERIODS, Period, closed, vector, with_limit

numbers = st.floats(allow_nan=True, allow_infinity=True)
ON_TIME = Period(0, 200, 200, 400)


def named(row, said=SILENT):
    return dict(zip(NAMES, vector(row, evidence(said, 0)), strict=True))


def after(*periods, limit=1_000):
    row = with_limit(NOTHING, limit)
    for period in periods:
        row = closed(row, period)
    return row


def test_of_nobody_everything_is_as_if_paid_and_unused():
    found = named(NOTHING)

    assert (found["late0"], found["share0"], found["unpaid0"], found["used0"]) == (0, 1, 0, 0)
    assert found["periods"] == 0


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param(
            ON_TIME, {"is_late0": 0, "share0": 1.0, "unpaid0": 0, "used0": 0.4}, id="on time"
        ),
        pytest.param(
            Period(30, 0, 200, 400), {"is_late0": 1, "unpaid0": 1, "share0": 0}, id="unpaid"
        ),
        pytest.param(Period(59, 0, 0, 0), {"is_very_late0": 0, "unpaid0": 0}, id="just short"),
        pytest.param(
            Period(60, 0, 0, 0), {"is_very_late0": 1, "late0": math.log(3)}, id="two months"
        ),
        pytest.param(Period(-30, 0, 0, 0), {"is_late0": 0, "late0": -math.log(2)}, id="early"),
        pytest.param(Period(0, 900, 200, 5_000), {"share0": 1.5, "used0": 2.0}, id="beyond"),
    ],
)
def test_what_a_period_is_made_into(period, expected):
    found = named(after(period))

    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_the_latest_six_count_and_the_latest_comes_first():
    row = after(*(Period(30 * i, 0, 0, 0) for i in range(8)))
    found = named(row)

    assert [found[f"late{i}"] for i in range(PERIODS)] == [
        math.log1p(7 - i) for i in range(PERIODS)
    ]
    assert found["late_worst"] == math.log1p(7)
    assert found["periods"] == math.log1p(8)
    assert len(row) == len(NOTHING)


def test_means_are_of_the_periods_that_are_known():
    assert named(after(Period(30, 0, 0, 500)))["late_mean"] == math.log(2)
    assert named(after(ON_TIME, Period(30, 0, 0, 500)))["late_mean"] == math.log(2) / 2
    assert named(after(ON_TIME, Period(30, 0, 0, 500)))["used_change"] == pytest.approx(0.1)


def test_evidence_is_among_the_features():
    found = named(NOTHING, learn(SILENT, 0, {"silence": 1e-9}))

    assert found["evidence_silence"] > 2 * found["evidence_amount"]
    assert all(f"evidence_{voice}" in NAMES for voice in VOICES)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=9), numbers)
def test_whatever_comes_in_features_are_finite(periods, limit):
    row = after(*(Period(*period) for period in periods), limit=limit)
    found = vector(row, evidence(SILENT, 0))

    assert len(found) == len(NAMES)
    assert all(abs(each) < 1e3 for each in found)


@pytest.mark.parametrize("row", [b"", NOTHING[:-1], NOTHING[:8] + b"\xff" * (len(NOTHING) - 8)])
def test_a_row_that_cannot_be_trusted_is_refused(row):
    with pytest.raises(RecordError):
        closed(row, ON_TIME)


def test_no_attribute_of_a_person_is_among_the_names():
    words = ("age", "sex", "gender", "marri", "school", "educ", "region", "name", "birth")

    assert not [name for name in NAMES for word in words if name.startswith(word)]
