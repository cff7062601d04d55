"""A worker that dies anywhere in a story with every kind of order: cases are what they would be."""

from schemas.instants import HOUR_MS, wire
from stream.decide import Book
from tests.decide.cases.night import Night, of
from tests.decide.conftest import TRUST


def story():
    night = Night("2026-03-09T10:00")
    night.contact()
    night.loan("2026-03-10", "2026-04-10")
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
    night.until("2026-03-10T10:00", every_ms=6 * HOUR_MS)
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
    night.says("ann", "claim")
    night.says("ben", "claim")
    night.says("ben", "outcome", fields={"outcome": "UNKNOWN"}, supersedes=None)
    night.says("ann", "triage", fields={"triage": "REAL"})
    until = wire(night.now_ms + 9 * HOUR_MS)
    night.says("ann", "wait", fields={"until": until, "reason": "she calls back"})
    night.until("2026-03-10T22:00", every_ms=6 * HOUR_MS)
    night.payee_changed()
    fields = {"legal_entity": "default", "until": wire(night.now_ms + 20 * HOUR_MS), "reason": "x"}
    night.says("ann", "snooze_tier", case=False, record_id="ask", fields=fields)
    night.says("sue", "endorse", case=False, fields={"record_id": "ask"})
    night.says("ann", "hold", case=False, fields={"hold": "DISPUTE", "reason": "says so"})
    night.says("ann", "lift_hold", case=False, fields={"hold": "DISPUTE", "reason": "answered"})
    night.says("ann", "note", fields={"text": "called"}, by="d")
    night.until("2026-03-12T10:00", every_ms=6 * HOUR_MS)
    night.says("sue", "assign", fields={"holder": "ben"})
    night.says("ben", "outcome", fields={"outcome": "TRUE_DISTRESS"})
    night.says("ben", "close")
    night.payee_changed()
    night.pay()
    night.until("2026-03-13T10:00", every_ms=6 * HOUR_MS)
    return night


def test_a_restart_at_any_place_changes_nothing_that_is_told():
    night = story()
    (case,) = night.cases().values()
    kinds = {line["kind"] for line in case["entries"]}
    assert kinds >= {"opened", "tier", "waited", "lapsed", "endorse", "assign", "close"}

    for cut in range(1, len(night.records)):
        before, after = Book(TRUST, speaks=True), Book(TRUST, speaks=True)
        told = [each for key, value in night.records[:cut] for each in before.fold(key, value)]
        for key, value in before.changes():
            after.restore(key, value)
        told += [each for key, value in night.records[cut:] for each in after.fold(key, value)]
        assert told == night.outputs, f"restarted at {cut}"


def test_a_replay_tells_the_same_bytes():
    night, again = story(), Book(TRUST, speaks=True)

    told = [each for key, value in night.records for each in again.fold(key, value)]

    assert told == night.outputs
    assert of(told, "cases")
