"""A healthy simulated life: sales, refunds, settlements and debits add up."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from schemas.instants import from_ms, parse
from schemas.money import Money
from schemas.pos_clearing import PosClearing, TxnType
from schemas.reference import LoanContract, RepaymentSchedule
from schemas.repayment import Repayment, RepaymentStatus
from schemas.settlement import Settlement, SettlementType
from stream.sources.simulator import merchants

START, DAYS = date(2026, 1, 5), 30  # a Monday
LOCAL = timedelta(hours=8)


def next_business_day(day):
    day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def test_every_token_of_an_event_is_linked_or_under_contract(envelopes, bodies):
    linked = {each.data.token for each in envelopes if each.type == "party_link.v1"}
    loans = {each.data.loan_id: each.data.borrower_id for each in bodies(LoanContract)}

    assert {each.data.account_token for each in bodies(Settlement)} <= linked
    assert {each.data.merchant_id for each in bodies(PosClearing)} <= linked
    assert all(loans[each.data.loan_id] == each.data.borrower_id for each in bodies(Repayment))


def test_amounts_are_whole_minor_units_of_one_currency(envelopes, bodies):
    amounts = [
        value
        for each in envelopes
        for field in each.data.__struct_fields__
        if isinstance(value := getattr(each.data, field), Money)
    ]

    assert {amount.currency for amount in amounts} == {"CNY"}
    assert all(each.data.amount_gross.amount_minor % 10 == 0 for each in bodies(PosClearing))


def test_sales_fall_into_opening_hours_and_the_clearing_day_ends_at_23(bodies):
    for each in bodies(PosClearing):
        local = from_ms(each.at_ms) + LOCAL
        is_next = local.hour == 23

        assert local.hour >= 7
        assert each.data.local_txn_date == local.date()
        assert each.data.clearing_date == local.date() + timedelta(days=is_next)
        assert each.data.settlement_date == next_business_day(each.data.clearing_date)


def test_the_week_has_its_pattern(bodies):
    hardware = {
        merchant.merchant_id
        for merchant, _ in (merchants.draw(7, index, START) for index in range(40))
        if merchant.trade.name == "hardware"
    }
    sold = Counter(
        each.data.local_txn_date.weekday()
        for each in bodies(PosClearing)
        if each.data.merchant_id in hardware
    )

    assert sold[6] < 0.75 * sold[0]


def test_each_clearing_day_is_settled_on_the_next_business_day_with_its_own_sum(bodies):
    cleared = defaultdict(Counter)
    for each in bodies(PosClearing):
        data = each.data
        totals = cleared[data.merchant_id.removeprefix("mer_"), data.clearing_date]
        totals["items"] += 1
        totals["gross" if data.txn_type is TxnType.SALE else "refunds"] += (
            data.amount_gross.amount_minor
        )
        totals["fees"] += data.fee.amount_minor
    settled = [
        each
        for each in bodies(Settlement)
        if each.data.event_type is SettlementType.MERCHANT_SETTLEMENT
    ]

    assert len(settled) > 500
    assert len({(e.data.account_token, e.data.clearing_date) for e in settled}) == len(settled)
    for each in settled:
        data, batch = each.data, each.data.batch
        tag = data.account_token.removeprefix("acc_").removesuffix("b")
        totals = cleared[tag, data.clearing_date]
        assert (
            data.booking_date
            == (from_ms(each.at_ms) + LOCAL).date()
            == next_business_day(data.clearing_date)
        )
        assert batch.item_count == totals["items"]
        assert [
            batch.gross.amount_minor,
            batch.refunds.amount_minor,
            batch.fees.amount_minor,
        ] == [totals["gross"], totals["refunds"], totals["fees"]]
        assert data.amount == batch.net
        assert batch.net.amount_minor == totals["gross"] - totals["refunds"] - totals["fees"] > 0


def test_nothing_sold_goes_unsettled_while_the_payee_is_ours(book, bodies):
    gone = {row.borrower_id for row in book.planted if row.rule == "F15"}
    last_settled = START + timedelta(days=DAYS - 5)  # a Friday and its weekend, settled on Monday
    sold = {
        (each.data.merchant_id.removeprefix("mer_"), each.data.clearing_date)
        for each in bodies(PosClearing)
        if each.data.clearing_date <= last_settled
        and each.data.merchant_id.replace("mer", "brw") not in gone
    }
    settled = {
        (each.data.account_token.removeprefix("acc_").removesuffix("b"), each.data.clearing_date)
        for each in bodies(Settlement)
    }

    assert sold <= settled


def test_a_refund_names_its_sale_and_comes_one_day_later_or_more(bodies):
    sales = {
        each.business_key: each
        for each in bodies(PosClearing)
        if each.data.txn_type is TxnType.SALE
    }
    refunds = [e for e in bodies(PosClearing) if e.data.txn_type is TxnType.REFUND]

    assert len(refunds) > 50
    for refund in refunds:
        sale = sales[refund.data.original_ref]
        assert refund.data.amount_gross == sale.data.amount_gross
        assert refund.data.local_txn_date > sale.data.local_txn_date


def test_every_instalment_that_falls_due_is_debited_on_its_day_and_succeeds_in_the_end(bodies):
    last_day = START + timedelta(days=DAYS - 4)  # a planted failure may take three days
    due = {
        (schedule.data.loan_id, instalment.instalment_no): instalment
        for schedule in bodies(RepaymentSchedule)
        for instalment in schedule.data.instalments
        if instalment.due_date <= last_day
    }
    first = {}
    paid = {}
    for each in bodies(Repayment):
        key = each.data.loan_id, each.data.instalment_no
        first.setdefault(key, each)
        if each.data.status is RepaymentStatus.SUCCEEDED:
            assert key not in paid
            paid[key] = each.data.amount_paid

    assert len(due) > 50
    for key, instalment in due.items():
        assert first[key].at_ms == parse(f"{instalment.due_date}T11:00:00+08:00")
        assert paid[key] == instalment.amount
        assert instalment.due_date.weekday() < 5
        assert instalment.due_date_unadjusted <= instalment.due_date


@pytest.mark.parametrize("start", [date(2026, 1, 29), date(2027, 2, 1), date(2028, 1, 31)])
def test_no_instalment_falls_due_before_the_first_day_and_all_months_have_theirs(start):
    for index in range(60):
        loan = merchants.draw(3, index, start)[0].loan
        days = [loan.due(number) for number in range(1, loan.count + 1)]

        assert days[0] >= start + timedelta(days=2)
        assert all(7 <= (later - day).days <= 31 for day, later in pairwise(days))
