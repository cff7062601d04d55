"""A whole journal in which D8 in force says far too much: demoted wherever it is folded."""

from base64 import b64encode

import pytest

from detectors.ews import POSITIVES_LEAST, Ews
from detectors.judgement import heard
from schemas.control import DetectorBody, Standing
from schemas.crossing import EWS_KEY_LENGTH
from tests.decide.conftest import Log
from tests.decide.ews.world import examples, folded, models, portfolio
from tests.decide.feeds.world import Restarting

BORROWERS, DAYS = 24, 260


def alarmist(rows):
    """The row of a model for which everybody is bad."""
    model = Ews()
    for n in range(2 * POSITIVES_LEAST):
        model.learn_one(rows[n % len(rows)], is_bad=True)
    return b64encode(model.row).decode()


@pytest.fixture(scope="module")
def records():
    lines = portfolio(BORROWERS, DAYS).written()
    short = folded(portfolio(BORROWERS, 120).written())
    row = alarmist([heard(text[EWS_KEY_LENGTH:]).x for _, text in examples(short)])
    log = Log(records=lines[:1], controls=1)
    log.control(DetectorBody(detector="ews", version=1, standing=Standing.IN_FORCE, row=row))
    return [*log.records, *lines[1:]]


@pytest.fixture(scope="module")
def whole(records):
    return folded(records)


def of_d8(cluster):
    return [each for each in cluster.health() if each[1] == "detector:ews"]


def told(cluster):
    """What was told of models, in order."""
    topics = ("health", "models", "learned-models")
    found = [each for each in cluster.outputs if each.topic in topics]
    return found + [each for each in cluster.outputs if each.key == b"detector:ews"]


def test_it_is_demoted_and_the_formula_judges(whole):
    (model,) = models(whole)

    assert [kind for kind, *_ in of_d8(whole)] == ["model_calibration", "model_demoted"]
    assert model.mark == 0
    assert whole.books[0]._broadcast.governance.detectors["ews"].row


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_demotes_at_the_same_place(partitions, records, whole):
    split = folded(records, partitions)

    assert {each.mark for each in models(split)} == {0}
    assert told(split) == told(whole)


@pytest.mark.parametrize("every", [1, 5])
def test_a_restart_at_any_place_leaves_no_trace(every, records, whole):
    assert Restarting(1, every).fold(records).outputs == whole.outputs
