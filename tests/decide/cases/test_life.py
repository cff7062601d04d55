"""How a case opens, follows the tier, waits and ends; folded by a whole book."""

# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from datetime import date

import pytest

from schemas.control import Clock, GoLiveBody, RegionDays
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, parse, wire
from tests.decide.cases.night import Night, of, refusal
from tests.decide.collection.world import ms

LONG = [
    ("claim", {}),
    ("triage", {"triage": "REAL"}),
    ("measure", {"measure": "CONTACT"}),
]


def work(night, *orders, operator="ann"):
    for kind, fields in orders:
        assert refusal(night.says(operator, kind, fields=fields)) == ""


def moderate(night):
    """Two failed debits on two days: a hard moderate."""
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
    night.until(night.now_ms + 24 * HOUR_MS)
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")


def lines(case):
    return [each["kind"] for each in case["entries"]]


def test_a_severe_warning_opens_a_case_with_its_deadlines():
    night = Night()
    night.payee_changed()

    case = night.case()
    assert (case["state"], case["tier"], case["signals"]) == ("NEW", "severe", ["F15"])
    assert parse(case["ack_due_at"]) - night.now_ms == 15 * MINUTE_MS
    assert parse(case["outcome_due_at"]) - night.now_ms == 24 * HOUR_MS
    assert (case["version"], lines(case)) == (1, ["opened"])


def test_a_case_says_what_its_worst_warnings_say_and_follows_them():
    night = Night()
    moderate(night)
    assert night.case()["reason"]["en"] == "failed on 2 days"

    night.payee_changed()
    assert night.case()["reason"] == {
        "en": "payee changed; failed on 2 days", "zh": "收款人变更；2天扣款失败",
    }  # fmt: skip

    night.until(night.now_ms + 9 * DAY_MS)
    case = night.case()
    assert (case["tier"], case.get("alert_ids")) == ("severe", None)
    assert case["reason"]["en"] == "failed on 2 days", "the last that counted"


def test_a_mild_one_opens_none():
    night = Night()
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")

    assert night.cases() == {}


@pytest.mark.parametrize(
    ("holidays", "due"),
    [
        pytest.param(None, "2026-03-10", id="weekdays, where nobody has said"),
        pytest.param({date(2026, 3, 6): ("HOLIDAY",)}, "2026-03-11", id="a holiday"),
        pytest.param({date(2026, 3, 7): ("WORKDAY",)}, "2026-03-09", id="a Saturday at work"),
    ],
)
def test_a_moderate_one_has_five_business_days(holidays, due):
    night = Night()
    night.profile(region="CN")
    if holidays is not None:
        first, last = date(2026, 1, 1), date(2026, 12, 31)
        night.calendar(CN=RegionDays(first=first, last=last, days=holidays))
    moderate(night)

    case = night.case()
    assert parse(case["ack_due_at"]) - night.now_ms == 4 * HOUR_MS
    assert case["outcome_due_at"] == wire(ms(f"{due}T22:00"))


def test_an_escalation_asks_anew_and_ends_wait_and_outcome():
    night = Night()
    moderate(night)
    work(night, *LONG)
    until = wire(night.now_ms + 20 * HOUR_MS)
    work(night, ("wait", {"until": until, "reason": "promised"}))
    night.until(night.now_ms + HOUR_MS)
    night.payee_changed()

    case = night.case()
    assert (case["state"], case["holder"], case["tier"]) == ("ACTION", "ann", "severe")
    assert "acked_at" not in case
    assert "wait_until" not in case
    assert parse(case["ack_due_at"]) - night.now_ms == 15 * MINUTE_MS
    assert parse(case["outcome_due_at"]) - night.now_ms == 24 * HOUR_MS
    assert "tier" in lines(case)
    work(night, ("acknowledge", {}), ("outcome", {"outcome": "TRUE_FRAUD"}))


def test_what_nobody_took_up_is_closed_when_its_cause_has_ended():
    night = Night()
    moderate(night)
    night.until(night.now_ms + 75 * 24 * HOUR_MS, every_ms=24 * HOUR_MS)

    case = night.case()
    assert (case["state"], lines(case)[-1]) == ("CLOSED", "ended")
    assert "outcome" not in case
    assert "ack_due_at" not in case


def test_what_somebody_took_up_waits_for_an_outcome_and_returns():
    night = Night()
    moderate(night)
    work(night, *LONG)
    night.until(night.now_ms + 75 * 24 * HOUR_MS, every_ms=24 * HOUR_MS)
    ended = night.case()
    moderate(night)
    back = night.case()

    assert (ended["state"], "ended" in lines(ended)) == ("ACTION", True)
    assert "ended_at" in ended
    assert "ended_at" not in back
    assert "returned" in lines(back)
    assert back["case_id"] == ended["case_id"]


def test_given_back_after_its_end_without_a_measure_it_is_closed():
    night = Night()
    moderate(night)
    work(night, ("claim", {}))
    night.until(night.now_ms + 75 * 24 * HOUR_MS, every_ms=24 * HOUR_MS)
    work(night, ("give_back", {}))

    assert night.case()["state"] == "CLOSED"


def test_closed_by_people_it_stays_closed_until_it_gets_worse():
    night = Night()
    moderate(night)
    work(night, ("claim", {}), ("outcome", {"outcome": "TEMPORARY"}), ("close", {}))
    night.until(night.now_ms + 30 * HOUR_MS)
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
    assert night.latest() == 1

    night.payee_changed()

    assert (night.latest(), night.case()["state"], night.case()["tier"]) == (2, "NEW", "severe")


def test_a_closed_case_takes_no_orders():
    night = Night()
    night.payee_changed()
    work(night, ("claim", {}), ("outcome", {"outcome": "DATA_ERROR"}), ("close", {}))

    told = night.says("ann", "note", fields={"text": "too late"})

    assert "expected a case that is open" in refusal(told)
    assert of(told, "cases") == []


def test_a_wait_that_is_over_brings_it_back_on_time():
    night = Night()
    night.payee_changed()
    until = wire(night.now_ms + 3 * HOUR_MS)
    work(night, *LONG, ("wait", {"until": until, "reason": "she calls back"}))
    assert night.case()["state"] == "WAIT"
    night.until(night.now_ms + 5 * HOUR_MS)

    case = night.case()
    assert (case["state"], case["at"], lines(case)[-1]) == ("ACTION", until, "waited")


def test_a_snooze_shows_and_ends_nothing():
    night = Night()
    moderate(night)
    until = wire(night.now_ms + 48 * HOUR_MS)
    fields = {"legal_entity": "default", "until": until, "reason": "renovation"}
    night.says("ann", "snooze_tier", case=False, fields=fields)
    during = night.case()
    night.until(night.now_ms + 50 * HOUR_MS)

    assert (during["state"], during["snoozed_until"]) == ("NEW", until)
    assert lines(during) == ["opened", "snooze_tier"]
    assert "snoozed_until" not in night.case()
    assert night.latest() == 1


def test_what_is_owed_and_held_shows():
    night = Night("2026-03-09T00:00")
    night.contact(holds=({"kind": "COMPLIANCE"},))
    night.loan("2026-03-10", "2026-04-10")
    night.payee_changed()
    before = night.case()
    night.until("2026-03-11T06:00")
    hold = {"hold": "DISPUTE", "reason": "says so", "until": wire(night.now_ms + HOUR_MS)}
    night.says("ann", "hold", case=False, fields=hold)
    during = night.case()
    night.until(night.now_ms + 2 * HOUR_MS)

    assert before["exposure"] == {"amount_minor": 200_000, "currency": "CNY"}
    assert before["urgent_at"] == wire(ms("2026-03-11T00:00"))
    assert (during["overdue"]["amount_minor"], during["dpd"]) == (100_000, 1)
    assert (before["holds"], during["holds"]) == (["HOLD"], ["DISPUTE", "HOLD"])
    assert night.case()["holds"] == ["HOLD"]


def test_before_go_live_there_are_none_and_go_live_opens_what_stands():
    night = Night(live=False)
    night.payee_changed()
    assert night.cases() == {}

    night.control(GoLiveBody(clock=Clock.WALL))

    assert (night.case()["state"], night.case()["phase"]) == ("NEW", "live")


def test_a_history_keeps_its_latest_lines():
    night = Night()
    night.payee_changed()
    for number in range(60):
        work(night, ("note", {"text": f"line {number}"}))

    entries = night.case()["entries"]
    assert (len(entries), entries[-1]["detail"]) == (40, "line 59")
