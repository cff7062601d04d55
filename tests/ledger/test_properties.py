"""What must hold of every history: order, repetition, correction, restarts, money that adds up."""

import random
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.loan_terms import LoanStatus
from schemas.reference import LoanContract, RepaymentSchedule
from schemas.repayment import Method, PayerRelation, Repayment, RepaymentStatus, RepaymentType
from stream.ledger import Ledger, Outcome, Passed, Times
from stream.ledger.records import state as codec
from stream.ledger.records.facts import Doubt, Fact, FactKind
from tests.ledger import records
from tests.ledger.histories import BEGIN, history

LATE_MS = records.utc_ms(date(2030, 1, 1))
LATE = Times(LATE_MS, {"lms": Passed(at_ms=LATE_MS), "bank": Passed(at_ms=LATE_MS)})

histories = st.integers(0, 1 << 32).map(history)


def opening(told):
    return [records.contract(told, BEGIN), *records.schedules(told, BEGIN)]


def movements(told):
    return [records.event(told.loan, each) for each in told.events]


def ledger_of(all_records, times=LATE):
    ledger = Ledger()
    for record in all_records:
        ledger.apply(record, times)
    return ledger


def views(ledger, told):
    return [ledger.view(told.loan, LATE, on=day) for day in told.checked]


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(told, rng):
    first = [*opening(told), *movements(told)]
    second = rng.sample(first, len(first))

    assert views(ledger_of(first), told) == views(ledger_of(second), told)


@given(histories, st.randoms(use_true_random=False))
def test_repetition_and_re_delivery_under_new_ids_change_nothing(told, rng):
    once = [*opening(told), *movements(told)]
    again = [
        msgspec.structs.replace(each, event_id=f"n{number}", wall_arrival_at_ms=LATE_MS)
        if isinstance(each, journal.RepaymentEvent)
        else each
        for number, each in enumerate(rng.choices(once, k=len(once)))
    ]
    ledger = ledger_of(once)
    before, stored = views(ledger, told), ledger.encode(told.loan)

    outcomes = {ledger.apply(each, LATE).outcome for each in again}

    assert outcomes <= {Outcome.DUPLICATE, Outcome.STALE, Outcome.IGNORED}
    assert (views(ledger, told), ledger.encode(told.loan)) == (before, stored)


@given(histories, st.integers(0, 1 << 16), st.booleans(), st.randoms(use_true_random=False))
def test_the_correction_of_one_record_by_another_is_the_other_alone(told, minor, under_key, rng):
    """Whether it has the key of what it corrects, or only names it; in either order."""
    payments = [e for e in told.events if e.kind == "PAYMENT" and e.version == 1]
    if not payments:
        return
    wrong = rng.choice(payments)
    others = [e for e in told.events if e.key != wrong.key]
    right_key = wrong.key if under_key else f"{wrong.key}-other"
    right = type(wrong)(**wrong.__dict__ | {
        "event_id": "right", "amount": minor + 1, "key": right_key, "version": 9,
    })  # fmt: skip
    correction = records.event(told.loan, right)
    correction = msgspec.structs.replace(
        correction, data=msgspec.structs.replace(correction.data, original_event_id=wrong.event_id)
    )
    rest = [*opening(told), *(records.event(told.loan, e) for e in others)]
    both = [records.event(told.loan, wrong), correction]
    rng.shuffle(both)

    assert views(ledger_of([*rest, *both]), told) == views(ledger_of([*rest, correction]), told)


@settings(max_examples=30)
@given(histories)
def test_resuming_from_a_snapshot_at_any_record_leaves_no_trace(told):
    """This is what a rebalance does: another worker goes on from the stored records."""
    everything = [*opening(told), *movements(told)]
    straight, resumed = Ledger(), Ledger()
    parts = {}
    for record in everything:
        times = Times(record.wall_arrival_at_ms + 86_400_000)
        straight.apply(record, times)
        straight.roll(times)
        resumed.apply(record, times)
        resumed.roll(times)
        parts |= dict(resumed.store())
        resumed = Ledger.load(parts)

        assert resumed.view(told.loan, times) == straight.view(told.loan, times)
        assert resumed.wake(times) == straight.wake(times)

    assert parts[told.loan] == straight.encode(told.loan)


@settings(max_examples=30)
@given(histories)
def test_what_is_added_as_it_comes_is_what_is_worked_out_from_the_start(told):
    """The fast path, in order, against a new reckoning at every step."""
    in_order = sorted(movements(told), key=lambda each: each.event_at_ms)
    ledger = ledger_of(opening(told))
    seen = []
    for record in in_order:
        times = Times(record.event_at_ms + 60_000, {"lms": Passed(at_ms=record.event_at_ms)})
        ledger.apply(record, times)
        seen.append(record)
        afresh = ledger_of([*opening(told), *seen], times)

        assert ledger.view(told.loan, times) == afresh.view(told.loan, times)


@given(histories)
def test_money_that_came_in_is_paid_ahead_kept_aside_or_used(told):
    ledger = ledger_of([*opening(told), *movements(told)])
    loan = ledger._loans[told.loan]
    left = dict(loan.payments())
    for day, view in zip(told.checked, views(ledger, told), strict=True):
        calendar = loan.reckoning().calendar
        came = sum(
            amount for fact, amount in left.items()
            if calendar.day_of(fact.at_ms) <= day.toordinal()
        )  # fmt: skip

        assert view.paid + view.ahead + view.advance + view.applied + view.held == came
        assert min(view.owed, view.paid, view.overdue, view.ahead, view.advance) >= 0
        assert view.overdue <= view.owed - view.paid


@given(histories, st.integers(1, 40))
def test_what_is_waiting_for_sources_is_never_later_than_it_is(told, lag):
    """A roll that waits shows fewer days past due than the sources will confirm, never more."""
    ledger = ledger_of([*opening(told), *movements(told)])
    for day in told.checked:
        now_ms = records.utc_ms(day) + 3_600_000
        behind = Times(now_ms, {"lms": Passed(at_ms=now_ms - lag * 86_400_000)})
        known = ledger.view(told.loan, LATE, on=ledger.view(told.loan, behind).on)
        waiting = ledger.view(told.loan, behind)

        assert waiting.raw_dpd <= known.raw_dpd
        assert waiting.tier_floor <= known.tier_floor
        assert waiting.counted_on >= waiting.on - timedelta(days=3)


words = st.from_regex("[a-z0-9]{1,6}", fullmatch=True)
amounts = st.none() | st.builds(
    records.money, st.integers(0, 2**53 - 1), st.sampled_from(["CNY", "JPY", "KWD"])
)
days = st.dates()
loans = st.sampled_from(["ln_1", "ln_2"])
any_repayment = st.builds(
    Repayment,
    event_type=st.sampled_from(RepaymentType),
    status=st.sampled_from(RepaymentStatus),
    record_kind=st.sampled_from(["ORIGINAL", "CORRECTION", "REVERSAL", "CANCEL"]),
    record_version=st.integers(1, 4),
    loan_id=st.none() | loans,
    borrower_id=st.just("brw_1"),
    payment_ref=st.sampled_from(["r1", "r2"]),
    original_event_id=st.none() | st.sampled_from(["e1", "e2", "e3"]),
    amount_paid=amounts,
    amount_due=amounts,
    amount_requested=amounts,
    instalment_no=st.none() | st.integers(0, 5),
    due_date=st.none() | days,
    booking_date=st.none() | days,
    payer_relation=st.none() | st.sampled_from(PayerRelation),
    method=st.none() | st.sampled_from(Method),
    loan_status=st.none() | st.sampled_from(LoanStatus),
)
instants = st.integers(0, 253_402_300_799_999)
any_event = st.builds(
    journal.RepaymentEvent,
    event_id=st.sampled_from(["e1", "e2", "e3"]),
    source=st.sampled_from(["lms", "bank"]),
    borrower_id=st.just("brw_1"),
    business_key=st.sampled_from(["k1", "k2", "k3"]),
    event_at_ms=instants,
    wall_arrival_at_ms=instants,
    data=any_repayment,
)
row = st.fixed_dictionaries(
    {
        "instalment_no": st.integers(0, 5),
        "due_date": days.map(date.isoformat),
        "amount": amounts.filter(bool),
        "grace_days": st.integers(0, 365),
        "cut_off_local": st.sampled_from(["00:00", "17:00", "29:59"]),
    }
)
any_schedule = st.builds(
    lambda **fields: msgspec.convert(msgspec.to_builtins(fields), RepaymentSchedule),
    loan_id=loans,
    schedule_version=st.integers(1, 3),
    reason=st.sampled_from(["ORIGINAL", "RESCHEDULE", "FORBEARANCE", "RENEWAL"]),
    arrears=st.none() | st.sampled_from(["CARRIED", "CAPITALISED"]),
    effective_from=st.none() | days.map(date.isoformat),
    advance_applied=amounts,
    instalments=st.lists(row, max_size=4),
)
any_contract = st.builds(
    lambda **fields: msgspec.convert(msgspec.to_builtins(fields), LoanContract),
    loan_id=loans,
    borrower_id=st.just("brw_1"),
    product_kind=st.sampled_from(["INSTALMENT", "REVOLVING", "BULLET"]),
    principal=amounts.filter(bool),
    disbursed_at=st.sampled_from(["0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]),
    ledger_tz=st.sampled_from([None, "Asia/Shanghai", "Mars/Phobos", "America/New_York"]),
    advance_pays_next=st.none() | st.booleans(),
    maturity=st.none() | days.map(date.isoformat),
)


def _reference(kind):
    return lambda data, at_ms: kind(
        borrower_id="brw_1", record_id="x", effective_at_ms=at_ms, wall_arrival_at_ms=at_ms,
        data=data,
    )  # fmt: skip


any_position = st.builds(
    records.position,
    loans,
    st.dates(max_value=date(9999, 12, 30), min_value=date(1970, 1, 1)),
    dpd=st.integers(0, 9_999),
    overdue=amounts.filter(bool),
    outstanding=amounts,
)
any_record = st.one_of(
    any_event.map(lambda event: journal.decode(journal.encode(event))),
    st.builds(_reference(journal.LoanContractRecord), any_contract, instants),
    st.builds(_reference(journal.RepaymentScheduleRecord), any_schedule, instants),
    any_position,
)
any_times = st.builds(
    Times,
    instants,
    st.dictionaries(
        st.sampled_from(["lms", "bank"]),
        st.builds(Passed, st.none() | instants, st.none() | st.integers(1, 3_652_059)),
    ),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(any_record, any_times), max_size=12), any_times, days)
def test_no_record_raises_and_all_are_stored_as_they_stand_in_memory(said, times, on):
    ledger = Ledger()
    for record, then in said:
        ledger.apply(record, then)
        ledger.roll(then)
    ledger.wake(times)
    parts = {part: ledger.encode(part) for part in (*ledger.loans, "suspense")}
    restored = Ledger.load(parts)
    for loan in ledger.loans:
        assert ledger.view(loan, times, on=on) == restored.view(loan, times, on=on)
        assert ledger.doubts(loan, times) == restored.doubts(loan, times)
        assert ledger.payments_allow(loan, times, tier=3, since=on) in (True, False)
    assert ledger.tie_out(on) == restored.tie_out(on)


facts = st.builds(
    Fact,
    kind=st.sampled_from(FactKind),
    version=st.integers(1, 9),
    at_ms=instants,
    event=st.binary(min_size=8, max_size=8),
    amount=st.integers(-1, 2**53),
    refs=st.lists(st.binary(max_size=8), max_size=2).map(tuple),
    target=st.none() | st.binary(max_size=8),
    split=st.none() | st.tuples(*[st.integers(0, 9)] * 4),
    status=st.none() | st.sampled_from(LoanStatus),
    doubt=st.sampled_from(Doubt),
)


@given(st.dictionaries(st.binary(max_size=8), facts, max_size=4), st.integers(0, 10**6))
def test_a_stored_record_is_read_back_as_it_was(known, rolled):
    state = codec.LoanState(facts=known, rolled=rolled)

    assert codec.decode(codec.encode(state)) == state


def test_a_record_of_another_layout_is_refused_by_name():
    with pytest.raises(codec.FormatError, match="expected a loan's record of format 1, got 2"):
        codec.decode(codec.encode(codec.LoanState(format=2)))


def test_a_thousand_reversals_of_each_other_end():
    """A chain as long as any, and a circle of two: total, and fast enough."""
    rng = random.Random(7)
    backs = [
        msgspec.structs.replace(
            journal.decode(journal.encode(_back(number))), event_at_ms=rng.randrange(10**12)
        )
        for number in range(1_000)
    ]
    ledger = ledger_of(backs)

    assert ledger.view("ln_1", LATE) is not None


def _back(number):
    return journal.RepaymentEvent(
        event_id=f"e{number}", source="lms", borrower_id="brw_1", business_key=f"k{number}",
        event_at_ms=number, wall_arrival_at_ms=number,
        data=Repayment(
            event_type="REVERSAL", status="SUCCEEDED", loan_id="ln_1", payment_ref=f"r{number}",
            original_event_id=f"e{(number + 1) % 1_000}",
        ),
    )  # fmt: skip
