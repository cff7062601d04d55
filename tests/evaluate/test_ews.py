"""D8 on labelled borrowers: periods of both kinds of loans; nobody judged by what nobody knew."""

from datetime import date

import numpy as np
import pytest

from detectors.features import NAMES, Period
from schemas import journal
from schemas.instants import DAY_MS, from_ms, parse
from schemas.money import Money
from schemas.reference import (
    Instalment,
    LoanContract,
    ProductKind,
    RepaymentSchedule,
    ScheduleReason,
)
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from stream.evaluate.ews import OF_LATENESS, judge, masked
from stream.evaluate.panel import Frozen, Panel
from stream.evaluate.periods import Periods
from stream.evaluate.watch import Watch
from stream.sources.labels import Label

START_MS = parse("2026-01-01T08:00:00Z")


def cny(major):
    return Money(amount_minor=round(100 * major), currency="CNY")


def event(day, event_type, borrower="brw_a", **data):
    status = data.pop("status", RepaymentStatus.SUCCEEDED)
    key = f"{borrower}-{day}-{event_type}"
    return journal.RepaymentEvent(
        event_id=key,
        source="test/1",
        borrower_id=borrower,
        business_key=key,
        event_at_ms=START_MS + day * DAY_MS,
        wall_arrival_at_ms=START_MS + day * DAY_MS,
        data=Repayment(event_type=event_type, status=status, loan_id=f"ln_{borrower}", **data),
    )


def paid(day, amount, borrower="brw_a"):
    return event(day, RepaymentType.PAYMENT, borrower, amount_paid=cny(amount))


def status(day, dpd, borrower="brw_a"):
    return event(day, RepaymentType.STATUS, borrower, dpd_source=dpd)


def statement(day, due, borrower="brw_a"):
    return event(day, RepaymentType.STATEMENT, borrower, amount_due=cny(due))


def contract(borrower="brw_a", limit=1_000):
    return journal.LoanContractRecord(
        borrower_id=borrower,
        record_id="c",
        effective_at_ms=START_MS,
        wall_arrival_at_ms=START_MS,
        data=LoanContract(
            loan_id=f"ln_{borrower}",
            borrower_id=borrower,
            product_kind=ProductKind.INSTALMENT,
            principal=cny(limit),
            disbursed_at=from_ms(START_MS),
            ledger_tz="Asia/Shanghai",
        ),
    )


def schedule(*dues):
    return journal.RepaymentScheduleRecord(
        borrower_id="brw_a",
        record_id="s",
        effective_at_ms=START_MS,
        wall_arrival_at_ms=START_MS,
        data=RepaymentSchedule(
            loan_id="ln_brw_a",
            schedule_version=1,
            reason=ScheduleReason.ORIGINAL,
            instalments=tuple(
                Instalment(instalment_no=no, due_date=on, amount=cny(amount))
                for no, (on, amount) in enumerate(dues, start=1)
            ),
        ),
    )


def periods_of(*records):
    periods, found = Periods(), []
    for record in records:
        if isinstance(record, journal.RepaymentEvent):
            found += periods.event(record)
        else:
            periods.refer(record)
    return found


def test_with_statements_a_period_ends_with_the_next_one():
    found = periods_of(
        contract(),
        statement(24, 300),
        paid(45, 100),
        paid(46, 50),
        status(51, 30),
        statement(54, 400),
        statement(84, 500),
    )

    assert found == [
        Period(0, 0.0, 0.0, 300.0),
        Period(30, 150.0, 300.0, 400.0),
        Period(30, 0.0, 400.0, 500.0),
    ]


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        pytest.param([paid(4, 100)], [Period(-5, 100, 100, 200)], id="early"),
        pytest.param([paid(12, 60), paid(14, 40)], [Period(5, 100, 100, 200)], id="in parts"),
        pytest.param([paid(12, 60)], [], id="not yet"),
        pytest.param(
            [paid(9, 300)], [Period(0, 100, 100, 200), Period(-30, 200, 200, 0)], id="both at once"
        ),
    ],
)
def test_with_a_schedule_a_period_ends_when_an_instalment_is_covered(payments, expected):
    dues = schedule((date(2026, 1, 10), 100), (date(2026, 2, 9), 200))

    assert periods_of(contract(), dues, *payments) == expected


def test_what_came_after_the_judgement_is_not_looked_at():
    label = Label("brw_a", 1, until_ms=START_MS + 60 * DAY_MS)
    before = [contract(), statement(24, 300), status(51, 30), statement(54, 400)]
    after = [paid(61, 400), status(80, 90), statement(84, 999)]
    (known,), (all_of_it,) = (frozen(label, records) for records in (before, before + after))

    assert known == all_of_it
    assert dict(zip(NAMES, known.x, strict=True))["is_late0"] == 1.0


def frozen(label, records):
    panel = Panel([label], Watch({}))
    for record in records:
        panel.record(record)
    return panel.frozen(START_MS + 100 * DAY_MS)


def test_a_record_that_comes_twice_counts_once():
    label = Label("brw_a", 1)
    once = [contract(), statement(24, 300), paid(40, 100), statement(54, 400)]

    assert frozen(label, once) == frozen(label, [*once, *once[1:]])


def borrowers(n):
    """Half of them late, and these turn bad; judged on one day each."""
    found = []
    for i in range(n):
        label = Label(
            f"brw_{i}", i % 2, until_ms=START_MS + i * DAY_MS, outcome_ms=START_MS + i * DAY_MS
        )
        x = [0.0] * len(NAMES)
        x[NAMES.index("late1")] = float(i % 2) + (i * 7 % 10) / 20
        found.append((label, tuple(x)))
    return [Frozen(*each) for each in found]


def test_what_has_not_matured_teaches_nothing():
    known = judge(borrowers(400), matures_after_days=None, false_share=0.2)
    never = judge(borrowers(400), matures_after_days=10_000, false_share=0.2)
    later = judge(borrowers(400), matures_after_days=200, false_share=0.2)

    assert len(set(never.score)) == 1
    assert not never.is_alarm.any()
    assert len(set(later.score[:299])) == 1  # the fiftieth bad one was judged on day 99
    assert known.is_alarm[-100:][known.is_bad[-100:]].mean() > 0.9


def test_its_own_label_never_judges_a_borrower():
    """Whoever changes the last label changes no score."""
    straight = borrowers(300)
    changed = [*straight[:-1], straight[-1]._replace(label=straight[-1].label._replace(label=0))]
    one, other = (
        judge(each, matures_after_days=None, false_share=0.2) for each in (straight, changed)
    )

    assert list(one.score) == list(other.score)


def test_without_lateness_nothing_of_it_is_seen():
    x = tuple(float(i + 1) for i in range(len(NAMES)))
    seen = dict(zip(NAMES, masked(OF_LATENESS)(x), strict=True))

    assert {name for name, value in seen.items() if value == 0} == OF_LATENESS
    assert "late_worst" in OF_LATENESS
    assert "is_very_late3" in OF_LATENESS
    assert "unpaid0" not in OF_LATENESS


def test_an_early_look_that_says_as_much_is_an_earlier_alarm():
    early = [
        each._replace(earlier=((each.label.until_ms - 30 * DAY_MS, each.x),))
        for each in borrowers(400)
    ]
    found = judge(early, matures_after_days=None, false_share=0.2)
    alarms = ~np.isnan(found.first_ms)

    assert list(found.highest) == list(found.score)
    assert alarms[-100:].any()
    for each, at_ms in zip(early, found.first_ms, strict=True):
        assert np.isnan(at_ms) or at_ms == each.label.until_ms - 30 * DAY_MS
