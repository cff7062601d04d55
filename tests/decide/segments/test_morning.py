"""The tie-out's record of the morning: one decision over all partitions."""

import pytest

from schemas import crossing
from schemas.alert import Phase
from stream.decide.outbox import Outbox
from stream.decide.segments import stage
from stream.ledger.morning import Morning, Tie, Verdict
from tests.decide.segments.world import Cluster, at


def told(cluster, days, *verdicts):
    """Each partition tells of its loans; crossing answers."""
    for place, of in zip(cluster.places, verdicts, strict=True):
        morning, outbox = Morning(as_of="2026-03-10"), Outbox(Phase.LIVE)
        morning.count(of)
        stage.on_morning(morning, at(days) + place.segments.partition, place, outbox)
        for output in outbox.outputs:
            for answer in cluster.answers.take(crossing.decode(output.value)):
                cluster.answer(answer)


@pytest.mark.parametrize("partitions", [1, 4])
def test_one_decision_says_how_many_loans_tie_out(partitions):
    verdicts = {"ln_1": Verdict(Tie.EQUAL), "ln_2": Verdict(Tie.DIFFERS, "DAY_ROLL")}
    cluster = Cluster(partitions)
    told(cluster, 1, verdicts, *[{"ln_3": Verdict(Tie.EQUAL)}] * (partitions - 1))
    told(cluster, 1, verdicts, *[{}] * (partitions - 1))

    (decision,) = cluster.told("decisions")
    assert (decision["kind"], decision["about"]) == ("morning", "2026-03-10")
    total = partitions + 1
    assert decision["detail"] == (
        f"2026-03-10: {total - 1} of {total} equal, 1 differs: DAY_ROLL 1 (ln_2)"
    )


def test_a_later_round_of_the_same_day_is_told_if_it_says_something_else():
    cluster = Cluster(2)
    awaited, equal = {"ln_1": Verdict(Tie.AWAITING)}, {"ln_1": Verdict(Tie.EQUAL)}
    told(cluster, 1, awaited, {})
    told(cluster, 2, awaited, {})
    told(cluster, 3, equal, {})

    assert [d["detail"] for d in cluster.told("decisions")] == [
        "2026-03-10: 0 of 1 equal, 1 not closed yet",
        "2026-03-10: 1 of 1 equal",
    ]
    assert [d["ordinal"] for d in cluster.told("decisions")] == [1, 2]


def test_the_same_record_again_is_told_once():
    cluster = Cluster(2)
    told(cluster, 1, {"ln_1": Verdict(Tie.EQUAL)}, {})
    cluster.answer(cluster.given[-1])

    assert len(cluster.told("decisions")) == 1
