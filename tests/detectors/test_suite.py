"""The suite: scores what listens, learns afterwards, makes broken rows anew."""

import pytest

from detectors import AMOUNT, DETECTORS, Observation, PriorError, Suite, suite
from detectors.amount import Amount
from detectors.evidence import NAME, evidence, remember

X = Observation("repayment", 0, 86_250, 2)
LEVEL = {"mean": 9.2, "between_variance": 0.5, "within_variance": 0.1}


class OnlyRepayments(Amount):
    """A second detector, so that the suite has something to choose from."""

    name = "only_repayments"
    streams = frozenset({"repayment"})


TWO = Suite([AMOUNT, OnlyRepayments()])


def learned(of, n=20):
    rows = {}
    for _ in range(n):
        of.learn_one(rows, X, of.score_one(rows, X, "bakers"))
    return rows


def test_scoring_changes_nothing():
    rows = learned(TWO)
    before = dict(rows)
    scoring = TWO.score_one(rows, X, "bakers")

    assert rows == before
    assert TWO.score_one(rows, X, "bakers") == scoring


@pytest.mark.parametrize(
    ("stream", "names"),
    [
        pytest.param("repayment", {"amount", "only_repayments"}, id="both"),
        pytest.param("settlement", {"amount"}, id="one"),
        pytest.param("weather", set(), id="none"),
    ],
)
def test_only_detectors_that_listen_score_and_learn(stream, names):
    rows = {}
    x = X._replace(stream=stream)
    scoring = TWO.score_one(rows, x, "bakers")
    TWO.learn_one(rows, x, scoring)

    assert set(scoring.scores) == set(rows) == names


def test_an_unsound_observation_leaves_the_rows_alone():
    rows = learned(TWO)
    before = dict(rows)
    x = X._replace(amount_minor=-1)
    scoring = TWO.score_one(rows, x, "bakers")
    TWO.learn_one(rows, x, scoring)

    assert (scoring.scores, rows) == ({}, before)


@pytest.mark.parametrize("broken", [b"", b"\x80\x04.", bytes(88)], ids=["empty", "pickle", "zeros"])
def test_a_broken_row_is_made_anew_from_the_prior_and_counted(broken):
    rows = learned(TWO)
    intact = rows["only_repayments"]
    rows["amount"] = broken
    scoring = TWO.score_one(rows, X, "bakers")
    TWO.learn_one(rows, X, scoring)

    assert scoring.rebuilt == ("amount",)
    assert (scoring.scores["amount"].n, scoring.scores["only_repayments"].n) == (0, 20)
    assert TWO.score_one(rows, X, "bakers").scores["amount"].n == 1
    assert rows["only_repayments"] != intact


def test_a_broken_row_is_made_anew_even_where_nothing_is_learned():
    rows = {"amount": b""}
    TWO.learn_one(rows, X, TWO.score_one(rows, X, "bakers"), weight=0.0)

    assert TWO.score_one(rows, X, "bakers").rebuilt == ()


def test_parameters_are_for_new_borrowers_of_their_segment():
    old = learned(TWO)
    signed = TWO.with_parameters("amount", {"bakers": {"repayment": LEVEL}})

    assert signed.score_one({}, X, "bakers").scores["amount"].expected == 9.2
    assert signed.score_one({}, X, "smiths") == TWO.score_one({}, X, "smiths")
    assert signed.score_one(old, X, "bakers") == TWO.score_one(old, X, "bakers")


def test_parameters_of_one_detector_leave_the_others():
    first = TWO.with_parameters("amount", {"bakers": {"repayment": LEVEL}})
    both = first.with_parameters("only_repayments", {"default": {"repayment": LEVEL}})

    assert both.score_one({}, X, "bakers").scores["amount"].expected == 9.2
    assert both.score_one({}, X, "smiths").scores["only_repayments"].expected == 9.2


def test_wrong_parameters_are_refused():
    with pytest.raises(PriorError, match=r"`segments.bakers.repayment.mean`"):
        TWO.with_parameters("amount", {"bakers": {"repayment": LEVEL | {"mean": -1}}})
    with pytest.raises(ValueError, match="unknown detector `amuont`: did you mean `amount`"):
        TWO.with_parameters("amuont", {})


def test_a_suite_is_named_by_its_detectors():
    assert list(suite(["amount", "amount"]).detectors) == ["amount"]
    assert list(suite([]).detectors) == []
    assert set(DETECTORS) == {"amount", "cadence", "cusum", "flow", "mix", "shortfall"}
    with pytest.raises(ValueError, match="got two of `amount`"):
        Suite([AMOUNT, Amount()])


def said(rows, x):
    return {name: p_value for name, _, p_value in TWO.said(TWO.score_one(rows, x, "bakers"))}


def test_evidence_is_of_detectors_that_are_ready_and_of_the_side_that_is_a_worry():
    rows = learned(TWO, 12)
    few, much = X._replace(amount_minor=1_000), X._replace(amount_minor=9_000_000)
    for x in (few, much):
        after = dict(rows)
        remember(after, x.at_ms, said(rows, x))
        found = evidence(after[NAME], 0)

        assert (found["amount"] > 3) is (x is few)

    assert said({}, few) == {}


def test_evidence_that_cannot_be_trusted_starts_anew():
    rows = learned(TWO, 12) | {NAME: b"broken"}
    remember(rows, X.at_ms, {"amount": 0.01})

    assert evidence(rows[NAME], 0)["amount"] > 0
