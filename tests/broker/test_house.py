"""From the sources' topics to the warnings, all roles, with bad records, kills and two workers."""

import os
import signal

import msgspec
import pytest

from stream.demo.stage import prepare
from stream.roles import Role
from tests.broker import house
from tests.broker.flow import until

pytestmark = pytest.mark.broker


def test_everything_sent_is_somewhere_and_what_is_published_is_the_fold_of_the_journal(settings):
    prepare(settings)
    with house.running(settings) as houses:
        killed = []

        def disturb(share):
            victims = [(houses[1], Role.MONITOR), (houses[0], Role.INGEST)]
            if share > 0.3 * (len(killed) + 1) and len(killed) < len(victims):
                where, role = victims[len(killed)]
                killed.append(role)
                os.kill(where.pids[role], signal.SIGKILL)
            for each in houses:
                each.tend()

        sent = house.play(settings, borrowers=12, days=21, bad=180, disturb=disturb)

        def settled():
            for each in houses:
                each.tend()
            return house.is_settled(settings, sent)

        until(settled, within_s=120, every_s=1)

    found = house.whereabouts(settings)
    assert killed == [Role.MONITOR, Role.INGEST]
    assert found.events.keys() == sent.good
    assert found.references == sent.references
    assert found.dead == sent.bad
    assert found.late.keys() <= found.events.keys()
    assert found.unresolved == sent.unknown
    published = house.published(settings)
    assert any(b'"kind":"episode"' in value for of in published.values() for value in of)
    assert published == house.folded(settings)
    planted = {(p.borrower_id, p.rule, p.tier) for p in sent.planted if p.expect == "warns"}
    warned, over = told(settings), over_when_read(settings)
    assert warned <= planted
    missed = {each for each in planted - warned if each[:2] not in over}
    assert {borrower for borrower, *_ in missed} <= set(found.late.values())


def over_when_read(settings):
    """Whose warning, by which signal, was over when its event was read.

    The book is played as fast as it goes: an event that waits a second for its references comes
    days late, and a warning that would have ended by then is a decision and no alert.
    """
    decisions = [msgspec.json.decode(r.value) for r in house.records_of(settings, "decisions")]
    return {
        (each["subject_id"], each["detail"].partition("_")[0].upper())
        for each in decisions
        if each["kind"] == "over"
    }


def told(settings):
    """Who was warned of, by which signal, how high; each alert once."""
    alerts = [msgspec.json.decode(r.value) for r in house.records_of(settings, "alerts")]
    ids = [alert["alert_id"] for alert in alerts]
    assert len(ids) == len(set(ids))
    tiers = {"mild": 1, "moderate": 2, "severe": 3}
    return {
        (alert["borrower_id"], alert["signal"], tiers[alert["tier"]])
        for alert in alerts
        if alert["transition"] in ("opened", "escalated")
    }
