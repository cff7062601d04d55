"""What a record changes, and that neither order nor repetition does."""

from __future__ import annotations

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.case import CaseOutcome, CaseState, Done
from schemas.collection_trigger import Op
from schemas.decision import DecisionKind
from schemas.desk_event import OrderState
from schemas.desk_keys import RESTRICTED_ROOT, Name
from schemas.health import HealthKind
from schemas.instants import DAY_MS
from schemas.topics import TOPICS
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream.desk_feed.evidence import next_contact
from stream.desk_feed.people import entry_of, facts_of
from stream.desk_feed.project import OF_TOPIC, project
from stream.desk_feed.writes import Put
from stream.intake.progress import Held, Progress, encode
from tests.desk import made
from tests.desk.feeding import Feeding, content
from tests.desk.made import AT_MS, later


def puts(topic, record, name):
    return [
        each
        for each in project(topic, b"k", made.raw(record))
        if isinstance(each, Put) and each.name is name
    ]


def test_the_table_says_that_the_feed_reads_what_it_reads():
    known = {topic.name for topic in TOPICS}
    readers = {topic.name for topic in TOPICS if "desk-feed" in topic.readers}

    assert readers == {"control", *OF_TOPIC} & known


def test_what_the_queue_shows_of_a_case():
    case = made.case(
        3,
        state=CaseState.WAIT,
        wait_until=later(60),
        snoozed_until=later(90),
        holder="ann",
        urgent_at=later(30),
        segment="food",
    )

    entry = entry_of(case)

    assert (entry.lane, entry.tier, entry.hard, entry.holder) == ("credit", "severe", True, "ann")
    assert (entry.exposure_minor, entry.currency) == (3_000_00, "CNY")
    assert entry.urgent_ms == AT_MS + 30 * 60_000
    assert entry.away_until_ms == AT_MS + 90 * 60_000


def test_a_wait_counts_only_while_it_waits():
    assert entry_of(made.case(state=CaseState.ACTION, wait_until=later(60))).away_until_ms == 0


def test_a_closed_case_leaves_the_queue_and_stays_a_case():
    (put,) = puts("cases", made.case(state=CaseState.CLOSED, closed_at=later(1)), Name.CASES)

    assert ("HDEL", Name.QUEUE) in [(do.command, do.name) for do in put.then]


def test_the_figures_of_a_case():
    said = made.entry("outcome", "outcome-1", at=later(50))
    case = made.case(
        outcome=CaseOutcome.TRUE_DISTRESS, acked_at=later(5), closed_at=later(60), entries=(said,)
    )

    facts = facts_of(case)

    assert facts.acked_ms - facts.opened_ms == 5 * 60_000
    assert facts.outcome_ms - facts.opened_ms == 50 * 60_000
    assert facts.outcome == "TRUE_DISTRESS"


@pytest.mark.parametrize(
    ("op", "at", "guard"),
    [
        pytest.param(Op.DEFER, later(300), "QUIET_HOURS", id="deferred: when the guard lets go"),
        pytest.param(Op.SUPPRESS, None, "QUIET_HOURS", id="suppressed: never, by itself"),
        pytest.param(Op.RETRACT, None, "QUIET_HOURS", id="retracted"),
    ],
)
def test_when_a_contact_is_allowed_next(op, at, guard):
    contact = next_contact(made.trigger(op=op))

    assert (contact.at, contact.guard, contact.op) == (at, guard, op)


def test_progress_among_the_triggers_changes_nothing():
    assert (
        project("collection-triggers", PROGRESS_KEY, made.raw(TriggerProgress(tick_at_ms=1))) == []
    )


def test_a_record_that_was_compacted_away_changes_nothing():
    assert project("cases", b"brw_1/default/1", None) == []


@pytest.mark.parametrize("topic", OF_TOPIC)
def test_what_is_no_record_is_an_error_and_not_a_crash(topic):
    for value in (b"", b"{}", b"[1", b"\xff"):
        with pytest.raises((ValueError, KeyError)):
            project(topic, b"k", value)


def test_what_becomes_of_an_order_case_and_decision_agree_whoever_comes_first(redis_url):
    """A decision notes an action that waits for a second person just as it notes another."""
    noted = made.decision(DecisionKind.ACTION_NOTED, about="lift_hold-1")
    waits = made.case(
        version=2, pending=(made.entry("lift_hold", "lift_hold-1", done=Done.PENDING),)
    )
    done = made.case(version=3, entries=(made.entry("lift_hold", "lift_hold-1"),))
    for generation, order in (("1", (noted, waits)), ("2", (waits, noted))):
        feeding = Feeding(redis_url, generation)
        for record in order:
            feeding.put("decisions" if record is noted else "cases", record)
        assert _order(redis_url, generation) == OrderState.WAITING
        feeding.put("cases", done)
        feeding.put("decisions", noted)
        assert _order(redis_url, generation) == OrderState.DONE


def _order(url, generation):
    raw = content(url, generation)["loanwatch:desk:orders"][b"lift_hold-1"]
    return made.msgspec.json.decode(raw[32:])["state"]


def test_nothing_of_a_restricted_record_is_under_another_prefix(redis_url):
    feeding = Feeding(redis_url)
    done = made.restricted(7, entries=(made.entry("claim", "claim-secret"),), dpd=40)
    feeding.put("cases-restricted", done)
    feeding.put("alerts-restricted", made.alert(7, lane="restricted"))

    open_keys = {k: v for k, v in content(redis_url).items() if not k.startswith(RESTRICTED_ROOT)}

    assert open_keys == {}
    assert "brw_7" in str(content(redis_url))


CASES = st.builds(
    lambda number, version: ("cases", made.case(number, version, **_grown(number, version))),
    st.integers(1, 3),
    st.integers(1, 6),
)
RESTRICTED = st.builds(
    lambda number, version: ("cases-restricted", made.restricted(number, version)),
    st.integers(1, 2),
    st.integers(1, 4),
)


def _grown(number, version):
    """A case as it was in its n-th version: one version, one content."""
    entries = tuple(
        made.entry("note", f"note-{number}-{n}", at=later(n)) for n in range(2, version + 1)
    )
    closed = version == 6
    return {
        "at": later(version),
        "state": CaseState.CLOSED if closed else CaseState.ACKED if version > 1 else CaseState.NEW,
        "tier": ("mild", "moderate", "severe")[version % 3],
        "dpd": version * 10,
        "entries": entries,
        "closed_at": later(6) if closed else None,
    }


OTHERS = st.one_of(
    st.builds(lambda n, o: ("alerts", made.alert(n, o)), st.integers(1, 2), st.integers(1, 3)),
    st.builds(lambda o: ("alerts", made.incident(ordinal=o)), st.integers(1, 3)),
    st.builds(
        lambda n, o: ("collection-triggers", made.trigger(n, o, Op.DEFER if o < 3 else Op.RETRACT)),
        st.integers(1, 2),
        st.integers(1, 3),
    ),
    st.builds(lambda n: ("case-files", made.file(at=later(n))), st.integers(1, 4)),
    st.builds(
        lambda n, ended: (
            "health",
            made.health(HealthKind.SOURCE_SILENT, "acq-1", at=later(n), ended=ended),
        ),
        st.integers(1, 3),
        st.booleans(),
    ),
    st.builds(
        lambda n: ("decisions", made.decision(DecisionKind.OVER, ordinal=n, at=later(n))),
        st.integers(1, 4),
    ),
    st.just(("decisions", made.morning())),
    st.just(("decisions", made.change())),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), records=st.lists(st.one_of(CASES, RESTRICTED, OTHERS), max_size=12))
def test_neither_order_nor_repetition_changes_what_there_is(redis_url, data, records):
    shuffled = data.draw(st.permutations(records))
    doubled = [each for each in shuffled for _ in range(data.draw(st.integers(1, 2)))]
    once, other = Feeding(redis_url, "11"), Feeding(redis_url, "12")
    once.all(records)
    other.all(doubled)

    assert content(redis_url, "12") == content(redis_url, "11")

    once.store.drop_older("13")


def test_the_same_record_twice_tells_nobody_twice(redis_url):
    feeding = Feeding(redis_url)
    feeding.put("cases", made.case(), made.case())
    feeding.put("cases", made.case())

    with redis.Redis.from_url(redis_url) as client:
        assert client.xlen(f"loanwatch:desk:{feeding.generation}:events") == 1


@pytest.mark.parametrize(
    ("told", "field", "value"),
    [
        pytest.param(
            Progress(
                source="s", stream="repayment", topic="repayments", partition=0, alive_at_ms=5
            ),
            "s:repayment:repayments:0:alive",
            b"5",
            id="a heartbeat",
        ),
        pytest.param(
            Held(partition=1, read=7, earliest_ms={"s/repayment": 3}),
            "unresolved:1",
            b'{"s/repayment":3}',
            id="what waits",
        ),
    ],
)
def test_how_far_a_feed_has_come(told, field, value):
    (put,) = project("source-progress", b"k", encode(told))

    assert (put.name, put.field, put.value) == (Name.PROGRESS, field, value)


def test_the_first_time_stays():
    late = puts("cases", made.case(dpd=31, at=later(DAY_MS / 60_000)), Name.FIRST)
    early = puts("cases", made.case(dpd=31), Name.FIRST)

    assert [each.field for each in early] == ["brw_1 dpd_1", "brw_1 dpd_4", "brw_1 dpd_30"]
    assert all(one.version > two.version for one, two in zip(early, late, strict=True))
