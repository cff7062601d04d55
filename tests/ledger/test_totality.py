"""Whatever is said, nothing raises, and what is stored is what stands in memory."""

import random
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.loan_terms import LoanStatus
from schemas.reference import LoanContract, RepaymentSchedule
from schemas.repayment import Method, PayerRelation, Repayment, RepaymentStatus, RepaymentType
from stream.ledger import SUSPENSE, Ledger, Passed, Times
from stream.ledger.records import state as codec
from stream.ledger.records.facts import Doubt, Fact, FactKind
from tests.ledger import records

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
    ledger.wakes(times)
    parts = {part: ledger.encode(part) for part in (*ledger.loans, SUSPENSE)}
    restored = Ledger.load(parts)
    for loan in ledger.loans:
        assert ledger.view(loan, times, on=on) == restored.view(loan, times, on=on)
        assert ledger.doubts(loan, times) == restored.doubts(loan, times)
        assert ledger.punctuality(loan, times) == restored.punctuality(loan, times)
        of = {"days_late": 30}
        assert ledger.distress(loan, times, **of) == restored.distress(loan, times, **of)
    assert ledger.instalments(times) == restored.instalments(times)
    assert ledger.latest_principal() == restored.latest_principal()
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
    times = Times(10**12)
    ledger = Ledger()
    for each in backs:
        ledger.apply(each, times)

    assert ledger.view("ln_1", times) is not None


def _back(number):
    return journal.RepaymentEvent(
        event_id=f"e{number}", source="lms", borrower_id="brw_1", business_key=f"k{number}",
        event_at_ms=number, wall_arrival_at_ms=number,
        data=Repayment(
            event_type="REVERSAL", status="SUCCEEDED", loan_id="ln_1", payment_ref=f"r{number}",
            original_event_id=f"e{(number + 1) % 1_000}",
        ),
    )  # fmt: skip
