"""The queue, a case and what stands behind it, as the page gets them."""

from __future__ import annotations

import pytest
import redis

from desk.model import Models
from schemas.alert import Transition
from schemas.case import CaseState, Done
from schemas.collection_trigger import Op
from schemas.desk_trust import KillSwitch
from schemas.health import HealthKind
from schemas.money import Money
from stream.desk_feed.watch import of_switch
from stream.intake.progress import Progress
from tests.desk import made
from tests.desk.made import later


@pytest.fixture
def at_the_time(monkeypatch):
    """The wall clock stands at minute 0, or where a test puts it."""
    now = {"ms": made.AT_MS}
    monkeypatch.setattr("desk.clock.now_ms", lambda: now["ms"])
    return now


def ids(answer):
    return [row["case_id"] for row in answer.json()["rows"]]


def test_the_order_of_the_queue(house, at_the_time):
    at_the_time["ms"] += 60 * 60_000
    house.feed.put(
        "cases",
        made.case(1, ack_due_at=None, hard=False, tier="moderate", exposure=None),
        made.case(2, ack_due_at=None, hard=False, tier="moderate"),
        made.case(3, ack_due_at=None, hard=False, tier="moderate", urgent_at=later(300)),
        made.case(4, ack_due_at=None),
        made.case(5, ack_due_at=None, urgent_at=later(200)),
        made.case(6, ack_due_at=later(15), hard=False, tier="moderate"),
        made.case(7, ack_due_at=None, tier="mild"),
        made.case(8, ack_due_at=None, tier="mild", holder="ann"),
        made.case(9, ack_due_at=None, snoozed_until=later(90)),
        made.case(10, state=CaseState.CLOSED, closed_at=later(1)),
    )

    answer = house.browser().get("/api/queue")

    expected = [6, 5, 4, 3, 8, 2, 1]
    assert ids(answer) == [f"brw_{number}/default/1" for number in expected]
    assert answer.json()["total"] == 7
    assert answer.json()["waiting"] == 1
    assert [row["rank"] for row in answer.json()["rows"][:4]] == [
        "deadline_passed", "hard_severe", "hard_severe", "urgent",
    ]  # fmt: skip


def test_a_row_says_all_that_the_night_shift_needs(house, at_the_time):
    at_the_time["ms"] += 5 * 60_000
    house.feed.put(
        "cases", made.case(1, holder="bob", overdue=Money(amount_minor=5, currency="CNY"))
    )
    house.feed.put("collection-triggers", made.trigger(1))

    (row,) = house.browser().get("/api/queue").json()["rows"]

    assert row["reason"]["zh"].startswith("两次扣款")
    assert (row["due"], row["due_in_ms"]) == ("ack", 10 * 60_000)
    assert (row["contact_at"], row["contact_by"]) == (later(300), "QUIET_HOURS")
    assert (row["advice"], row["holder"], row["age_ms"]) == ("acknowledge", "bob", 300_000)


def test_pages_do_not_overlap_and_miss_nothing(house):
    house.feed.put("cases", *(made.case(n, ack_due_at=later(10_000_000)) for n in range(1, 26)))
    browser, seen, cursor = house.browser(), [], ""
    while cursor is not None:
        answer = browser.get("/api/queue", params={"cursor": cursor, "limit": 10})
        seen += ids(answer)
        cursor = answer.json().get("next")

    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"limit": "9" * 5000}, {"view": "mine"},
        {"cursor": "???"}, {"cursor": "WzFd"}, {"cursor": "ÿ"},
    ],
)  # fmt: skip
def test_what_is_no_page_is_refused(house, params):
    answer = house.browser().get("/api/queue", params=params)

    assert (answer.status_code, answer.json()["reason"]) == (422, "BODY")


def test_why_and_what_would_clear_it(house):
    house.feed.put("cases", made.case(1))
    house.feed.put("cases", made.case(1, case_id="brw_1/default/0", state=CaseState.CLOSED))
    house.feed.put("alerts", made.alert(1))
    house.feed.put("alerts", made.alert(1, 2, episode=2, transition=Transition.CLEARED))

    detail = house.browser().get("/api/cases/brw_1/default/1").json()

    (alert,) = detail["alerts"]
    assert alert["measures"][0]["threshold"] == ">= 2"
    assert alert["clears_when"]["en"]
    assert [each["transition"] for each in detail["past"]] == ["cleared"]
    assert [each["case_id"] for each in detail["earlier"]] == ["brw_1/default/0"]


def test_the_story_and_the_machine(house):
    house.feed.put("cases", made.case(1))
    house.feed.put("case-files", made.file(1))
    house.feed.put("collection-triggers", made.trigger(1, 1), made.trigger(1, 2, Op.RETRACT))
    browser = house.browser()

    file = browser.get("/api/cases/brw_1/default/1/file").json()
    machine = browser.get("/api/cases/brw_1/default/1/machine").json()

    assert file["zone"] == "Asia/Shanghai"
    assert [each["op"] for each in machine["triggers"]] == ["RETRACT"]
    assert [each["op"] for each in machine["history"]] == ["DEFER"]
    assert machine["history"][0]["guards"][1]["answer"] == "DEFER"


def actions(house, user="ann", **more):
    house.feed.put("cases", made.case(1, 1, **more))
    found = house.browser(user).get("/api/cases/brw_1/default/1").json()["actions"]
    return {each["kind"]: each for each in found}


def why(action):
    return None if action["allowed"] else action["why"]["code"]


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        pytest.param({}, "claim", None, id="nobody holds it"),
        pytest.param({}, "triage", "not_held", id="work takes a holder"),
        pytest.param({"holder": "bob"}, "claim", "held_by", id="somebody else does"),
        pytest.param({"holder": "ann"}, "claim", "held_already", id="I do"),
        pytest.param({"holder": "ann"}, "triage", None, id="the holder works"),
        pytest.param({"holder": "ann"}, "outcome", "state", id="nobody has seen it"),
        pytest.param({"holder": "ann"}, "close", "no_outcome", id="no outcome, no end"),
        pytest.param({}, "assign", "right", id="a supervisor's"),
        pytest.param({}, "lift_hold", "no_hold", id="no hold"),
        pytest.param({"holds": ("HARDSHIP",)}, "lift_hold", None, id="a hold"),
        pytest.param({"holds": ("HOLD",)}, "lift_hold", "no_hold", id="not the desk's"),
        pytest.param({}, "snooze_tier", None, id="severe takes two"),
        pytest.param({"tier": "none"}, "snooze_tier", "no_tier", id="nothing to put off"),
        pytest.param({"state": CaseState.CLOSED}, "note", "closed", id="closed"),
        pytest.param({}, "contact", "no_trigger", id="the machine has nothing in mind"),
    ],
)
def test_what_may_be_done_and_why_not(house, more, kind, code):
    assert why(actions(house, **more)[kind]) == code


def test_a_contact_in_quiet_hours_says_from_when_on_it_is_possible(house):
    house.feed.put("collection-triggers", made.trigger(1))

    contact = actions(house)["contact"]

    assert contact["why"] == {"code": "guard", "params": {"guard": "QUIET_HOURS"}}
    assert contact["possible_at"] == later(300)


def test_what_waits_for_a_second_person_is_not_for_the_first(house):
    waits = made.entry("release_tier", "release_tier-1", operator="ann", done=Done.PENDING)
    of = actions(house, "DESK_SUPERVISOR", pending=(waits,))
    assert of["endorse"]["allowed"]
    assert of["endorse"]["about"] == "release_tier-1"

    own = made.entry("release_tier", "release_tier-1", operator="DESK_SUPERVISOR")
    house.feed.put("cases", made.case(1, 2, pending=(own,)))
    detail = house.browser("DESK_SUPERVISOR").get("/api/cases/brw_1/default/1").json()
    (endorse,) = [each for each in detail["actions"] if each["kind"] == "endorse"]
    assert endorse["why"]["code"] == "own_action"
    refused = house.browser("DESK_SUPERVISOR").order(
        "brw_1/default/1", "endorse", record_id="release_tier-1"
    )
    assert (refused.status_code, refused.json()["why"]["code"]) == (403, "own_action")


def test_who_puts_off_a_severe_one_is_seconded_by_a_supervisor(house):
    waits = made.entry("snooze_tier", "snooze_tier-1", operator="ann", done=Done.PENDING)
    of = actions(house, "DESK_SUPERVISOR", pending=(waits,))

    assert (of["endorse"]["allowed"], of["snooze_tier"]["why"]["code"]) == (True, "pending")
    assert actions(house, "DESK_SUPERVISOR")["claim"].get("people", 1) == 1


def test_collections_see_what_contacts_take_and_no_evidence(house):
    house.feed.put("cases", made.case(1, lane="fraud", entries=(made.entry("note", "note-1"),)))
    house.feed.put("alerts", made.alert(1))
    browser = house.browser("COLLECTIONS")

    detail = browser.get("/api/cases/brw_1/default/1").json()

    assert "alerts" not in detail
    assert "signals" not in detail["case"]
    assert detail["case"]["reason"] == {"en": "", "zh": ""}
    assert browser.get("/api/queue").json()["rows"][0]["reason"] == {"en": "", "zh": ""}
    assert browser.get("/api/cases/brw_1/default/1/file").status_code == 403


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param(None, False, id="never switched"),
        pytest.param(KillSwitch(on=True, reason="wrong amounts"), True, id="on"),
        pytest.param(KillSwitch(on=False), False, id="off again"),
    ],
)
def test_the_kill_switch_is_off_unless_somebody_switched_it_on(house, said, shown):
    if said is not None:
        house.feed.store.do(house.feed.generation, of_switch(said, 1), {}, tell=False)
    trust = house.browser().get("/api/trust").json()

    assert trust["kill_switch"].get("on", False) is shown
    assert trust["red"] is shown


def test_can_i_trust_it(house, at_the_time):
    house.feed.put("health", made.health(HealthKind.SOURCE_SILENT, "acq-1"))
    house.feed.put("health", made.health(HealthKind.LATENESS, "acq-2/pos_clearing"))
    house.feed.put(
        "health", made.health(HealthKind.LATENESS, "acq-2/pos_clearing", at=later(1), ended=True)
    )
    house.feed.put("decisions", made.morning(), made.change())
    for source in ("acq-1", "acq-2"):
        house.feed.put(
            "source-progress",
            Progress(
                source=source,
                stream="pos_clearing",
                topic="pos-clearing",
                partition=0,
                alive_at_ms=made.AT_MS - 60_000,
            ),
        )
    trust = house.browser().get("/api/trust").json()

    assert trust["red"]
    assert [(each["source"], each["state"], each["age_ms"]) for each in trust["sources"]] == [
        ("acq-1", "silent", 60_000), ("acq-2", "alive", 60_000),
    ]  # fmt: skip
    assert trust["tie_out"]["ties"] == {"tied": 99, "differs": 1}
    assert [each["author"] for each in trust["changes"]] == ["ann"]


def test_one_problem_or_many(house, at_the_time):
    house.feed.put("alerts", made.incident("food"))
    house.feed.put("alerts", made.incident("shoes", transition=Transition.CLEARED))
    house.feed.put("cases", made.case(1, segment="food"), made.case(2, segment="food"))
    house.feed.put("health", made.health(HealthKind.SOURCE_SILENT, "acq-1"))

    incidents = house.browser().get("/api/incidents").json()["incidents"]

    of = {each["subject"]: each for each in incidents}
    assert set(of) == {"food", "acq-1"}
    assert (of["food"]["count"], of["food"]["slope_per_h"]) == (2, 2)
    assert of["food"]["exposure"] == {"amount_minor": 3_000_00, "currency": "CNY"}
    assert "count" not in of["acq-1"]


def test_while_it_is_built_the_page_says_so_and_shows_no_case(house):
    house.feed.put("cases", made.case(1))
    browser = house.browser()
    with redis.Redis.from_url(house.feed.url) as client:
        client.delete("loanwatch:desk:generation")

    assert browser.get("/api/trust").json()["rebuilding"]
    for path in ("/api/queue", "/api/cases/brw_1/default/1", "/api/incidents", "/api/kpi"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["reason"]) == (503, "REBUILDING")


@pytest.mark.parametrize("path", [
    "/api/queue", "/api/cases/brw_1/default/1", "/api/cases/brw_1/default/1/file",
    "/api/cases/brw_1/default/1/machine", "/api/incidents", "/api/kpi", "/api/handover",
    "/api/trust", "/api/orders/note-1",
])  # fmt: skip
def test_what_is_lost_while_an_answer_is_made_never_looks_as_if_it_had_not_been(
    house, monkeypatch, path
):
    house.feed.put("cases", made.case(1))
    browser = house.browser()
    opened = Models.open

    async def opened_before_everything_is_lost(self, who):
        model = await opened(self, who)
        with redis.Redis.from_url(house.feed.url) as client:
            client.unlink(*client.scan_iter(match="loanwatch:*"))
        return model

    monkeypatch.setattr(Models, "open", opened_before_everything_is_lost)
    answer = browser.get(path)

    assert (answer.status_code, answer.json()["reason"]) == (503, "REBUILDING")
