"""The tie-out: what agrees at its own cut, what an operator releases, what the morning says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.loan_release import InDoubt, Release
from stream.ledger import Cause, Ledger, Morning, Passed, Tie, Times, Verdict
from tests.ledger import records
from tests.ledger.histories import BEGIN, Event, History, Row, history

histories = st.integers(0, 1 << 32).map(history)


def times(day, hours=30):
    now_ms = records.utc_ms(day) + hours * 3_600_000
    return Times(now_ms, {"lms": Passed(at_ms=now_ms)})


def applied(told, at, *, until_ms=None):
    """A ledger with what had happened by then; corrections of later days are left out."""
    ledger = Ledger()
    everything = [records.contract(told, BEGIN), *records.schedules(told, BEGIN)]
    said = [each for each in told.events if each.version == 1 and each.kind != "CANCEL"]
    said = [each for each in said if until_ms is None or each.at_ms < until_ms]
    for record in [*everything, *(records.event(told.loan, each) for each in said)]:
        ledger.apply(record, at)
    return ledger


def one_loan(**fields):
    loan = History("ln_1", "UTC", "DEFAULT", None, pays_next=False, cut_off=None, grace=0)
    loan.rows = [Row(1, 1, date(2026, 2, 10), 100_000), Row(1, 2, date(2026, 5, 10), 100_000)]
    return loan


@given(histories)
def test_a_position_of_what_was_known_agrees_whatever_has_happened_since(told):
    """Payments, returns, versions and statuses after the cut do not make it wrong."""
    told.zone = "UTC"
    for day in told.checked:
        cut_ms = records.utc_ms(day + timedelta(days=1))
        late = times(told.until + timedelta(days=90))
        known = applied(told, late, until_ms=cut_ms).view(told.loan, late, on=day)
        later = applied(told, late)
        position = records.position(
            told.loan, day, dpd=known.raw_dpd, overdue=records.money(known.overdue)
        )

        later.apply(position, late)

        assert later.tie_out(day)[told.loan] == Verdict(Tie.EQUAL)


@given(histories, st.integers(1, 10**6))
def test_a_position_with_another_amount_differs(told, more):
    day = told.checked[0]
    at = times(day + timedelta(days=1))
    ledger = applied(told, at)
    view = ledger.view(told.loan, at, on=day)

    ledger.apply(
        records.position(
            told.loan, day, dpd=view.raw_dpd, overdue=records.money(view.overdue + more)
        ),
        at,
    )

    assert ledger.tie_out(day)[told.loan].tie is Tie.DIFFERS
    assert ledger.view(told.loan, at).quarantine[-1] is not Cause.NO_POSITION


def test_a_difference_comes_back_when_it_is_another_one():
    told, day = one_loan(), date(2026, 2, 12)
    ledger = applied(told, times(day))
    ledger.apply(records.position("ln_1", day, dpd=1, overdue=records.money(100_000)), times(day))
    assert ledger.tie_out(day)["ln_1"] == Verdict(Tie.DIFFERS, Cause.DAY_ROLL)

    ledger.release(Release(loan_id="ln_1", in_doubt=InDoubt.REJECT), times(day))

    assert ledger.tie_out(day)["ln_1"] == Verdict(Tie.RELEASED, Cause.DAY_ROLL)
    assert ledger.view("ln_1", times(day)).quarantine == ()


def test_a_release_of_a_loan_that_nobody_knows_changes_nothing():
    change = Ledger().release(Release(loan_id="ln_9", in_doubt=InDoubt.ACCEPT), Times(0))

    assert change.loans == ()


def test_a_release_stands_in_for_positions_for_two_days():
    told, day = one_loan(), date(2026, 2, 5)
    ledger = applied(told, times(day))
    assert ledger.view("ln_1", times(day)).quarantine == (Cause.NO_POSITION,)

    ledger.release(Release(loan_id="ln_1", in_doubt=InDoubt.REJECT), times(day, hours=1))

    assert ledger.view("ln_1", times(day + timedelta(days=2), hours=1)).quarantine == ()
    assert ledger.view("ln_1", times(day + timedelta(days=3), hours=1)).quarantine == (
        Cause.NO_POSITION,
    )


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        pytest.param(date(2025, 12, 31), None, id="before disbursement"),
        pytest.param(date(2026, 2, 9), Verdict(Tie.EQUAL), id="a later position speaks for it"),
        pytest.param(date(2026, 2, 10), Verdict(Tie.EQUAL), id="its own day"),
        pytest.param(date(2026, 2, 11), Verdict(Tie.MISSING), id="nothing was sent"),
    ],
)
def test_the_verdict_of_a_day(as_of, expected):
    ledger = applied(one_loan(), times(date(2026, 2, 10)))
    position = records.position("ln_1", date(2026, 2, 10), dpd=0, overdue=records.money(0))

    ledger.apply(position, times(date(2026, 2, 10)))

    assert ledger.tie_out(as_of).get("ln_1") == expected


def test_a_position_waits_for_the_day_to_be_closed():
    day = date(2026, 2, 11)
    behind = Times(times(day).now_ms, {"lms": Passed(through=day.toordinal() - 1)})
    ledger = applied(one_loan(), behind)
    ledger.apply(records.position("ln_1", day, dpd=1, overdue=records.money(100_000)), behind)
    assert ledger.tie_out(day) == {"ln_1": Verdict(Tie.AWAITING)}

    ledger.roll(times(day))

    assert ledger.tie_out(day) == {"ln_1": Verdict(Tie.EQUAL)}


def test_a_loan_that_is_paid_off_is_not_missed_in_the_morning():
    told = one_loan()
    for number, row in enumerate(told.rows):
        paid = Event(f"e{number}", f"k{number}", 1, "PAYMENT", records.utc_ms(row.due) + number,
                     row.amount, f"r{number}")  # fmt: skip
        told.events.append(paid)
    ledger = applied(told, times(date(2026, 5, 11)))
    ledger.view("ln_1", times(date(2026, 5, 11)))

    assert ledger.tie_out(date(2026, 5, 10)) == {}


def test_mornings_of_partitions_add_up():
    one, other = Morning(as_of="2026-03-10"), Morning(as_of="2026-03-10")
    one.count({"ln_1": Verdict(Tie.EQUAL), "ln_2": Verdict(Tie.DIFFERS, Cause.SCHEDULE)})
    other.count({"ln_0": Verdict(Tie.DIFFERS, Cause.DAY_ROLL), "ln_3": Verdict(Tie.MISSING)})

    one.add(other)

    assert one.differing == ["ln_0", "ln_2"]
    assert one.sentence == (
        "2026-03-10: 1 of 4 equal, 1 without a position, 2 differ: DAY_ROLL 1, SCHEDULE 1 (ln_0, ln_2)"
    )


def test_a_large_book_is_told_in_thousands_with_the_first_that_differ():
    ties = {Tie.EQUAL: 99_970, Tie.RELEASED: 1, Tie.AWAITING: 2_000, Tie.DIFFERS: 1_030}
    causes = {Cause.MISSING_PAYMENT: 1_001, Cause.DAY_ROLL: 29}
    morning = Morning(as_of="2026-03-10", ties=ties, causes=causes, differing=["ln_1", "ln_2"])

    assert morning.sentence == (
        "2026-03-10: 99,970 of 103,001 equal, 1 released, 2,000 not closed yet, 1,030 differ: "
        "DAY_ROLL 29, MISSING_PAYMENT 1,001 (ln_1, ln_2, ...)"
    )


def test_a_book_without_loans_has_a_morning_too():
    assert Morning(as_of="2026-03-10").sentence == "2026-03-10: 0 of 0 equal"


def test_a_morning_names_no_more_than_the_first_twenty():
    morning = Morning(as_of="2026-03-10")
    for number in reversed(range(100)):
        morning.count({f"ln_{number:03}": Verdict(Tie.DIFFERS, Cause.DAY_ROLL)})

    assert morning.ties == {Tie.DIFFERS: 100}
    assert morning.differing == [f"ln_{number:03}" for number in range(20)]
