"""Simulated books without Kafka: every planted case is found, and nothing else is said.

The journal is made by the same intake as everywhere; splitting it changes no decision.
"""

import io
from datetime import date

import msgspec
import pytest

import rules
from schemas import journal
from schemas.control import Clock, GoLiveBody, RuleSetBody
from schemas.dead_letter import Origin
from schemas.signing import Trust
from stream.decide import Book
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.replay.trial import Trial
from stream.sources.records import write
from stream.sources.simulator.book import Book as Simulated

pytestmark = pytest.mark.xdist_group("planted")  # one process makes the books, not two

WALL_MS = 1_800_000_000_000
TIERS = {"mild": 1, "moderate": 2, "severe": 3}


def journal_of(simulated):
    """The journal of a simulated book, live from its first event; and who may sign in it."""
    file, records, trial = io.BytesIO(), [], Trial()
    write(simulated.records(), file)
    made = FileJournal(
        lambda key, value: records.append((key, value)), Tally(), wall_now_ms=WALL_MS
    )
    made.control(trial.signed(RuleSetBody(files=rules.pack("postloan"))))
    made.control(trial.signed(GoLiveBody(clock=Clock.INPUT)))
    for number, line in enumerate(file.getvalue().splitlines()):
        made.line(line, Origin(topic="file", partition=0, offset=number))
    return records, trial.trust(Trust())


def fold(records, trust, partitions=1):
    """Fold a journal, split over partitions with ticks and controls copied in place."""
    books = [Book(trust, speaks=number == 0) for number in range(partitions)]
    outputs = []
    for key, value in records:
        if key in (journal.TICK_KEY, journal.CONTROL_KEY):
            for book in books:
                outputs += book.fold(key, value)
        else:
            outputs += books[sum(key) % partitions].fold(key, value)
    return outputs


@pytest.fixture(scope="module", params=[7, 11])
def folded(request):
    """A simulated book, its journal, and what the fold of it says."""
    simulated = Simulated(seed=request.param, borrowers=40, days=60, start=date(2026, 1, 5))
    planted = simulated.planted
    records, trust = journal_of(simulated)
    return planted, records, trust, fold(records, trust)


def test_every_planted_case_is_found_and_nothing_else(folded):
    planted, _, _, outputs = folded
    alerts = [msgspec.json.decode(each.value) for each in outputs if each.topic == "alerts"]

    found = {
        (alert["borrower_id"], alert["signal"], TIERS[alert["tier"]])
        for alert in alerts
        if alert["transition"] in ("opened", "escalated")
    }

    assert found == {
        (row.borrower_id, row.rule, row.tier) for row in planted if row.expect == "warns"
    }
    assert any(row.case.startswith("decoy") for row in planted)
    assert all(alert["simulated"] for alert in alerts)


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_split_journal_gives_the_same_decisions(folded, partitions):
    _, records, trust, whole = folded

    split = fold(records, trust, partitions)

    assert by_subject(split) == by_subject(whole)


def by_subject(outputs):
    """The decisions of each subject, in order; closed days are of a partition."""
    decisions = {}
    for output in outputs:
        if output.topic == "decisions" and not output.key.startswith(b"#day-"):
            decisions.setdefault(output.key, []).append(output.value)
    return decisions
