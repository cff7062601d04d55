"""A loan need not be looked at before its wake: time alone changes nothing until then."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.ledger import Ledger, Passed, Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, history
from tests.ledger.test_tie_out import one_loan

DAY_MS = 86_400_000
CHANGED_BY_TIME = ("on", "counted_on", "is_stale", "is_unverified", "due_soon")

histories = st.integers(0, 1 << 32).map(history)


def ledger_of(told, times):
    ledger = Ledger()
    for record in [
        records.contract(told, BEGIN),
        *records.schedules(told, BEGIN),
        *(records.event(told.loan, e) for e in told.events if e.at_ms <= times.now_ms),
    ]:
        ledger.apply(record, times)
    return ledger


def seen(ledger, loan, times):
    view = ledger.view(loan, times)
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    return {name: value for name, value in fields.items() if name not in CHANGED_BY_TIME}


@settings(max_examples=150)
@given(histories, st.integers(0, 6), st.integers(1, 40 * 24), st.booleans())
def test_nothing_changes_before_the_wake(told, lag_days, hours, sources_go_on):
    now_ms = records.utc_ms(told.checked[0])
    passed_ms = now_ms - lag_days * DAY_MS
    then = Times(now_ms, {"lms": Passed(at_ms=passed_ms)})
    ledger = ledger_of(told, then)
    before = seen(ledger, told.loan, then)
    wakes = ledger.wakes(then)
    later_ms = now_ms + hours * 3_600_000
    if sources_go_on:
        passed_ms += hours * 3_600_000
    later = Times(later_ms, {"lms": Passed(at_ms=passed_ms)})
    zone = ZoneInfo(told.zone)
    passed_day = datetime.fromtimestamp(passed_ms / 1000, zone).toordinal() - 1
    for wake in wakes:
        if later_ms >= wake.at_ms and (later_ms >= wake.by_ms or passed_day >= wake.through):
            return

    assert seen(ledger, told.loan, later) == before


def test_a_loan_on_time_sleeps_until_its_next_due_date_and_one_overdue_for_a_day():
    told = one_loan()
    at_ms = records.utc_ms(date(2026, 1, 20))
    times = Times(at_ms, {"lms": Passed(at_ms=at_ms)})
    ledger = ledger_of(told, times)
    position = records.position("ln_1", date(2026, 2, 20), dpd=10, overdue=records.money(100_000))
    ledger.apply(records.position("ln_1", date(2026, 2, 9), dpd=0, overdue=records.money(0)), times)
    assert ledger.next_deadline_ms(times) == records.utc_ms(date(2026, 2, 10))

    late_ms = records.utc_ms(date(2026, 2, 20)) + 1
    late = Times(late_ms, {"lms": Passed(at_ms=late_ms)})

    assert ledger.next_deadline_ms(late) == records.utc_ms(date(2026, 2, 21))
    ledger.apply(position, late)
    assert ledger.next_deadline_ms(late) == records.utc_ms(date(2026, 2, 21))


def test_a_wake_names_the_sources_it_waits_for_and_when_it_waits_no_longer():
    told = one_loan()
    now_ms = records.utc_ms(date(2026, 2, 12))
    times = Times(now_ms, {"lms": Passed(through=date(2026, 2, 9).toordinal())})
    ledger = Ledger()
    for record in [
        records.contract(told, BEGIN, payment_sources=("lms",)),
        *records.schedules(told, BEGIN),
    ]:
        ledger.apply(record, times)

    wake = ledger.wakes(times)[0]

    assert wake.sources == ("lms",)
    assert date.fromordinal(wake.through) == date(2026, 2, 10)
    assert wake.at_ms == records.utc_ms(date(2026, 2, 11))
    assert wake.by_ms == records.utc_ms(date(2026, 2, 11) + timedelta(days=3))


def test_a_loan_that_is_over_sleeps_for_ever():
    assert Ledger().wakes(Times(0)) == []
    assert Ledger().next_deadline_ms(Times(0)) is None
