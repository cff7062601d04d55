"""Drafts of incidents: health records make them, and only a person's signed report lets one out."""

import json

import msgspec
import pytest

from schemas.alert import Phase
from schemas.compliance import DiscardHeld, ReleaseHeld, ReportIncident
from schemas.health import Health, HealthKind
from schemas.instants import DAY_MS, HOUR_MS, wire
from stream.compliance.fold import HEALTH
from stream.compliance.incidents import DRAFTED, form_of
from tests.compliance.test_fold import TOKEN
from tests.compliance.world import START_MS, World, at

BREACH, TOTALS = HealthKind.CONDUCT_BREACH, HealthKind.BROKEN_TOTALS
FEED = "core:repayment/2026-05-27"


class Watched(World):
    """A feed that hears of health."""

    def hear(self, kind, hours, subject="brw_1", **fields):
        finding = Health(
            health_id=f"{kind}/{subject}/{hours}",
            kind=kind,
            subject=subject,
            message="a contact under `permit-7`, which is no permit",
            at=at(hours),
            **{"phase": Phase.LIVE} | fields,
        )
        now_ms = START_MS + round(hours * HOUR_MS)
        return self.give(HEALTH, 0, msgspec.json.encode(finding), now_ms)

    @property
    def drafts(self):
        return dict(self.feed._state.held.items())

    def told(self):
        """What came of it in the feed."""
        self.feed.come_to(START_MS + 3 * DAY_MS)
        self.save()
        return self.records


def reported(world, **fields):
    ((held_id, held),) = world.drafts.items()
    form = form_of(held_id, held) | {
        "regime": "DORA",
        "severity": "major",
        "summary": "one dialler called without leave",
    }
    return msgspec.convert(form | fields, ReportIncident)


def troubles(world):
    return [each["message"] for each in world.of("health")]


@pytest.mark.parametrize("kind", DRAFTED, ids=str)
def test_trouble_that_may_be_an_incident_is_a_draft_and_nothing_in_the_feed(kind):
    world = Watched().hear(kind, 1, FEED if kind is TOTALS else "brw_1")
    ((held_id, held),) = world.drafts.items()

    assert held.payload["health"] == kind.value
    assert held.payload["would_be_due"].keys() == set(DRAFTED[kind])
    assert world.told() == []
    assert TOKEN.findall(json.dumps([held_id, held.payload])) == []


@pytest.mark.parametrize("kind", set(HealthKind) - DRAFTED.keys(), ids=str)
def test_other_trouble_is_none(kind):
    assert Watched().hear(kind, 1).drafts == {}


@pytest.mark.parametrize("fields", [{"phase": Phase.BOOTSTRAP}, {"ended": True}], ids=str)
def test_neither_is_what_was_before_go_live_nor_an_end_of_what_nobody_knew(fields):
    assert Watched().hear(TOTALS, 1, FEED, **fields).drafts == {}


def test_breaches_of_a_day_are_one_draft_and_each_feed_is_one_of_its_own():
    world = Watched().hear(BREACH, 1, "brw_1").hear(BREACH, 2, "brw_2").hear(BREACH, 30, "brw_1")
    world.hear(TOTALS, 1, FEED).hear(TOTALS, 2, "acq:pos_clearing/2026-05-27")
    world.hear(TOTALS, 40, FEED, ended=True)

    found = sorted(
        (d.payload["health"], d.payload["scope"], d.payload["count"]) for d in world.drafts.values()
    )
    assert found == [
        ("broken_totals", "acq:pos_clearing/2026-05-27", 1),
        ("broken_totals", FEED, 1),
        ("conduct_breach", "", 1),
        ("conduct_breach", "", 2),
    ]
    ended = [d for d in world.drafts.values() if "ended_at" in d.payload]
    assert [each.payload["ended_at"] for each in ended] == [at(40)]


def test_a_report_with_its_regime_lets_a_draft_out_and_starts_its_clocks():
    world = Watched().hear(TOTALS, 1, FEED).restart()
    world.act(reported(world, classified_at=at(3)), hours=4)
    (record,) = world.records

    assert record["kind"] == "INCIDENT"
    assert record["payload"]["draft"]["scope"] == FEED
    assert record["payload"]["due"] == {
        "initial": at(7),
        "initial_latest": at(25),
        "intermediate": at(75),
    }
    assert world.drafts == {}
    assert world.stored[next(key for key in world.stored if key.startswith(b"held/"))] is None


def test_time_alone_lets_nothing_out():
    world = Watched().hear(TOTALS, 1, FEED)
    for days in range(1, 400):
        world.feed.come_to(START_MS + days * DAY_MS)
    world.save()

    assert (world.records, len(world.drafts)) == ([], 1)


def test_a_release_is_not_enough_and_a_discard_is_logged():
    world = Watched().hear(BREACH, 1)
    (held_id,) = world.drafts
    world.act(ReleaseHeld(held_id=held_id, action="told"))
    assert "expected a report of the incident, with its regime, not a release" in troubles(world)
    assert (world.records, list(world.drafts)) == ([], [held_id])

    world.act(DiscardHeld(held_id=held_id, reason="a test call of ours"))
    (record,) = world.records
    assert (record["kind"], record["payload"]["kind"]) == ("RELEASE", "INCIDENT")
    assert world.drafts == {}


@pytest.mark.parametrize(
    ("held_id", "by"), [("incident/none", "c"), (None, "o")], ids=["no draft", "no right"]
)
def test_a_report_that_does_not_count_changes_nothing(held_id, by):
    world = Watched().hear(BREACH, 1)
    body = reported(world)
    world.act(msgspec.structs.replace(body, held_id=held_id or body.held_id), by=by)

    assert (world.records, len(world.drafts), len(troubles(world))) == ([], 1, 1)


def test_a_report_of_what_no_machine_saw_is_taken_as_ever():
    world = Watched().hear(BREACH, 1)
    world.act(msgspec.structs.replace(reported(world), held_id=None))

    assert "draft" not in world.records[0]["payload"]
    assert len(world.drafts) == 1


def test_the_clocks_of_a_draft_are_those_that_would_run_from_its_first_record():
    world = Watched().hear(TOTALS, 1, FEED)
    (held,) = world.drafts.values()

    assert held.payload["would_be_due"] == {
        "DORA": {"initial_latest": wire(START_MS + 25 * HOUR_MS)},
        "CAC": {"initial": wire(START_MS + 5 * HOUR_MS)},
    }
