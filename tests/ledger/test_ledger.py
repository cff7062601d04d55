"""What the ledger says came of each record, and what it stores."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from schemas import journal
from schemas.header import Quality
from stream.ledger import SUSPENSE, Cause, ConflictKind, Ledger, Outcome, Passed, Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, Event
from tests.ledger.test_tie_out import one_loan

NOON_MS = records.utc_ms(date(2026, 2, 10)) + 12 * 3_600_000
NEXT_MS = NOON_MS + 86_400_000
NOW = Times(NEXT_MS, {"lms": Passed(at_ms=NEXT_MS), "bank": Passed(at_ms=NEXT_MS)})
PAID = Event("e1", "ln_1|PAYMENT|r1", 1, "PAYMENT", NOON_MS, 100_000, "r1")


def opened():
    ledger = Ledger()
    told = one_loan()
    for record in [records.contract(told, BEGIN), *records.schedules(told, BEGIN)]:
        ledger.apply(record, NOW)
    ledger.store()
    return ledger


def movement(said, **fields):
    return records.event("ln_1", said, **fields)


def with_data(event, **fields):
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, **fields))


def test_what_changed_is_stored_once():
    ledger = opened()

    ledger.apply(movement(PAID), NOW)

    assert [part for part, _ in ledger.store()] == ["ln_1"]
    assert ledger.store() == []


def test_a_repetition_changes_nothing_that_is_stored():
    ledger = opened()
    ledger.apply(movement(PAID), NOW)
    ledger.store()

    change = ledger.apply(movement(replace(PAID, event_id="e9")), NOW)

    assert change.outcome is Outcome.DUPLICATE
    assert ledger.store() == []


def test_a_return_reaches_back_to_what_it_takes_back():
    ledger = opened()
    ledger.apply(movement(PAID), NOW)
    back = Event("e2", "ln_1|RETURN|r2", 1, "RETURN", NOON_MS + 10_000, 100_000, "r1")

    change = ledger.apply(movement(back), NOW)

    assert (change.loans, change.since_ms) == (("ln_1",), NOON_MS)


def test_a_correction_reaches_back_to_the_earlier_of_both():
    ledger = opened()
    ledger.apply(movement(PAID), NOW)

    change = ledger.apply(movement(replace(PAID, version=2, at_ms=NOON_MS + 50_000)), NOW)

    assert (change.outcome, change.since_ms) == (Outcome.APPLIED, NOON_MS)


def test_money_in_suspense_is_of_all_loans():
    ledger = opened()
    other = one_loan()
    other.loan = "ln_2"
    ledger.apply(records.contract(other, BEGIN), NOW)
    ledger.store()

    change = ledger.apply(with_data(movement(PAID), loan_id=None, borrower_id="brw_1"), NOW)

    assert change.loans == ("ln_1", "ln_2")
    assert [part for part, _ in ledger.store()] == [SUSPENSE]
    assert ledger.view("ln_2", NOW).suspense == 100_000


def test_trial_records_are_not_even_a_source():
    ledger = opened()

    change = ledger.apply(with_data(movement(PAID), quality=(Quality.TEST,)), NOW)

    assert change.outcome is Outcome.IGNORED
    assert ledger.store() == []
    fresh = Ledger()
    fresh.apply(with_data(movement(PAID), quality=(Quality.TEST,)), NOW)
    assert fresh.loans == ()


def test_what_was_in_doubt_because_of_its_time_is_a_repetition_when_it_comes_again():
    """It came before it had happened, and then long after."""
    ledger = opened()
    early = msgspec.structs.replace(movement(PAID), wall_arrival_at_ms=NOON_MS - 8 * 3_600_000)

    assert ledger.apply(early, NOW).conflicts[0].kind is ConflictKind.TIME
    assert ledger.apply(movement(PAID), NOW).outcome is Outcome.DUPLICATE


def test_an_id_is_that_of_its_source_alone():
    """Two systems may both have an `e1`: a return by the one is not of the other's payment."""
    ledger = opened()
    other = msgspec.structs.replace(movement(PAID), source="bank")
    back = Event("e2", "ln_1|RETURN|r2", 1, "RETURN", NOON_MS + 10_000, 100_000, "r2", target="e1")
    ledger.apply(other, NOW)

    ledger.apply(movement(back), NOW)

    assert ledger.view("ln_1", NOW).paid == 100_000
    assert Cause.UNMATCHED_RETURN in ledger.view("ln_1", NOW).quarantine


def test_records_that_are_not_the_ledgers_are_ignored():
    tick = journal.Tick(wall_at_ms=1)

    assert Ledger().apply(tick, NOW).outcome is Outcome.IGNORED


@pytest.mark.parametrize(
    ("field", "value", "kind", "message"),
    [
        pytest.param(
            "zone", "Mars/Phobos", ConflictKind.ZONE,
            "expected the name of a time zone, got `Mars/Phobos`: counted in UTC",
            id="a zone that nobody knows",
        ),
        pytest.param(
            "profile", "MOON", ConflictKind.PROFILE,
            "expected one of CN, CN_CARD, DEFAULT, got `MOON`: counted as DEFAULT",
            id="a profile that nobody knows",
        ),
    ],
)  # fmt: skip
def test_a_contract_that_names_what_nobody_knows_is_counted_and_reported(
    field, value, kind, message
):
    told = one_loan()
    setattr(told, field, value)

    change = Ledger().apply(records.contract(told, BEGIN), NOW)

    assert change.outcome is Outcome.APPLIED
    assert [(each.kind, each.message) for each in change.conflicts] == [(kind, message)]


def test_of_two_contents_of_one_schedule_the_same_counts_whichever_came_first():
    told, other = one_loan(), one_loan()
    other.rows[0].amount = 90_000
    contract = records.contract(told, BEGIN)
    (one,), (two,) = records.schedules(told, BEGIN), records.schedules(other, BEGIN)
    views = []
    for first, second in ((one, two), (two, one)):
        ledger = Ledger()
        ledger.apply(contract, NOW)
        ledger.apply(first, NOW)
        change = ledger.apply(second, NOW)
        assert [each.kind for each in change.conflicts] == [ConflictKind.VERSION]
        views.append(ledger.view("ln_1", NOW))

    assert views[0] == views[1]


def test_a_schedule_sent_again_every_day_changes_nothing():
    ledger = opened()
    (version,) = records.schedules(one_loan(), BEGIN)
    before = ledger.view("ln_1", NOW)

    later = msgspec.structs.replace(version, effective_at_ms=NOW.now_ms)

    assert ledger.apply(later, NOW).outcome is Outcome.DUPLICATE
    assert ledger.view("ln_1", NOW) == before


def test_what_is_held_back_says_why():
    ledger = opened()

    ledger.apply(movement(replace(PAID, amount=10_000_000)), NOW)

    (held,) = ledger.doubts("ln_1", NOW)
    assert (held.amount, held.reason) == (10_000_000, "EXCESS")
    assert Cause.IN_DOUBT in ledger.view("ln_1", NOW).quarantine
    assert ledger.doubts("ln_9", NOW) == ()


def test_nobody_has_said_anything_of_a_loan():
    assert Ledger().view("ln_1", NOW) is None
    assert Ledger().punctuality("ln_1", NOW) is None


def test_a_late_first_version_teaches_under_which_id_a_return_may_come():
    """The return names the first version's event; it came last of all."""
    ledger = opened()
    corrected = replace(PAID, event_id="e2", version=2, amount=90_000)
    back = Event("e3", "ln_1|RETURN|r9", 1, "RETURN", NOON_MS + 10_000, 90_000, "r9", target="e1")
    ledger.apply(movement(corrected), NOW)
    ledger.apply(movement(back), NOW)
    assert Cause.UNMATCHED_RETURN in ledger.view("ln_1", NOW).quarantine

    change = ledger.apply(movement(PAID), NOW)

    assert (change.outcome, change.loans) == (Outcome.STALE, ("ln_1",))
    assert ledger.view("ln_1", NOW).paid == 0
    assert Cause.UNMATCHED_RETURN not in ledger.view("ln_1", NOW).quarantine
