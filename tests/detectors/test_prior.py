"""Segment priors: from signed parameters, with errors that name the field."""

import math

import pytest

from detectors.amount import AMOUNT, DEFAULT_PRIOR
from detectors.prior import NormalPrior, PriorError, read_priors

LEVEL = {"mean": 9.2, "between_variance": 0.5, "within_variance": 0.1}


def test_what_a_segment_omits_is_the_defaults_and_what_that_omits_is_shipped():
    priors = read_priors(
        AMOUNT,
        {"default": {"settlement": LEVEL}, "bakers": {"repayment": LEVEL | {"mean": 8.0}}},
    )

    assert priors.of("bakers")["repayment"].mean == 8.0
    assert priors.of("bakers")["settlement"] == NormalPrior(9.2, 0.5, 0.1)
    assert priors.of("bakers")["pos_clearing"] == DEFAULT_PRIOR["pos_clearing"]
    assert priors.of("smiths")["repayment"] == DEFAULT_PRIOR["repayment"]


def test_no_parameters_are_the_shipped_prior():
    assert read_priors(AMOUNT, {}).of("anybody") == DEFAULT_PRIOR


def test_kappa_is_how_many_events_the_segment_is_worth():
    assert NormalPrior(6.0, 0.5, 1.0).kappa == 2.0


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"within_variance": -1}}},
            "expected a number from 0.0001 to 100, got `-1` in "
            "`segments.bakers.repayment.within_variance`",
            id="negative variance",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"between_variance": 0}}},
            "expected a number from 0.0001 to 100, got `0` in "
            "`segments.bakers.repayment.between_variance`",
            id="variance zero",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"mean": math.nan}}},
            "expected a number from 0 to 40, got `nan` in `segments.bakers.repayment.mean`",
            id="NaN",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"mean": 10_000}}},
            "expected a number from 0 to 40, got `10000` in `segments.bakers.repayment.mean`",
            id="an amount instead of its logarithm",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"mean": "9.2"}}},
            "expected a number from 0 to 40, got `'9.2'` in `segments.bakers.repayment.mean`",
            id="a text",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"mean": True}}},
            "expected a number from 0 to 40, got `True` in `segments.bakers.repayment.mean`",
            id="a boolean",
        ),
        pytest.param(
            {"default": {"repayment": {"mean": 9.2, "within_variance": 0.1}}},
            "expected `between_variance`, got nothing in `segments.default.repayment`",
            id="a field left out",
        ),
        pytest.param(
            {"bakers": {"repayment": LEVEL | {"maen": 1}}},
            "unknown field `maen` in `segments.bakers.repayment`: did you mean `mean`?",
            id="a misspelt field",
        ),
        pytest.param(
            {"bakers": {"weather": LEVEL}},
            "unknown field `weather` in `segments.bakers`: "
            "known are repayment, settlement, pos_clearing",
            id="an unknown stream",
        ),
        pytest.param(
            {"bakers": [1, 2]},
            "expected a table of named values, got `[1, 2]` in `segments.bakers`",
            id="a list",
        ),
        pytest.param(
            None, "expected a table of named values, got `None` in `segments`", id="nothing"
        ),
    ],
)
def test_wrong_parameters_are_refused_by_the_name_of_the_field(segments, message):
    with pytest.raises(PriorError) as refused:
        read_priors(AMOUNT, segments)

    assert str(refused.value) == message
