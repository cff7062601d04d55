"""D8 in whole books: the same however the journal is split or a worker dies, and no look-ahead."""

import random
from base64 import b64decode

import msgspec
import pytest
from sklearn.metrics import roc_auc_score

from detectors.ews import Ews
from detectors.judgement import ONE, heard, read
from schemas import crossing, journal
from schemas.crossing import EWS_KEY_LENGTH
from schemas.learned_model import LearnedModel
from stream.crossing.answers import Answers
from stream.decide.ews.rhythm import EVERY_DAYS, HORIZON_DAYS, slot_of
from tests.decide.ews.world import (
    Lender,
    examples,
    folded,
    judged,
    models,
    ms,
    ordinal,
    portfolio,
)
from tests.decide.feeds.world import Cluster, Restarting

DAYS = 230
BORROWERS = [f"brw_{number:03}" for number in range(14)]


@pytest.fixture(scope="module")
def records():
    return portfolio(len(BORROWERS), DAYS).written()


@pytest.fixture(scope="module")
def whole(records):
    return folded(records)


def known(cluster):
    """All that is known of D8, partition by partition and borrower by borrower."""
    of_all = {
        (each.learned, each.visited, each.challenger.row, each.mark, repr(each.counts.weeks))
        for each in models(cluster)
    }
    return of_all, judged(cluster, BORROWERS)


def straight(cluster, until):
    """A loop over the examples of all rounds up to a day."""
    ews = Ews()
    for day, text in examples(cluster):
        if day.toordinal() <= until:
            example = heard(text[EWS_KEY_LENGTH:])
            ews.learn_one(example.x, is_bad=example.is_bad)
    return ews


def test_it_learns(whole):
    (model,) = models(whole)

    assert model.challenger.positives > 5
    assert model.visited == ordinal(DAYS - 1)


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_learns_the_same(partitions, records, whole):
    assert known(folded(records, partitions)) == known(whole)


@pytest.mark.parametrize("every", [1, 2, 7])
def test_a_restart_at_any_place_leaves_no_trace(every, records, whole):
    restarted = Restarting(1, every).fold(records)

    assert known(restarted) == known(whole)
    assert restarted.outputs == whole.outputs


def test_the_row_is_that_of_a_straight_loop_over_the_same_examples(whole):
    (model,) = models(whole)

    assert len(examples(whole)) > 30
    assert model.challenger.row == straight(whole, model.learned).row


@pytest.mark.parametrize("cut", [60, 119, 190])
def test_what_comes_later_changes_nothing_that_was_frozen_or_scored(cut, records):
    """The whole is folded up to an instant; the other has never heard of what came after."""
    lender = portfolio(len(BORROWERS), DAYS)
    before = folded(lender.written(until_ms=ms(cut)))
    cluster = Cluster()
    for key, value in records:
        record = journal.decode(value)
        if isinstance(record, journal.Tick) and record.wall_at_ms >= ms(cut):
            break
        cluster.fold([(key, value)])

    assert known(cluster) == known(before)
    later = judged(folded(records), BORROWERS)
    for borrower, rows in judged(before, BORROWERS).items():
        assert [row for row in later[borrower] if read(row).day < ordinal(cut)] in suffixes(rows)


def suffixes(rows):
    return [rows[n:] for n in range(len(rows) + 1)]


def spoilt(telling):
    """Tells crossing in another order, some of it twice."""

    class Spoilt(Cluster):
        def take(self, outputs):
            self.outputs += outputs
            told = [crossing.decode(each.value) for each in outputs if each.topic == "crossings"]
            return [answer for each in telling(told) for answer in self.crossing.take(each)]

    return Spoilt(4)


@pytest.mark.parametrize(
    "telling",
    [
        pytest.param(lambda told: told[::-1], id="the other way round"),
        pytest.param(lambda told: [*told, *told], id="twice"),
        pytest.param(lambda told: random.Random(3).sample(told, len(told)), id="shuffled"),
    ],
)
def test_the_order_of_telling_changes_no_byte_of_the_row(telling, records, whole):
    assert known(spoilt(telling).fold(records)) == known(whole)


def test_a_round_that_is_lost_loses_nothing(records, whole):
    """Two answers in three never reach the journal; the third has what they had."""
    rounds = []

    class Lossy(Cluster):
        def _fold(self, key, value):
            record = journal.decode(value)
            if isinstance(record, journal.EwsExamples):
                rounds.append(record.day)
                if len(rounds) % 3:
                    return
            super()._fold(key, value)

    (model,) = models(Lossy().fold(records))
    assert len(rounds) > 10
    assert model.learned >= rounds[-3].toordinal()
    assert model.challenger.row == straight(whole, model.learned).row


def test_crossing_that_begins_anew_says_all_again_and_nothing_is_learned_twice(records, whole):
    told = [crossing.decode(each.value) for each in whole.outputs if each.topic == "crossings"]
    again = Answers(1)
    row = models(whole)[0].challenger.row
    said = [answer for each in told for answer in again.take(each)]
    for answer in said:
        whole.books[0].fold(journal.key_of(answer), journal.encode(answer))

    assert any(isinstance(answer, journal.EwsExamples) for answer in said)
    assert models(whole)[0].challenger.row == row


def of_topic(cluster, topic):
    return [each.value for each in cluster.outputs if each.topic == topic]


def test_one_partition_tells_what_has_come_of_it(records, whole):
    (model,) = models(whole)
    last = msgspec.json.decode(of_topic(whole, "learned-models")[-1], type=LearnedModel)

    assert of_topic(folded(records, 4), "learned-models") == of_topic(whole, "learned-models")
    assert (last.n, last.bad, last.simulated) == (model.challenger.n, model.challenger.positives, 0)
    assert b64decode(last.row) == model.challenger.row
    assert last.champion == ""
    assert (last.year.challenger.n, last.year.champion.bad) == (last.n, last.bad)
    assert 0 < last.lately.challenger.n < last.n


def test_the_area_is_that_of_what_was_said_of_each(whole):
    of_all = [heard(text[EWS_KEY_LENGTH:]) for _, text in examples(whole)]
    last = msgspec.json.decode(of_topic(whole, "learned-models")[-1], type=LearnedModel)
    bad = [each.is_bad for each in of_all]

    for place, fit in ((1, last.year.champion), (2, last.year.challenger)):
        chances = [each.chances[place] for each in of_all]
        assert fit.area == pytest.approx(roc_auc_score(bad, chances), abs=0.03)
        assert fit.predicted == pytest.approx(sum(chances) / ONE)


def test_a_label_never_reaches_the_model_before_it_has_matured():
    """Nobody pays from the third instalment on: known bad after 30 days, learned after 84."""
    lender = Lender().loan("brw_1", count=9).pays("brw_1", [0, 0]).days(200)
    cluster, counts = Cluster(), []
    for record in lender.written():
        cluster.fold([record])
        (model,) = models(cluster)
        counts.append((model.visited, model.challenger.n, model.challenger.positives))
    first = next(n for n in range(EVERY_DAYS) if ordinal(n) % EVERY_DAYS == slot_of("brw_1"))
    matured = [ordinal(first + EVERY_DAYS * n + HORIZON_DAYS) for n in range(5)]
    changes = {}
    for day, *count in counts:
        changes.setdefault(tuple(count), day)

    assert changes == {
        (0, 0): None,
        (1, 0): matured[0],  # judged on day 2, so of what came up to day 85
        (2, 0): matured[1],  # up to day 113; it is thirty days late from day 120 on
        (3, 1): matured[2],
        (4, 2): matured[3],
        (5, 3): matured[4],  # judged on day 114; on day 142 it was in distress
    }
