"""The feed: what becomes of decisions, in which order, and that a restart leaves no trace."""

import json
import re
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import Cause, Phase, Transition
from schemas.book_day import BookCell
from schemas.collection_trigger import Op
from schemas.compliance import Acknowledge, EraseSubject, FeedEntry
from schemas.decision import DecisionKind
from schemas.instants import DAY_MS, HOUR_MS
from stream.compliance.export import file_of, keys_of
from stream.compliance.fold import LETTERS
from stream.record.canonical import canonical
from stream.record.verify import verify
from tests.compliance import world as make
from tests.compliance.world import START_MS, World

GOLDEN = Path(__file__).with_name("golden.jsonl")
TOKEN = re.compile(r"(?<![A-Za-z0-9])(brw|ln|acc|mer|trm|pyr|cp|prd|man)_[A-Za-z0-9]")


def sample(world):
    """One of everything."""
    world.decide(make.tier("brw_1", 1, 1, "none", "moderate"))
    world.decide(make.tier("brw_2", 1, 2, "none", "mild"), partition=1)
    world.decide(make.tier("brw_1", 2, 3, "moderate", "mild", cause=Cause.LATE_DATA))
    world.decide(make.trigger("brw_1", 3, 4))
    world.decide(make.trigger("brw_2", 2, 4, Op.DEFER, QUIET_HOURS="DEFER"), partition=1)
    world.decide(make.control(5, 5))
    world.decide(make.morning(1, 9, "2026-05-26", EQUAL=3, DIFFERS=1), partition=1)
    world.decide(make.closed(0, "2026-05-27", 24, ("mild", "1-30", 2, 5000)))
    differing = {"compared": {"le1": 3}, "differing": (make.floor("brw_2", "ln_9"),)}
    cells = [("mild", "1-30", 1, 700), ("none", "0", 4, 90_000)]
    return world.decide(make.closed(1, "2026-05-27", 25, *cells, **differing), partition=1)


def exported(world):
    """The feed as an auditor gets it: the lines and the heads."""
    entries = [msgspec.convert(each, FeedEntry) for each in world.of("compliance-feed")]
    return file_of(entries, keys_of(world.feed._state)).splitlines(), world.heads


def test_the_records_of_one_of_everything_are_as_they_were():
    """Golden: a change of what is told to compliance has to be wanted."""
    records = sample(World()).records
    text = "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in records)

    assert text == GOLDEN.read_text(encoding="utf-8"), (
        "if this is wanted: python -m tests.compliance.test_fold"
    )


def test_no_token_of_the_streams_gets_into_the_feed():
    world = sample(World())

    assert TOKEN.findall(json.dumps(world.of("compliance-feed"))) == []
    assert TOKEN.findall(json.dumps(world.heads)) == []
    assert b"core-4711" not in b"".join(each.value for each in world.written)


def test_a_borrower_has_one_pseudonym_and_its_loans_have_one_each():
    records = sample(World()).records
    first, explained, second, third = records[:4]
    worse = next(each for each in records if each["kind"] == "CLASS_FLOOR_DIFF")["payload"]["worse"]

    assert first["subject"] == explained["subject"] == third["subject"] != second["subject"]
    assert first["payload"]["change_id"].startswith(first["subject"])
    assert worse[0]["subject"] == second["subject"]
    assert explained["payload"]["explanation"]["en"].startswith("failed on 2 days, loan xln_")


def test_places_have_no_gap_and_time_does_not_go_back():
    world = World()
    world.decide(make.tier("brw_1", 1, 5, "none", "mild"))
    world.decide(make.tier("brw_2", 1, 3, "none", "mild"), partition=1)
    world.decide(make.tier("brw_1", 2, 6, "mild", "none"))

    assert [(r["seq"], r["log_index"]) for r in world.records] == [(1, 0), (2, 1), (3, 2)]
    logged = [r["logged_at"] for r in world.records]
    assert logged == sorted(logged)
    assert [r["as_of"][11:13] for r in world.records] == ["05", "03", "06"]


def test_a_subject_has_a_chain():
    records = sample(World()).records
    entries = sample(World()).of("compliance-feed")
    chain = [n for n, r in enumerate(records) if r.get("subject") == records[0]["subject"]]

    assert "prev_hash" not in records[0]
    assert [records[n]["prev_hash"] for n in chain[1:]] == [entries[n]["leaf"] for n in chain[:-1]]
    assert len(chain) == 4


def test_what_late_data_changed_names_what_it_corrects():
    world = World()
    world.decide(make.tier("brw_1", 1, 1, "none", "mild"))
    world.decide(make.tier("brw_1", 2, 2, "mild", "severe", entity="le2"))
    world.decide(make.tier("brw_1", 3, 3, "mild", "none", cause=Cause.LATE_DATA))
    world.decide(make.tier("brw_1", 4, 4, "none", "mild"))
    changes = [r for r in world.records if r["kind"] == "TIER_CHANGE"]

    assert [r.get("correction_of") for r in changes] == [None, None, changes[0]["record_id"], None]


def test_a_tie_out_that_is_told_again_corrects_the_first():
    world = World()
    world.decide(make.morning(1, 9, "2026-05-26", AWAITING=2))
    world.decide(make.morning(2, 10, "2026-05-26", EQUAL=2))
    world.decide(make.morning(3, 33, "2026-05-27", EQUAL=2))
    first, second, third = world.records

    assert second["correction_of"] == first["record_id"]
    assert second["payload"] == {"tie_out": {"loans": {"EQUAL": 2}, "causes": {}}}
    assert "correction_of" not in third


@pytest.mark.parametrize(
    "before", [("none", "moderate"), ("moderate", "severe"), ("none", "mild"), ("severe", "mild")]
)
def test_what_something_follows_from_is_explained(before):
    world = World().decide(make.tier("brw_1", 1, 1, *before))
    wanted = ["TIER_CHANGE"]
    if before[1] in {"moderate", "severe"}:
        wanted.append("AUTOMATED_DECISION_LOG")

    assert world.kinds() == wanted


def test_of_bootstrap_only_who_changed_what_is_told():
    world = World().decide(make.tier("brw_1", 1, 1, "none", "severe", phase=Phase.BOOTSTRAP))
    world.decide(make.control(1, 1, phase=Phase.BOOTSTRAP))

    assert world.kinds() == ["MODEL_CONFIG_CHANGE"]


@pytest.mark.parametrize("phase", Phase)
def test_that_the_machine_demotes_a_detector_is_a_change_that_nobody_signed(phase):
    world = World().decide(make.demotion(1, 1, phase=phase))

    (record,) = world.records
    assert record["kind"] == "MODEL_CONFIG_CHANGE"
    assert record["payload"] == {
        "subject": "detector:amount",
        "version": 1,
        "standing": "shadow",
        "by": "rule",
        "rounds": 2,
        "checks": [
            {"signal": "H06", "verdict": "act", "value": 0.31, "critical": 0.01, "n": 5_000}
        ],
    }


# --- days


def snapshots(world):
    return [r["payload"] for r in world.records if r["kind"] == "TIER_SNAPSHOT"]


def test_totals_are_told_only_when_every_partition_has_closed_the_day():
    world = World(partitions=3)
    for partition in (2, 0):
        world.decide(make.closed(partition, "2026-05-27", 24, ("mild", "0", 1, 10)), partition)
    assert world.records == []

    world.decide(make.closed(1, "2026-05-28", 48, ("mild", "0", 9, 10)), 1)
    assert world.records == []
    world.decide(make.closed(1, "2026-05-27", 49, ("mild", "0", 5, 10), ("none", "0", 1, 1)), 1)
    (told,) = snapshots(world)
    assert told["loans"] == 8
    assert [(c["tier"], c["loans"], c["exposure_minor"]) for c in told["cells"]] == [
        ("mild", 7, 30),
        ("none", 1, 1),
    ]


def test_a_trigger_counts_for_the_day_that_its_own_partition_has_open():
    world = World()
    world.decide(make.trigger("brw_1", 1, 1), 0)
    world.decide(make.closed(0, "2026-05-27", 24), 0)
    world.decide(make.trigger("brw_1", 2, 25, Op.SUPPRESS, DISPUTE="SUPPRESS"), 0)  # the next day's
    world.decide(make.trigger("brw_2", 1, 23, Op.RETRACT), 1)
    world.decide(make.closed(1, "2026-05-27", 24), 1)
    world.decide(make.closed(1, "2026-05-28", 48), 1)
    world.decide(make.closed(0, "2026-05-28", 48), 0)

    first, second = [r for r in world.records if r["kind"] == "CONDUCT_STATS"]
    assert (first["period"], second["period"]) == ("2026-05-27", "2026-05-28")
    assert first["payload"]["counts"] == {
        "PROPOSE/action/REMIND": 1,
        "PROPOSE/channel/MESSAGE": 1,
        "RETRACT/action/REMIND": 1,
        "RETRACT/channel/MESSAGE": 1,
        "op/PROPOSE": 1,
        "op/RETRACT": 1,
    }
    assert second["payload"]["counts"]["guard/DISPUTE/SUPPRESS"] == 1
    assert second["payload"]["counts"]["op/SUPPRESS"] == 1


def test_permits_outcomes_and_breaches_are_counted_though_they_name_no_legal_entity():
    world = World()
    for ordinal, (kind, detail) in enumerate(
        [
            (DecisionKind.PERMIT_NOTED, "brw_1/ln_7/d3"),
            (DecisionKind.OUTCOME_NOTED, "PROMISED"),
            (DecisionKind.OUTCOME_NOTED, "DELIVERED"),
            (DecisionKind.CONDUCT_BREACH, "a contact without leave"),
        ]
    ):
        world.decide(make.decision("brw_1", ordinal, kind, 1, about="x", detail=detail), 0)
    for partition in (0, 1):
        world.decide(make.closed(partition, "2026-05-27", 24), partition)

    (told,) = [r for r in world.records if r["kind"] == "CONDUCT_STATS"]
    assert (told["legal_entity"], told["payload"]["counts"]) == (
        "all",
        {
            "conduct_breach": 1,
            "outcome_noted": 2,
            "outcome_noted/DELIVERED": 1,
            "outcome_noted/PROMISED": 1,
            "permit_noted": 1,
        },
    )


def test_a_day_says_how_fresh_its_feeds_were_and_what_was_set_aside():
    """The partition that knew the least counts, and what nobody knew is empty."""
    early, late = "2026-05-27T15:00:00.000Z", "2026-05-27T16:00:00.000Z"
    world = World()
    for ordinal, (kind, partition) in enumerate(
        [
            (DecisionKind.DUPLICATE, 0),
            (DecisionKind.DUPLICATE, 1),
            (DecisionKind.TOO_LATE, 1),
            (DecisionKind.SUPERSEDED, 1),
        ]
    ):
        world.decide(make.decision(f"brw_{ordinal}", 1, kind, 1, about="e"), partition)
    for partition, feeds in enumerate(({"a": late, "b": late}, {"a": early, "b": ""})):
        world.decide(make.closed(partition, "2026-05-27", 24, feeds=feeds), partition)
    for partition in (0, 1):
        world.decide(make.closed(partition, "2026-05-28", 48), partition)

    first, second = [each["payload"] for each in world.records]
    assert first == {
        "feeds": {"a": early, "b": ""},
        "set_aside": {"duplicate": 2, "too_late": 1},
        "dead_letters": {},
    }
    assert second == {"feeds": {}, "set_aside": {}, "dead_letters": {}}


def letter(reason="SCHEMA", topic="repayments", **fields):
    origin = {"topic": topic, "partition": 0, "offset": 7} if topic else None
    said = {"schema": "dead_letter.v1", "letter_id": "l", "reason": reason, "payload": "e30="}
    return msgspec.json.encode(said | ({"origin": origin} if origin else {}) | fields)


def test_a_day_says_what_ingest_could_not_take_since_the_day_before_was_told():
    """Of sources alone: not what the step put aside, nor pushes, nor what somebody signed."""
    world = World()
    for partition, value in [
        (0, letter()),
        (1, letter()),
        (1, letter("UNKNOWN_PARTY", "settlements")),
        (0, letter("TOO_LATE", topic="")),
        (0, letter("SCHEMA", "desk-actions")),
        (0, b"no letter"),
    ]:
        world.give(LETTERS, partition, value, START_MS)
    world.restart()
    for hours, day in ((24, "2026-05-27"), (48, "2026-05-28")):
        for partition in (0, 1):
            world.decide(make.closed(partition, day, hours), partition)

    assert [each["payload"]["dead_letters"] for each in world.records] == [
        {"repayments/SCHEMA": 2, "settlements/UNKNOWN_PARTY": 1},
        {},
    ]
    assert [each["kind"] for each in world.of("health")] == ["unread_record"]


def test_a_day_is_told_once():
    """Our step closes each day once; whoever says it again must not make a second total."""
    world = World()
    for partition in (0, 1, 0, 1):
        world.decide(make.closed(partition, "2026-05-27", 24, ("mild", "0", 1, 10)), partition)

    assert len(snapshots(world)) == 1


# --- months


def month_end(partition, day, cells, rolls):
    told = make.closed(partition, day, 24)
    closed = msgspec.structs.replace(told.day, cells=cells, rolls={"le1": rolls})
    return msgspec.structs.replace(told, day=closed)


def cell(partner, dpd, loans, exposure, currency="CNY"):
    return BookCell(
        legal_entity="le1",
        tier="none",
        dpd=dpd,
        class_floor="NORMAL",
        currency=currency,
        partner=partner,
        loans=loans,
        exposure_minor=exposure,
    )


def test_a_month_is_told_once_it_has_ended_everywhere():
    world = World()
    world.decide(make.closed(0, "2026-05-30", 1), 0).decide(make.closed(1, "2026-05-30", 1), 1)
    assert world.kinds() == ["DATA_QUALITY"]
    first = (cell("bank-a", "0", 3, 300), cell("", "0", 1, 500))
    second = (cell("bank-a", "91-", 1, 100), cell("bank-b", "0", 1, 100))
    world.decide(month_end(0, "2026-05-31", first, {"0>1-30": 2, "0>0": 5}), 0)
    world.decide(month_end(1, "2026-05-31", second, {"0>1-30": 1, "NEW>0": 4}), 1)

    told = {each["kind"]: each for each in world.records}
    assert told["ROLL_RATE"]["period"] == told["PARTNER_METRICS"]["period"] == "2026-05"
    assert told["ROLL_RATE"]["payload"] == {
        "loans": 12,
        "matrix": {"0": {"0": 5, "1-30": 3}, "NEW": {"0": 4}},
    }
    rows = told["PARTNER_METRICS"]["payload"]["partners"]
    names = ("partner", "loans", "exposure_minor", "share_permille", "non_performing_permille")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("bank-a", 4, 400, 400, 250),
        ("bank-b", 1, 100, 100, 0),
    ]


# --- the log


def test_heads_follow_every_64th_record_and_each_days_end():
    world = World()
    for n in range(130):
        world.decide(make.tier(f"brw_{n}", 1, 1 + n / 100, "none", "mild"))
    assert [head["body"]["tree_size"] for head in world.heads] == [64, 128]

    assert world.feed.come_to(START_MS + DAY_MS - 1) is False
    assert world.feed.come_to(START_MS + DAY_MS) is True
    world.save()
    assert [head["body"]["tree_size"] for head in world.heads] == [64, 128, 130]
    assert world.feed.come_to(START_MS + 3 * DAY_MS) is False  # nothing new to sign


def test_what_is_exported_is_verified():
    world = sample(World())
    world.feed.come_to(START_MS + 5 * DAY_MS)
    world.save()
    lines, heads = exported(world)
    report = verify(lines, heads, heads)

    assert report.findings == []
    assert report.proved == report.entries == len(world.records) > 8


def test_a_value_that_cannot_be_read_is_told_and_passed_over():
    world = World()
    huge = msgspec.json.encode(make.tier("brw_1", 1, 1, "none", "mild")).replace(
        b'"value":0.4375', b'"value":' + b"9" * 20
    )
    moderate = huge.replace(b'"to":"mild"', b'"to":"moderate"')
    for value in (b"{", b"\xff", b'{"schema":"decision.v9"}', moderate):
        world.give("decisions", 0, value, START_MS)
    world.decide(make.tier("brw_2", 1, 2, "none", "mild"))

    assert [each["kind"] for each in world.of("health")] == ["unread_record"] * 4
    assert world.records[-1]["subject"] != world.records[0]["subject"]
    assert world.feed.applied("decisions", 0) == 4


def test_what_was_taken_is_not_taken_again():
    world = sample(World())
    count = len(world.written)
    for each in world.given:
        world.feed.take(*each)
    world.save()

    assert len(world.written) == count


inputs = st.lists(
    st.one_of(
        st.tuples(
            st.just("tier"),
            st.integers(0, 3),
            st.sampled_from(["none", "mild", "moderate", "severe"]),
            st.sampled_from([Cause.SIGNAL, Cause.LATE_DATA]),
        ),
        st.tuples(st.just("trigger"), st.integers(0, 3), st.sampled_from(list(Op))),
        st.tuples(st.just("closed"), st.integers(0, 1), st.integers(1, 2)),
        st.tuples(st.just("morning"), st.integers(1, 3)),
        st.tuples(st.just("warning"), st.integers(0, 3)),
        st.tuples(st.just("ack"), st.integers(1, 6)),
        st.tuples(st.just("erase"), st.integers(0, 3)),
    ),
    max_size=25,
)


def played(drawn):
    """What was drawn, as (topic, partition, value, now_ms)."""
    for n, (what, *of) in enumerate(drawn):
        now_ms = START_MS + n * 5 * HOUR_MS
        if what == "ack":
            body = Acknowledge(consumer="regulator", first_seq=1, last_seq=of[0])
            yield "compliance-actions", 0, make.action(body, record_id=f"a{n}"), now_ms
            continue
        if what == "erase":
            body = EraseSubject(borrower_id=f"brw_{of[0]}", legal_basis="asked")
            yield "compliance-actions", 0, make.action(body, record_id=f"a{n}"), now_ms
            continue
        partition = of[0] % 2
        if what == "tier":
            decided = make.tier(f"brw_{of[0]}", n, n * 5, "mild", of[1], cause=of[2])
        elif what == "trigger":
            decided = make.trigger(f"brw_{of[0]}", n, n * 5, of[1])
        elif what == "closed":
            decided = make.closed(of[0], f"2026-05-{26 + of[1]}", n * 5, ("mild", "0", n, n))
        elif what == "morning":
            decided = make.morning(n, n * 5, f"2026-05-{26 + of[0]}", EQUAL=n)
        else:
            decided = make.warning(f"brw_{of[0]}", n, n * 5, "F04")
        yield "decisions", partition, msgspec.json.encode(decided), now_ms


@given(inputs)
@settings(max_examples=80)
def test_a_restart_at_every_prefix_leaves_no_trace(drawn):
    straight, restarted = World(), World()
    for each in played(drawn):
        straight.give(*each)
        restarted.give(*each).restart()

    assert restarted.written == straight.written
    assert restarted.stored == straight.stored


@given(inputs)
@settings(max_examples=60)
def test_whatever_comes_the_log_verifies(drawn):
    world = World()
    for each in played(drawn):
        world.give(*each)
    world.feed.come_to(START_MS + 90 * DAY_MS)
    world.save()
    lines, heads = exported(world)
    report = verify(lines, heads, heads[:-1])

    assert report.findings == []
    assert report.proved == len(world.records)
    assert [r["seq"] for r in world.records] == list(range(1, len(world.records) + 1))
    digests = [sha256(canonical(r["payload"])).hexdigest() for r in world.records]
    assert [r["payload_digest"] for r in world.records] == digests
    assert len({r["record_id"] for r in world.records}) == len(world.records)


def test_a_warning_that_ends_is_not_held():
    world = World()
    world.decide(make.warning("brw_1", 1, 1, "F04", transition=Transition.CLEARED))
    world.decide(make.warning("brw_1", 2, 1, "RP02"))

    assert not any(key.startswith(b"held/") for key in world.stored)


if __name__ == "__main__":
    rows = sample(World()).records
    GOLDEN.write_text(
        "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in rows),
        encoding="utf-8",
    )
