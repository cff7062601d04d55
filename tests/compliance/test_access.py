"""Who looked at what: a report a month, every token that was resolved, and nothing restricted."""

import msgspec
import pytest

from schemas.desk_audit import DeskAudit
from schemas.instants import HOUR_MS, parse
from stream.compliance.fold import AUDIT
from tests.compliance.world import World

END_MS = parse("2026-06-01T00:00:00Z")


def line(number, what="view_case", *, at="2026-05-20T03:00:00.000Z", operator="ann", **how):
    return DeskAudit(
        audit_id=f"a{number}",
        at=at,
        operator=operator,
        classes=("DESK_OPERATOR",),
        what=what,
        **how,
    )


def told(*lines, world=None):
    world = world or World()
    for each in lines:
        world.give(AUDIT, 0, msgspec.json.encode(each), parse(each.at))
    return world


def pass_to(world, now_ms):
    world.feed.come_to(now_ms)
    world.save()
    return [each for each in world.records if each["kind"] == "ACCESS_REPORT"]


def test_a_month_is_told_an_hour_after_it_has_ended_and_once():
    world = told(line(1), line(2), line(3, "order"), line(4, operator="bob"))

    assert pass_to(world, END_MS + HOUR_MS - 1) == []
    (report,) = pass_to(world, END_MS + HOUR_MS)
    assert report["period"] == "2026-05"
    assert report["payload"] == {
        "operators": {"ann": {"order": 1, "view_case": 2}, "bob": {"view_case": 1}},
        "resolved": [],
    }
    assert len(pass_to(world, END_MS + 900 * HOUR_MS)) == 1


def test_a_token_that_was_resolved_is_told_with_reason_and_without_the_token():
    world = told(line(1, "resolve", borrower_id="brw_1", detail="CALL_BACK"))
    (report,) = pass_to(world, END_MS + HOUR_MS)

    (resolved,) = report["payload"]["resolved"]
    assert (resolved["operator"], resolved["reason"]) == ("ann", "CALL_BACK")
    assert resolved["subject"].startswith("sub_")
    assert "brw_" not in msgspec.json.encode(report).decode()


def test_what_is_restricted_leaves_no_trace():
    told_all = told(line(1), line(2, restricted=True, borrower_id="brw_9"))
    told_some = told(line(1))

    assert [each["payload"] for each in pass_to(told_all, END_MS + HOUR_MS)] == [
        each["payload"] for each in pass_to(told_some, END_MS + HOUR_MS)
    ]


def test_a_line_that_comes_late_is_in_a_report_of_its_own():
    world = told(line(1))
    pass_to(world, END_MS + HOUR_MS)
    world.give(AUDIT, 0, msgspec.json.encode(line(2, "order")), END_MS + 5 * HOUR_MS)
    first, second = pass_to(world, END_MS + 6 * HOUR_MS)

    assert (first["period"], second["period"]) == ("2026-05", "2026-05")
    assert first["record_id"] != second["record_id"]
    assert second["payload"]["operators"] == {"ann": {"order": 1}}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_restart_loses_and_doubles_nothing(after):
    lines = [line(1), line(2, "resolve", borrower_id="brw_1", detail="CALL_BACK")]
    world = told(*lines[:after])
    world.restart()
    told(*lines[after:], world=world)
    whole = told(*lines)

    payloads = [
        [each["payload"]["operators"] for each in pass_to(of, END_MS + HOUR_MS)]
        for of in (world, whole)
    ]
    assert payloads[0] == payloads[1]


def test_a_line_that_is_none_is_told_to_health():
    world = World().give(AUDIT, 0, b"{}", END_MS)

    assert [each["kind"] for each in world.of("health")] == ["unread_record"]
