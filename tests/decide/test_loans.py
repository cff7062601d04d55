"""The open loans of a borrower as state rules name them."""

from datetime import date, timedelta

import msgspec
import pytest

from rules import scene
from stream.decide.loans import loans_of
from stream.decide.tiers.owed import facts_of
from stream.ledger import Ledger, Passed, Times
from stream.ledger import loan as ledger_loan
from stream.ledger.account.reckoning import Reckoning
from tests.ledger import records
from tests.ledger.histories import BEGIN, Event, History, Row

DUE = BEGIN + timedelta(days=30)
DAY_MS = 86_400_000


def history(loan, rows=2):
    """A loan of monthly instalments of 100.00, the first on the 30th day."""
    return History(
        loan=loan,
        zone="UTC",
        profile="CN",
        residue=0,
        pays_next=False,
        cut_off=None,
        grace=0,
        rows=[Row(1, no, DUE + timedelta(days=30 * (no - 1)), 10_000) for no in range(1, rows + 1)],
    )


def paid(loan, day, amount=10_000, number=1):
    return records.event(
        loan,
        Event(
            event_id=f"{loan}/{number}",
            key=f"{loan}|{number}",
            version=1,
            kind="PAYMENT",
            at_ms=records.utc_ms(day) + number,
            amount=amount,
            ref=f"{loan}/{number}",
        ),
    )


def times(day):
    now_ms = records.utc_ms(day) + DAY_MS - 1
    return Times(now_ms, {"lms": Passed(at_ms=now_ms)})


def ledger_of(day, *loans, entity="le1"):
    ledger = Ledger()
    for told in loans:
        contract = records.contract(told, BEGIN, legal_entity=entity)
        for record in (contract, *records.schedules(told, BEGIN)):
            ledger.apply(record, times(day))
    return ledger


def test_a_loan_is_named_as_the_ledger_sees_it():
    day = DUE + timedelta(days=5)
    ledger = ledger_of(day, history("ln_1"))
    ledger.apply(paid("ln_1", DUE, amount=4_000), times(day))

    assert loans_of(ledger, times(day)) == {
        "ln_1": scene.Loan(
            loan_id="ln_1",
            legal_entity="le1",
            currency="CNY",
            raw_dpd=5,
            tier_dpd=5,
            uncured_dpd=5,
            overdue=6_000,
            overdue_since_ms=records.utc_ms(DUE + timedelta(days=1)),
            oldest_unpaid_no=1,
            last_due_no=1,
            next_due=DUE + timedelta(days=30),
            due_28d=10_000,
            disbursed=BEGIN,
        )
    }


def test_every_field_of_a_loan_but_probation_is_taken_from_a_view_that_differs_from_its_default():
    """A field that is added to the scene and forgotten here would be a default for ever."""
    told = history("ln_1")
    day = DUE + timedelta(days=5)
    ledger = ledger_of(day, told)
    now_ms = records.utc_ms(day)
    (loan,) = loans_of(ledger, Times(now_ms, {})).values()
    defaults = scene.Loan(loan_id="")

    same = {
        name
        for name in scene.Loan.__struct_fields__
        if getattr(loan, name) == getattr(defaults, name)
    }

    assert same == {"is_forborne"}


def test_a_loan_in_probation_says_so():
    told = history("ln_1", rows=3)
    told.second_at, told.capitalised = DUE + timedelta(days=3), True
    told.rows += [Row(2, no, DUE + timedelta(days=30 * (no - 1)), 15_000) for no in (2, 3)]
    ledger = ledger_of(DUE + timedelta(days=4), told)

    assert loans_of(ledger, times(DUE + timedelta(days=4)))["ln_1"].is_forborne


def written_off(loan):
    record = paid(loan, DUE)
    data = msgspec.structs.replace(record.data, event_type="WRITE_OFF", payment_ref="w")
    data = msgspec.structs.replace(data, idempotency_key="w")
    return records._as_read(msgspec.structs.replace(record, data=data))


@pytest.mark.parametrize(
    ("told", "ids"),
    [
        pytest.param(lambda _: [], ["ln_1", "ln_2"], id="all, in order"),
        pytest.param(
            lambda loan: [paid(loan, DUE, number=1), paid(loan, DUE, number=2, amount=10_000)],
            ["ln_1", "ln_2"],
            id="paid ahead, and not over",
        ),
        pytest.param(lambda loan: [written_off(loan)], ["ln_1"], id="one given up"),
    ],
)
def test_only_open_loans_are_named(told, ids):
    ledger = ledger_of(DUE, history("ln_2"), history("ln_1"))
    for record in told("ln_2"):
        ledger.apply(record, times(DUE))

    assert list(loans_of(ledger, times(DUE))) == ids


def test_a_loan_without_a_schedule_is_not_named():
    ledger = Ledger()
    ledger.apply(records.contract(history("ln_1"), BEGIN), times(DUE))

    assert loans_of(ledger, times(DUE)) == {}


def test_each_loan_is_reckoned_once_at_most_whatever_is_asked(monkeypatch):
    """Also after a record that came out of order, which makes a new reckoning necessary."""
    made = []

    class Counting(Reckoning):
        def __init__(self, state, *args, **kwargs):
            made.append(state)
            super().__init__(state, *args, **kwargs)

    day = DUE + timedelta(days=5)
    ledger = ledger_of(day, history("ln_1"), history("ln_2"))
    ledger.apply(paid("ln_1", day, number=2), times(day))
    loans_of(ledger, times(day))
    ledger.apply(paid("ln_1", date(2026, 1, 20), number=3), times(day))
    monkeypatch.setattr(ledger_loan, "Reckoning", Counting)

    for _ in range(2):
        loans_of(ledger, times(day))
        facts_of(ledger, times(day))
        ledger.wakes(times(day))

    assert len(made) == 1
