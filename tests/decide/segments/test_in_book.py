"""Segments as books fold them: a journal, crossing's answers in place, any number of partitions."""

from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.reference import BorrowerProfile
from tests.decide.feeds.world import Cluster, World, at, told
from tests.decide.segments.world import NSF, TECHNICAL
from tests.decide.segments.world import attempted as attempt

SEGMENTS = ("food", "tea", None)


class Segmented(World):
    """A journal with profiles and collection attempts."""

    def profile(self, borrower, *segments, days=0):
        record = journal.BorrowerProfileRecord(
            borrower_id=borrower,
            record_id=f"p{len(self.records)}",
            effective_at_ms=at(days),
            wall_arrival_at_ms=at(days),
            data=BorrowerProfile(borrower_id=borrower, segment_ids=segments),
        )
        return self.add(borrower.encode(), record)

    def attempt(self, borrower, days, status, **how):
        key = how.pop("key", f"k{len(self.records)}")
        return self.add(borrower.encode(), attempt(borrower, days, status, key=key, **how))

    def attempts(self, days, source, fails, *, of=110, reason=NSF):
        for n in range(of):
            failed = {"reason": reason} if n < fails else {}
            status = "FAILED" if n < fails else "SUCCEEDED"
            self.attempt(f"brw_{n % 20}", days, status, source=source, **failed)
        return self


def of_segments(cluster):
    """Alerts whose subject is a segment, as they were handed out, by id."""
    alerts = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "alerts"]
    found = {a["alert_id"]: a for a in alerts if a["subject_kind"] == "SEGMENT"}
    assert len(found) == sum(a["subject_kind"] == "SEGMENT" for a in alerts), "told twice"
    return found


def outage(reason=TECHNICAL, *, find=True):
    """Weeks as usual, and then most of one provider's debits fail by no fault of people."""
    world = Segmented().rules().go_live()
    for week in range(5):
        world.attempts(7 * week, "psp-a", 5, reason="LIMIT_EXCEEDED")
        world.attempts(7 * week, "psp-b", 5, reason="LIMIT_EXCEEDED").now(7 * week + 0.3)
    world.attempts(35, "psp-a", 66, reason=reason)
    world.attempts(35, "psp-b", 5, reason="LIMIT_EXCEEDED")
    return world.now(35.3) if find else world


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_an_outage_is_one_alert_and_no_borrowers_tier_changes(partitions):
    """Golden scenario 4."""
    cluster = Cluster(partitions).fold(outage().records)

    (alert,) = of_segments(cluster).values()
    assert (alert["signal"], alert["tier"], alert["lane"]) == ("G01", "severe", "ops")
    assert "a channel is out" in alert["reason"]["en"]
    assert [o for o in cluster.outputs if o.topic in ("tiers", "tier-changes")] == []


@pytest.mark.parametrize("partitions", [1, 4])
def test_what_fails_while_the_channel_is_out_says_nothing_of_the_borrower(partitions):
    world = outage()
    for source, borrower in (("psp-a", "brw_98"), ("psp-b", "brw_99")):
        world.attempt(borrower, 35.4, "FAILED", source=source, reason=NSF)
    world.attempt("brw_97", 36, "FAILED", source="psp-a", reason=NSF)
    cluster = Cluster(partitions).fold(world.records)

    alerts = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "alerts"]
    assert {a["borrower_id"] for a in alerts if a["signal"] == "RP02"} == {"brw_99", "brw_97"}
    decisions = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "decisions"]
    quiet = [(d["subject_id"], d["detail"]) for d in decisions if d["kind"] == "quiet"]
    assert quiet == [("brw_98", "nsf: its channel was out")]


def tiers_of(cluster):
    """The tier of each borrower, as last told."""
    changes = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "tier-changes"]
    return {each["borrower_id"]: each["to"] for each in changes}


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_warnings_about_a_channel_that_was_out_are_withdrawn_when_that_is_found(partitions):
    """The provider says that there was no money; then too many fail, and only there."""
    world = outage(reason=NSF, find=False)
    for source, borrower in (("psp-a", "brw_98"), ("psp-b", "brw_99")):
        world.attempt(borrower, 35, "FAILED", source=source, reason=NSF)
    before = tiers_of(Cluster(partitions).fold(world.records))
    cluster = Cluster(partitions).fold(world.now(35.3).records)

    assert {before["brw_98"], before["brw_99"]} == {"mild"}
    assert before["brw_0"] != "none"
    found = tiers_of(cluster)
    assert {who for who, tier in found.items() if tier != "none"} == {"brw_99"}
    alerts = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "alerts"]
    ends = {(a["transition"], a["cause"]) for a in alerts if a["tier"] == "none"}
    assert ends == {("withdrawn", "late_data")}


def collapse():
    """Twelve of twenty borrowers of a segment fail to pay on two days of a week."""
    world = Segmented().rules()
    for n in range(20):
        world.profile(f"brw_{n}", "food" if n % 2 else "tea")
    world.go_live().now(1)
    for days in (2, 4):
        for n in range(1, 20, 2):
            world.failed_debit(days, f"brw_{n}")
        world.now(days + 0.5)
    return world


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_a_batch_collapse_is_one_severe_alert_of_the_segment(partitions):
    cluster = Cluster(partitions).fold(collapse().records)

    (alert,) = of_segments(cluster).values()
    assert (alert["signal"], alert["subject_id"], alert["tier"]) == ("G06", "food", "severe")
    assert alert["measures"][0]["value"] == 10


steps = st.lists(
    st.one_of(
        st.tuples(st.just("profile"), st.integers(0, 5), st.sampled_from(SEGMENTS)),
        st.tuples(st.just("failed_debit"), st.integers(0, 5)),
        st.tuples(st.just("payee_changed"), st.integers(0, 5)),
        st.tuples(st.just("now"), st.integers(1, 4)),
    ),
    max_size=25,
)


def written(drawn):
    world, days = Segmented().rules().go_live(), 0
    for what, *of in drawn:
        if what == "now":
            days += of[0]
            world.now(days)
        elif what == "profile":
            world.profile(f"brw_{of[0]}", *filter(None, of[1:]), days=days)
        else:
            getattr(world, what)(days, f"brw_{of[0]}")
    return world.now(days + 1)


@pytest.mark.parametrize("partitions", [4, 8])
@given(steps)
@settings(max_examples=25)
def test_a_split_journal_with_crossings_answers_in_place_gives_the_same(partitions, drawn):
    records = written(drawn).records

    assert told(Cluster(partitions).fold(records)) == told(Cluster(1).fold(records))


def test_an_answer_under_another_key_is_put_aside():
    answer = journal.SegmentTiers(
        segment_id="food",
        version=1,
        day=date(2026, 1, 5),
        at_ms=0,
        members=100,
        raised=50,
        before=0,
    )
    world = World().rules().go_live().add(b"brw_1", answer)
    cluster = Cluster(1).fold(world.records)

    assert [o.topic for o in cluster.outputs if o.topic == "dead-letters"] == ["dead-letters"]
    assert of_segments(cluster) == {}
