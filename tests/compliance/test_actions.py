"""What people sign about the feed: releases, acknowledgements, erasures, incidents."""

import json

import msgspec
import pytest

from schemas.compliance import (
    Acknowledge,
    DiscardHeld,
    EraseSubject,
    FeedEntry,
    ReleaseHeld,
    ReportIncident,
)
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from stream.compliance.export import file_of, keys_of, seen_by
from stream.record.verify import verify
from tests.compliance import world as make
from tests.compliance.world import START_MS, World


def held(world):
    return [key.decode() for key, value in world.stored.items() if key[:5] == b"held/" and value]


def troubles(world):
    return [(each["kind"], each["message"]) for each in world.of("health")]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def holding(world):
    """A feed that holds a misuse of funds and an incident of a segment."""
    world.decide(make.warning("brw_1", 1, 1, "F04"))
    return world.decide(make.warning("food", 1, 2, "G06", segment=True), partition=1)


MISUSE, SEGMENT = "brw_1/f04/1/1", "food/g06/1/1"


def test_nothing_of_it_goes_out_before_a_person_has_said_so(holding):
    assert holding.records == []
    assert sorted(held(holding)) == [f"held/{MISUSE}", f"held/{SEGMENT}"]


@pytest.mark.parametrize(
    ("held_id", "kind"),
    [
        pytest.param(MISUSE, "FUND_MISUSE", id="funds"),
        pytest.param(SEGMENT, "SEGMENT_INCIDENT", id="g"),
    ],
)
def test_a_release_lets_one_go_out_and_says_who_signed(holding, held_id, kind):
    holding.act(ReleaseHeld(held_id=held_id, action="limit-stopped"))
    (record,) = holding.records

    assert record["kind"] == kind
    assert record["payload"]["released_by"] == "c"
    assert record["payload"]["action"] == "limit-stopped"
    assert ("subject" in record) == (kind == "FUND_MISUSE")
    assert "brw_1" not in json.dumps(record)
    assert len(held(holding)) == 1


def test_what_is_discarded_leaves_its_trace(holding):
    holding.act(DiscardHeld(held_id=MISUSE, reason="invoice seen"))
    (record,) = holding.records

    assert (record["kind"], record["payload"]["reason"]) == ("RELEASE", "invoice seen")
    assert held(holding) == [f"held/{SEGMENT}"]


REFUSED = [
    pytest.param({"by": "o"}, "key `o` may not sign `compliance` records", id="without the right"),
    pytest.param({"author": "o"}, "expected the signature of `o`", id="for somebody else"),
]


@pytest.mark.parametrize(("how", "message"), REFUSED)
def test_what_is_not_signed_as_it_should_be_does_nothing(holding, how, message):
    holding.act(ReleaseHeld(held_id=MISUSE, action="x"), **how)

    assert holding.records == []
    assert troubles(holding) == [("compliance_refused", message)]
    assert len(held(holding)) == 2


def test_an_action_that_is_sent_again_does_nothing(holding):
    body = ReleaseHeld(held_id=MISUSE, action="x")
    holding.act(body, record_id="a1")
    holding.decide(make.warning("brw_1", 2, 3, "F04"))
    holding.act(body, record_id="a1")

    assert len(holding.records) == 1
    assert troubles(holding) == [("compliance_refused", "record `a1` was sent before")]


def test_a_forged_payload_does_nothing(holding):
    raw = msgspec.json.decode(make.action(ReleaseHeld(held_id=SEGMENT, action="x")))
    raw["payload"] = raw["payload"].replace(SEGMENT, MISUSE)
    holding.give("compliance-actions", 0, msgspec.json.encode(raw), START_MS)

    assert holding.records == []
    assert troubles(holding)[0][0] == "compliance_refused"


def test_only_what_is_held_can_be_released(world):
    world.act(ReleaseHeld(held_id="nothing", action="x"))

    assert troubles(world) == [
        ("compliance_refused", "expected the id of a held record, got `nothing`")
    ]


# --- acknowledgements


def five(world):
    for n in range(5):
        world.decide(make.tier(f"brw_{n}", 1, n, "none", "mild"))
    return world


def acknowledged(first, last, consumer="regulator"):
    return Acknowledge(consumer=consumer, first_seq=first, last_seq=last)


def test_a_reader_says_how_far_it_has_the_feed(world):
    five(world).act(acknowledged(1, 3)).act(acknowledged(4, 5)).act(acknowledged(1, 2))

    assert seen_by(world.feed._state) == {"size": 5, "acked": {"regulator": 5}}
    assert troubles(world) == []


@pytest.mark.parametrize(
    ("ranges", "kind", "message"),
    [
        pytest.param([(2, 3)], "feed_gap", "record 1, got 2", id="not from the first"),
        pytest.param([(1, 2), (4, 5)], "feed_gap", "record 3, got 4", id="one is missing"),
        pytest.param([(1, 6)], "compliance_refused", "up to 5, got 1 to 6", id="beyond the end"),
        pytest.param([(3, 1)], "feed_gap", "record 1, got 3", id="backwards"),
    ],
)
def test_a_gap_is_a_health_record(world, ranges, kind, message):
    five(world)
    for each in ranges:
        world.act(acknowledged(*each))

    ((found, said),) = troubles(world)
    assert found == kind
    assert said.endswith(message)


def test_readers_are_told_apart(world):
    five(world).act(acknowledged(1, 5)).act(acknowledged(1, 2, "auditor"))

    assert seen_by(world.feed._state)["acked"] == {"auditor": 2, "regulator": 5}


# --- erasure


def exported(world):
    world.feed.come_to(START_MS + 30 * DAY_MS)
    world.save()
    entries = [msgspec.convert(each, FeedEntry) for each in world.of("compliance-feed")]
    return file_of(entries, keys_of(world.feed._state)).splitlines(), world.heads


def test_an_erased_borrower_leaves_leaves_that_prove_the_others(world):
    five(world)
    world.decide(make.tier("brw_2", 2, 6, "mild", "severe"))
    world.act(EraseSubject(borrower_id="brw_2", legal_basis="asked, and no duty to keep"))
    lines, heads = exported(world)
    report = verify(lines, heads, heads)

    assert report.findings == []
    assert (report.entries, report.erased) == (8, 3)
    erased = [json.loads(line) for line in lines if b"record" not in line]
    assert [set(each) for each in erased] == [{"leaf", "log_index"}] * 3
    assert world.stored[b"subject/brw_2"] is None
    assert world.records[-1]["payload"]["legal_basis"].startswith("asked")
    assert "brw_2" not in json.dumps(world.records)


def test_who_comes_back_after_an_erasure_is_somebody_else(world):
    world.decide(make.tier("brw_1", 1, 1, "none", "mild"))
    world.act(EraseSubject(borrower_id="brw_1", legal_basis="asked"))
    world.decide(make.tier("brw_1", 2, 2, "mild", "none"))
    first, _, again = world.records

    assert first["subject"] != again["subject"]
    assert "prev_hash" not in again


def test_an_erasure_takes_what_is_held_with_it(holding):
    holding.decide(make.tier("brw_1", 2, 3, "none", "mild"))
    holding.act(EraseSubject(borrower_id="brw_1", legal_basis="asked"))

    assert held(holding) == [f"held/{SEGMENT}"]


def test_nobody_can_be_erased_who_is_not_there(world):
    world.act(EraseSubject(borrower_id="brw_9", legal_basis="asked"))

    assert troubles(world) == [("compliance_refused", "expected a borrower that is in the record")]


# --- incidents


def incident(regime, *, classified_hours=None, **how):
    start = from_ms(START_MS)
    classified = (
        None if classified_hours is None else from_ms(START_MS + classified_hours * HOUR_MS)
    )
    return ReportIncident(
        incident_id="inc-1",
        regime=regime,
        severity="major",
        summary="one acquirer's file was sent to a wrong address",
        began_at=start,
        aware_at=start,
        classified_at=classified,
        **how,
    )


@pytest.mark.parametrize(
    ("body", "due"),
    [
        pytest.param(
            incident("DORA", classified_hours=2),
            {"initial": 6, "initial_latest": 24, "intermediate": 74},
            id="DORA, classified",
        ),
        pytest.param(incident("DORA"), {"initial_latest": 24}, id="DORA, not classified yet"),
        pytest.param(incident("CAC"), {"initial": 4}, id="CAC"),
        pytest.param(incident("CAC_CRITICAL"), {"initial": 1}, id="CAC, critical"),
        pytest.param(incident("HOUSE"), {}, id="a regime without clocks here"),
    ],
)
def test_the_clocks_of_an_incident_are_those_of_its_regime(world, body, due):
    world.act(body)
    (record,) = world.records

    assert record["payload"]["due"] == {what: make.at(hours) for what, hours in due.items()}


def test_how_an_incident_goes_on_corrects_what_was_said_before(world):
    world.act(incident("DORA")).act(incident("DORA", classified_hours=1, subjects=12))
    first, second = world.records

    assert second["correction_of"] == first["record_id"] != second["record_id"]
    assert second["payload"]["subjects"] == 12
