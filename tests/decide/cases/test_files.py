"""The story behind a case: what it shows, when it is written, and the same after a restart."""

from datetime import date, timedelta
from math import sqrt

import msgspec
import pytest

from schemas import journal
from schemas.case_file import CaseFile
from schemas.control import RegionDays
from schemas.instants import DAY_MS, HOUR_MS
from schemas.pos_clearing import PosClearing
from schemas.settlement import Settlement
from stream.decide import Book
from tests.decide.cases.night import Night, of
from tests.decide.collection.world import ms, yuan
from tests.decide.conftest import RULES, TRUST

STORY = (
    RULES
    + """
rule p01
  name "Sales below expectation" / "销售低于预期"
  signal P01 family sales lane credit
  when sales_ratio(14 days) <= 50% and sales_low(14 days)
  tier mild soft
  reason "{sales_ratio(14 days) | percent}"
end

rule f01
  name "Inflow below expectation" / "流入低于预期"
  signal F01 family liquidity lane credit
  when inflow_ratio(14 days) <= 10% and swept_days(5) >= 5
  tier mild soft
  reason "{inflow_ratio(14 days) | percent}"
end
"""
)
START = "2026-06-01T00:00"
A_SALE = 10_000


class Shop(Night):
    """A night with a shop in it that sells as it uses to."""

    def tick(self, when):
        self.now_ms = when if isinstance(when, int) else ms(when)
        marks = dict.fromkeys(("lms/repayment", "acq/pos_clearing", "bank/settlement"), self.now_ms)
        tick = journal.Tick(input_at_ms=self.now_ms, wall_at_ms=self.now_ms, watermarks=marks)
        return self.add(journal.TICK_KEY, tick)

    def sale(self, fen=A_SALE):
        data = PosClearing(txn_type="SALE", merchant_id="mer_1", amount_gross=yuan(fen))
        self.event(journal.PosClearingEvent, "acq", data)

    def transfer(self, direction, fen):
        data = Settlement(
            event_type="TRANSFER", account_token="acc_1", direction=direction, amount=yuan(fen)
        )
        self.event(journal.SettlementEvent, "bank", data)

    def event(self, make, source, data):
        number = self.number()
        record = make(
            event_id=f"e{number}",
            source=source,
            borrower_id="brw_1",
            business_key=f"k{number}",
            event_at_ms=self.now_ms,
            wall_arrival_at_ms=self.now_ms,
            data=data,
        )
        return self.add(b"brw_1", record)

    def days(self, count, sales=4):
        """Sell and be paid for some days."""
        for _ in range(count):
            start_ms = self.now_ms
            for hour in range(sales):
                self.tick(start_ms + (9 + hour) * HOUR_MS)
                self.sale()
            if sales:
                self.transfer("CREDIT", sales * A_SALE)
                self.transfer("DEBIT", 7_000)
            self.tick(start_ms + DAY_MS)

    def files(self):
        return [msgspec.convert(each, CaseFile) for each in of(self.outputs, "case-files")]


def shop(days=100, **how):
    night = Shop(START, rules=STORY, **how)
    night.days(days)
    return night


def test_it_shows_each_day_with_what_was_expected():
    night = shop()
    night.tick(night.now_ms + 12 * HOUR_MS)
    night.sale()
    night.payee_changed(source="bank")

    (file,) = night.files()
    assert [each.day for each in file.days] == [
        date(2026, 9, 9) - timedelta(back) for back in range(89, -1, -1)
    ]
    usual, today = file.days[-2], file.days[-1]
    assert (usual.sales, usual.sales_minor) == (4, 40_000)
    assert (usual.inflow_minor, usual.outflow_minor) == (40_000, 7_000)
    assert (today.sales, today.inflow_minor) == (1, 0)
    spread = 2 * 40_000 * sqrt(1 / 4 + 1 / 100)
    assert usual.expected_minor == today.expected_minor == 40_000
    assert usual.low_minor == max(0, round(40_000 - spread))
    assert usual.high_minor == pytest.approx(40_000 + spread, abs=2)
    assert (file.zone, file.currency, file.exponent) == ("Asia/Shanghai", "CNY", 2)
    assert set(file.sources) >= {"acq/pos_clearing", "bank/settlement"}


def test_a_lasting_fall_does_not_become_what_is_expected():
    night = shop()
    night.days(40, sales=0)
    night.payee_changed(source="bank")

    last = night.files()[-1].days[-1]
    assert (last.sales_minor, last.expected_minor) == (0, 40_000)


def test_of_a_young_shop_nothing_is_expected():
    night = shop(days=20)
    night.payee_changed(source="bank")

    (file,) = night.files()
    assert len(file.days) == 21, "today is among them"
    assert {each.expected_minor for each in file.days} == {None}


def test_special_days_are_named():
    night = Shop(START, rules=STORY)
    night.profile(region="CN")
    named = {date(2026, 6, 19): ("HOLIDAY",), date(2026, 6, 20): ("HOLIDAY", "LABOUR")}
    night.calendar(CN=RegionDays(first=date(2026, 1, 1), last=date(2026, 12, 31), days=named))
    night.days(20)
    night.payee_changed(source="bank")

    (file,) = night.files()
    assert {each.day.day: each.special for each in file.days if each.special} == {
        19: "HOLIDAY",
        20: "LABOUR",
    }


def test_it_shows_loans_with_what_is_due_and_paid():
    night = Shop("2026-03-09T10:00")
    night.loan("2026-03-10", "2026-04-10", "2026-12-10")
    night.until("2026-03-10T10:00", every_ms=6 * HOUR_MS)
    night.pay(60_000)
    night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
    night.until("2026-03-12T10:00", every_ms=6 * HOUR_MS)
    night.payee_changed(source="bank")

    (file,) = night.files()
    (loan,) = file.loans
    assert (loan.outstanding.amount_minor, loan.overdue.amount_minor, loan.dpd) == (240_000, 40_000, 2)  # fmt: skip
    assert loan.next_due == date(2026, 4, 10)
    assert [(each.number, each.paid_minor, each.overdue) for each in file.instalments] == [
        (1, 60_000, True),
        (2, 0, False),
    ]
    failed, paid = file.payments
    assert (paid.kind, paid.amount.amount_minor, failed.kind) == ("payment", 60_000, "failed_debit")
    assert (failed.amount, failed.failure) == (None, "INSUFFICIENT_FUNDS")
    assert file.days == ()


def test_it_is_written_at_the_opening_each_tier_and_once_a_day():
    night = shop(days=3)
    for days in (1, 0):
        night.repayment("COLLECTION_ATTEMPT", "FAILED", reason_class="INSUFFICIENT_FUNDS")
        night.days(days)
    opened = len(night.files())
    night.payee_changed(source="bank")
    worse = len(night.files())
    night.payee_changed(source="bank")
    night.days(3)

    assert (opened, worse) == (1, 2)
    assert 3 <= len(night.files()) - worse <= 6
    ats = [file.at[:10] for file in night.files()[worse:]]
    assert len(set(ats)) >= 3


def test_without_a_case_there_is_none_and_after_its_end_no_more():
    night = shop(days=3)
    assert night.files() == []
    night.payee_changed(source="bank")
    for kind, fields in (("claim", {}), ("outcome", {"outcome": "UNKNOWN"}), ("close", {})):
        night.says("ann", kind, fields=fields)
    before = len(night.files())
    night.days(3)

    assert len(night.files()) == before


@pytest.mark.parametrize("every", [7, 50])
def test_a_restart_writes_the_same(every):
    night = shop(days=60)
    night.loan("2026-08-10", "2026-09-10")
    night.payee_changed(source="bank")
    night.days(4)
    assert len(night.files()) > 3

    told, stored = [], {}
    for start in range(0, len(night.records), every):
        book = Book(TRUST, speaks=True)
        for key, value in stored.items():
            book.restore(key, value)
        for key, value in night.records[start : start + every]:
            told += book.fold(key, value)
        stored |= dict(book.changes())
    assert told == night.outputs


def test_it_is_no_larger_than_the_page_says():
    """docs/cases.md: a shop with sales and one loan."""
    night = shop()
    night.loan("2026-09-10", "2026-10-10")
    night.payee_changed(source="bank")

    (value,) = [each.value for each in night.outputs if each.topic == "case-files"]
    assert len(value) < 17_000
