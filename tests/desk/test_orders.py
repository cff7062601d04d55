"""Orders: checked, signed by the desk for the operator, sent once, and told of."""

from __future__ import annotations

import pytest
import redis

from schemas.case import CaseState, Done
from schemas.collection_trigger import Op
from schemas.control import Together
from schemas.decision import DecisionKind
from schemas.operators import OperatorClass
from tests.desk import made
from tests.desk.made import later

CASE = "brw_1/default/1"


@pytest.fixture
def ann(house):
    house.feed.put("cases", made.case(1, 3, last_action_id="note-0", holder="ann"))
    return house.browser("ann")


def test_an_order_is_signed_for_the_operator_with_class_and_predecessor(house, ann):
    answer = ann.order(CASE, "triage", 3, triage="DATA")

    assert answer.status_code == 202
    payload = house.payload()
    assert payload.record_id == answer.json()["record_id"]
    assert (payload.subject, payload.operator) == ("brw_1", "ann")
    assert payload.operator_class is OperatorClass.DESK_OPERATOR
    assert payload.supersedes == "note-0"
    assert payload.body == {"kind": "triage", "triage": "DATA", "case_id": CASE}
    assert [key for topic, key, _ in house.outlet.sent if topic == "desk-actions"] == ["brw_1"]


def test_what_became_of_an_order(house, ann):
    record_id = ann.order(CASE, "triage", triage="DATA").json()["record_id"]
    path = f"/api/orders/{record_id}"
    assert ann.get(path).json() == {
        "record_id": record_id, "state": "sent", "case_id": CASE, "kind": "triage",
    }  # fmt: skip

    refused = made.decision(
        DecisionKind.ACTION_REFUSED, about=record_id, detail="another was first"
    )
    house.feed.put("decisions", refused)

    assert ann.get(path).json()["state"] == "refused"
    assert ann.get(path).json()["detail"] == "another was first"


def test_of_two_at_once_one_is_told_to_look_again(house, ann):
    assert ann.order(CASE, "triage", triage="DATA").status_code == 202

    second = ann.order(CASE, "measure", measure="PLAN")

    assert (second.status_code, second.json()["reason"]) == (409, "STALE")
    assert len(house.outlet.of("desk-actions")) == 1


def test_when_the_first_is_decided_the_next_may_come(house, ann):
    record_id = ann.order(CASE, "triage", triage="DATA").json()["record_id"]
    house.feed.put(
        "cases",
        made.case(
            1, 4, holder="ann", last_action_id=record_id, entries=(made.entry("triage", record_id),)
        ),
    )

    assert ann.order(CASE, "measure", measure="PLAN").status_code == 202
    assert house.payload().supersedes == record_id


def test_an_order_on_a_case_that_has_changed_is_not_sent(house, ann):
    answer = ann.order(CASE, "triage", 2, triage="DATA")

    assert (answer.status_code, answer.json()["reason"]) == (409, "STALE")
    assert house.outlet.of("desk-actions") == []


def test_what_comes_after_is_after_the_last_of_all_the_borrowers_cases(house, ann):
    other = {"case_id": "brw_1/other/1", "legal_entity": "other", "at": later(5)}
    house.feed.put("cases", made.case(1, 1, last_action_id="claim-7", **other))

    ann.order(CASE, "triage", triage="DATA")

    assert house.payload().supersedes == "claim-7"


@pytest.mark.parametrize(
    ("kind", "fields", "body"),
    [
        ("give_back", {}, {"case_id": CASE}),
        ("wait", {"until": later(60), "reason": "a call"}, {"case_id": CASE, "reason": "a call"}),
        ("note", {"text": "spoke to nobody"}, {"case_id": CASE, "text": "spoke to nobody"}),
        ("hold", {"hold": "HARDSHIP", "reason": "flood"}, {"hold": "HARDSHIP", "reason": "flood"}),
        ("release_tier", {"tier": "severe"}, {"tier": "severe", "legal_entity": "default"}),
    ],
)
def test_each_order_says_what_it_has_to(house, ann, kind, fields, body):
    answer = ann.order(CASE, kind, **fields)

    assert answer.status_code == 202, answer.text
    assert house.payload().body.items() >= {"kind": kind, **body}.items()


@pytest.mark.parametrize(
    ("order", "detail"),
    [
        pytest.param({}, "as `kind`", id="no kind"),
        pytest.param({"kind": "destroy"}, "as `kind`", id="no such kind"),
        pytest.param({"kind": ["claim"]}, "as `kind`", id="a kind that is no text"),
        pytest.param({"kind": "triage"}, "triage", id="a field is missing"),
        pytest.param({"kind": "triage", "triage": "MAYBE"}, "$.triage", id="a wrong word"),
        pytest.param({"kind": "note", "text": ""}, "$.text", id="an empty note"),
        pytest.param({"kind": "note", "text": "x" * 501}, "$.text", id="a long note"),
        pytest.param({"kind": "note", "text": "call 13812345678"}, "personal", id="a telephone"),
        pytest.param({"kind": "wait", "until": "tomorrow", "reason": "r"}, "$.until", id="no time"),
        pytest.param(
            {"kind": "hold", "hold": "COMPLIANCE", "reason": "r"}, "$.hold", id="not theirs"
        ),
    ],
)
def test_what_is_no_order_is_not_sent(house, ann, order, detail):
    answer = ann.post(f"/api/cases/{CASE}/orders", {"order": order})

    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert house.outlet.of("desk-actions") == []


def test_a_case_id_of_the_page_is_not_believed(house, ann):
    house.feed.put("cases", made.case(2, holder="bob"))

    order = {"kind": "triage", "triage": "DATA", "case_id": "brw_2/default/1"}
    assert ann.post(f"/api/cases/{CASE}/orders", {"order": order}).status_code == 202

    assert house.payload().body["case_id"] == CASE


@pytest.mark.parametrize(
    ("user", "kind", "fields", "expected"),
    [
        ("AUDITOR", "claim", {}, (403, "RIGHT")),
        ("COLLECTIONS", "note", {"text": "x"}, (403, "RIGHT")),
        ("COMPLIANCE", "claim", {}, (403, "RIGHT")),
        ("DESK_OPERATOR", "assign", {"holder": "bob"}, (403, "RIGHT")),
        ("DESK_OPERATOR", "snooze_tier", {"until": later(60), "reason": "r"}, (202, None)),
        ("COLLECTIONS", "snooze_tier", {"until": later(60), "reason": "r"}, (403, "RIGHT")),
        ("FRAUD_ANALYST", "approve_trigger", {"trigger_id": "t"}, (403, "RIGHT")),
        ("DESK_OPERATOR", "triage", {"triage": "DATA"}, (409, "STATE")),
        ("DESK_SUPERVISOR", "endorse", {"record_id": "x"}, (409, "STATE")),
        ("DESK_SUPERVISOR", "assign", {"holder": "bob"}, (202, None)),
    ],
)
def test_who_may_order_what(house, user, kind, fields, expected):
    house.feed.put("cases", made.case(1))

    answer = house.browser(user).order(CASE, kind, **fields)

    assert (answer.status_code, answer.json().get("reason")) == expected


def test_a_trigger_that_does_not_wait_for_people_is_not_approved(house):
    house.feed.put("cases", made.case(1))
    house.feed.put("collection-triggers", made.trigger(1, op=Op.NEED_APPROVAL))
    browser = house.browser("DESK_SUPERVISOR")

    assert browser.order(CASE, "approve_trigger", trigger_id="brw_9/t/1").status_code == 409
    assert browser.order(CASE, "approve_trigger", trigger_id="brw_1/t/1").status_code == 202


def test_compliance_works_cases_of_the_restricted_lane_and_nobody_else_does(house):
    house.feed.put("cases-restricted", made.restricted(1))
    secret = "brw_1/restricted/default/1"

    assert house.browser("COMPLIANCE").order(secret, "claim").status_code == 202
    assert house.payload().operator_class is OperatorClass.COMPLIANCE
    assert house.browser("AUDITOR").order(secret, "claim").status_code == 403
    assert (
        house.browser("COMPLIANCE").order(secret, "hold", hold="LEGAL", reason="r").status_code
        == 422
    )
    assert house.browser("DESK_SUPERVISOR").order(secret, "claim").status_code == 404


def test_what_cannot_be_sent_is_said(house, ann):
    house.outlet.is_full = True

    answer = ann.order(CASE, "triage", triage="DATA")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


# --- many at once ---------------------------------------------------------------------------


def many(house, count):
    cases = [made.case(number, holder=None) for number in range(1, count + 1)]
    house.feed.put("cases", *cases)
    return [each.case_id for each in cases]


def preview(browser, case_ids, **order):
    body = {"case_ids": case_ids, "order": order or {"kind": "acknowledge"}}
    return browser.post("/api/bulk/preview", body)


def test_a_bulk_says_first_what_it_would_do(house):
    names = many(house, 3)
    house.feed.put("cases", made.case(9, holder="bob"))
    browser = house.browser("ann")

    shown = preview(browser, [*names, "brw_9/default/1", "brw_404/default/1"]).json()

    assert (shown["count"], shown["excluded"]) == (3, {"held_by": 1, "NOT_FOUND": 1})
    assert shown["exposure"] == [{"amount_minor": 6_000_00, "currency": "CNY"}]
    assert house.outlet.of("desk-actions") == []

    done = browser.post("/api/bulk", {"preview_id": shown["preview_id"]})
    assert (done.status_code, len(done.json()["orders"])) == (202, 3)
    assert len(house.outlet.of("desk-actions")) == 3
    again = browser.post("/api/bulk", {"preview_id": shown["preview_id"]})
    assert again.status_code == 404


def test_above_fifty_another_person_confirms(house):
    names = many(house, 51)
    ann, boss = house.browser("ann"), house.browser("DESK_SUPERVISOR")
    shown = preview(ann, names).json()
    body = {"preview_id": shown["preview_id"]}
    assert shown["needs_second"]

    assert boss.post("/api/bulk", body).status_code == 404  # nobody has asked for it yet
    assert ann.post("/api/bulk", body).json()["waiting"]
    assert ann.post("/api/bulk", body).json()["waiting"]  # one's own word does not count twice
    assert house.browser("bob").post("/api/bulk", body).status_code == 403
    assert house.outlet.of("desk-actions") == []

    assert len(boss.post("/api/bulk", body).json()["orders"]) == 51
    payloads = [house.payload(index) for index in range(51)]
    assert {each.operator for each in payloads} == {"ann"}
    # the fold believes no bulk of that size without the second, by name and class
    assert {each.together for each in payloads} == {
        Together(
            orders=51,
            confirmed_by="DESK_SUPERVISOR",
            confirmer_class=OperatorClass.DESK_SUPERVISOR,
        )
    }


def test_a_bulk_has_a_limit_and_no_case_of_the_restricted_lane(house):
    house.feed.put("cases-restricted", made.restricted(1))
    browser = house.browser("ann")

    assert preview(browser, [f"brw_{n}/default/1" for n in range(201)]).status_code == 422
    assert preview(browser, ["brw_1/default/1"], kind="release_tier").status_code == 422
    assert preview(browser, ["brw_1/restricted/default/1"]).json()["excluded"] == {"NOT_FOUND": 1}


# --- hand-over, figures ---------------------------------------------------------------------


def test_the_page_for_the_next_shift(house, monkeypatch):
    monkeypatch.setattr("desk.clock.now_ms", lambda: made.AT_MS + 60 * 60_000)
    noted = made.entry("note", "note-1", detail="spoke to nobody", at=later(30))
    waits = made.entry("lift_hold", "lift_hold-1", done=Done.PENDING)
    house.feed.put(
        "cases",
        made.case(1, entries=(noted,)),
        made.case(2, state=CaseState.WAIT, ack_due_at=None, wait_until=later(120)),
        made.case(3, state=CaseState.ACKED, ack_due_at=None, snoozed_until=later(90)),
        made.case(4, state=CaseState.ACKED, ack_due_at=None, pending=(waits,)),
        made.case(5, state=CaseState.CLOSED, closed_at=later(20), outcome="DATA_ERROR"),
    )

    page = house.browser().get("/api/handover").json()

    def of(what):
        return [row["borrower_id"] for row in page[what]]

    assert (of("unacknowledged"), of("overdue")) == (["brw_1"], ["brw_1"])
    assert (of("waiting"), of("snoozed"), of("pending")) == (["brw_2"], ["brw_3"], ["brw_4"])
    assert (page["opened"], page["closed"], page["outcomes"]) == (5, 1, {"DATA_ERROR": 1})
    assert [line["entry"]["detail"] for line in page["log"] if line["entry"]["kind"] == "note"] == [
        "spoke to nobody"
    ]


def test_figures_are_of_what_happened_and_absent_where_nothing_did(house, monkeypatch):
    monkeypatch.setattr("desk.clock.now_ms", lambda: made.AT_MS + 60 * 60_000)
    browser = house.browser()
    empty = browser.get("/api/kpi").json()
    assert not {"precision_by_tier", "time_to_ack", "lead_to_dpd_1"} & set(empty)

    acked = {"acked_at": later(10), "ack_due_at": None, "state": CaseState.OUTCOME}
    said = made.entry("outcome", "outcome-1", at=later(40))
    house.feed.put(
        "cases",
        made.case(1, outcome="TRUE_DISTRESS", entries=(said,), **acked),
        made.case(2, outcome="SEASONAL", **acked),
        made.case(3, outcome="UNKNOWN", **acked),
        made.case(4),
    )
    kpi = browser.get("/api/kpi").json()

    assert kpi["precision_by_tier"] == {"severe": {"n": 2, "hits": 1, "share": 0.5}}
    assert kpi["precision_by_rule"] == {"rp02_failed_debit": {"n": 2, "hits": 1, "share": 0.5}}
    assert kpi["time_to_ack"]["severe"] == {"n": 3, "p50_ms": 600_000, "p95_ms": 600_000}
    assert kpi["acknowledged_in_time"]["severe"] == {"n": 4, "hits": 3, "share": 0.75}
    assert (kpi["cases"], kpi["operator_hours"], kpi["cases_per_operator_hour"]) == (4, 1, 4.0)
    assert kpi["tier_mix"] == {"hard_severe": 4}


def test_the_example_of_the_capacity_check(house):
    """domain.md 6.3: three operators, two an hour: 144 a day; 250 arrive."""
    asked = {
        "live_loans": 100_000, "hard_severe_permille": 0.5, "moderate_permille": 2, "operators": 3,
    }  # fmt: skip

    answer = house.browser().post("/api/capacity", asked).json()

    assert (answer["capacity_per_day"], answer["arriving_per_day"]) == (144, 250)
    assert answer["needs_sign_off"]
    assert answer["backlog_per_day"] == 106


def test_orders_keep_nothing_in_redis_for_ever(house, ann):
    ann.order(CASE, "triage", triage="DATA")

    with redis.Redis.from_url(house.feed.url) as client:
        left = [client.ttl(name) for name in client.scan_iter(match="loanwatch:order:*")]
    assert len(left) == 2
    assert min(left) > 0
