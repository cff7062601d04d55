"""M's warnings: none in shadow, one in force, ended by a look, by people, by the last loan."""

import msgspec
import pytest

from detectors.combination import Lane
from detectors.evidence import VOICES
from schemas.control import Standing
from schemas.instants import wire
from stream.decide.models import notes, noticing
from tests.decide.feeds.world import Cluster, at
from tests.decide.models.world import body, folded, make_easy, street

STOPS, RESUMES, DAYS = 40, 52, 75
WORRIED = {"shops": 8, "days": DAYS, "stops": {0: STOPS}, "resumes": RESUMES}


def alerts(cluster, borrower=None):
    found = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "alerts"]
    return [
        each
        for each in found
        if each["rule"]["name"] == noticing.RULE.name and borrower in (None, each["borrower_id"])
    ]


@pytest.fixture(scope="module")
def worried():
    """A street on which one shop stops for twelve days: its journal, and what came of it."""
    with pytest.MonkeyPatch.context() as patched:
        make_easy(patched)
        world = street(**WORRIED, in_force=True)
        return world, folded(world)


def test_in_shadow_nothing_is_published(monkeypatch):
    make_easy(monkeypatch)
    cluster = folded(street(**WORRIED))

    assert alerts(cluster) == []
    assert noticing.RULE.name not in cluster.borrower("brw_0").episodes
    assert notes.read(cluster.borrower("brw_0").models).noticed_ms > at(STOPS)


def test_in_force_it_warns_once_says_why_and_ends(worried):
    opened, cleared = alerts(worried[1], "brw_0")

    assert (opened["tier"], opened["hard"], opened["transition"]) == ("mild", False, "opened")
    assert (cleared["transition"], cleared["cause"]) == ("cleared", "decay")
    assert wire(at(STOPS)) < opened["detected_at"] < cleared["detected_at"]
    assert "silence" in opened["reason"]["en"]
    assert "沉默" in opened["reason"]["zh"] or "静默" in opened["reason"]["zh"]
    assert "if nothing more is said" in opened["clears_when"]["en"]
    assert opened["clears_when"]["zh"]


def test_its_measures_are_the_lanes_and_the_parts_of_the_evidence(worried):
    measures = {each["name"]: each for each in alerts(worried[1], "brw_0")[0]["measures"]}

    lanes = {lane: measures.pop(f"rarity_{lane}") for lane in Lane}
    beyond = {
        lane for lane, of in lanes.items() if of["value"] >= float(of["threshold"].split()[1])
    }
    assert beyond
    assert {f"evidence_{voice}" for voice in VOICES} == set(measures)
    assert max(measures, key=lambda name: measures[name]["value"]) == "evidence_silence"


def test_it_is_a_vote_for_mild_and_no_more(worried):
    found = [msgspec.json.decode(o.value) for o in worried[1].outputs if o.topic == "tier-changes"]

    assert [each["to"] for each in found if each["borrower_id"] == "brw_0"][:1] == ["mild"]
    assert {each["to"] for each in found} <= {"mild", "none"}


def test_a_demotion_ends_its_warnings_at_the_next_look(worried, monkeypatch):
    make_easy(monkeypatch)
    world, _ = worried
    cluster, days, records = Cluster(1), 0, iter(world.records)
    while not alerts(cluster):
        record = next(records)
        cluster.fold([record])
        days += record[0] == b"#tick"
    world = street(days=0, in_force=True)
    world.control(body(Standing.SHADOW), supersedes="in-force").now(days, alive={"acq": days})
    cluster.fold(world.records[-2:])

    last = alerts(cluster)[-1]
    assert (last["transition"], last["cause"]) == ("cleared", "rule_changed")


def test_a_record_with_a_calibration_is_refused_since_it_is_folded():
    from tests.decide.test_standing import rows  # noqa: PLC0415 - of a record alone

    world = street(days=1).control(body(calibration=rows()))
    cluster = folded(world)

    assert any("it is folded" in message for message in cluster.messages())


def test_a_record_about_another_version_is_refused():
    world = street(days=1).control(msgspec.structs.replace(body(), version=2))

    assert any("expected version 1" in message for message in folded(world).messages())
