"""A lifelike book: five feeds, a festival, holidays, and what that does to settlements."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from schemas.envelope import decode
from schemas.instants import HOUR_MS, from_ms
from schemas.pos_clearing import PosClearing, TxnType
from schemas.repayment import Repayment
from schemas.settlement import Settlement, SettlementType
from stream.sources.records import TYPE_OF, line
from stream.sources.simulator import merchants
from stream.sources.simulator.book import Book
from stream.sources.simulator.calendar import WEEKENDS, mainland

START, DAYS, BORROWERS = date(2026, 1, 26), 45, 25  # the festival is on 17 February
LOCAL = timedelta(hours=8)


@pytest.fixture(scope="module")
def envelopes():
    book = Book(seed=3, borrowers=BORROWERS, days=DAYS, start=START, lifelike=True)
    return [decode(line(record, TYPE_OF[type(record.data)]).rstrip()) for record in book.records()]


@pytest.fixture(scope="module")
def shops():
    drawn = [merchants.draw(3, n, START, lifelike=True)[0] for n in range(BORROWERS)]
    return {shop.merchant_id: shop for shop in drawn}


def of(envelopes, kind):
    return [each for each in envelopes if isinstance(each.data, kind)]


def test_each_acquirer_is_a_source_with_a_clock_of_its_own(envelopes):
    clocks = Counter(each.source for each in envelopes if each.type == "clock.v1")
    feeds = {f"simulator/acq-{n}" for n in range(1, 6)}

    assert set(clocks) == {"simulator", *feeds}
    assert set(clocks.values()) == {24 * DAYS + 1}
    assert {each.source for each in of(envelopes, PosClearing)} <= feeds
    assert {each.source for each in of(envelopes, Repayment)} == {"simulator"}


def test_a_shop_is_told_of_by_its_own_acquirer_alone(envelopes, shops):
    sources = defaultdict(set)
    for each in of(envelopes, PosClearing):
        sources[each.data.merchant_id].add(each.source)

    assert sources == {shop: {shops[shop].feed} for shop in sources}


def test_most_shops_close_for_the_festival_and_the_others_do_not(envelopes, shops):
    first, last = date(2026, 2, 15), date(2026, 2, 27)
    sold = {
        each.data.merchant_id
        for each in of(envelopes, PosClearing)
        if first <= each.data.local_txn_date <= last
    }
    open_ = {name for name, shop in shops.items() if not shop.closes_for_festival}

    assert sold <= open_
    assert {name for name in open_ if shops[name].size.sales_a_day >= 5} <= sold
    assert 0.5 < 1 - len(open_) / BORROWERS < 1


def test_what_is_sold_in_the_holidays_is_settled_in_one_lump_after_them(envelopes):
    by_day = defaultdict(set)
    for each in of(envelopes, Settlement):
        if each.data.event_type is SettlementType.MERCHANT_SETTLEMENT:
            by_day[(from_ms(each.at_ms) + LOCAL).date()].add(each.data.clearing_date)

    assert not any(date(2026, 2, 15) <= day <= date(2026, 2, 23) for day in by_day)
    lump = by_day[date(2026, 2, 24)]
    assert {date(2026, 2, 14) + timedelta(days=n) for n in range(10)} <= lump
    assert date(2026, 2, 14) in by_day, "a Saturday that is worked"


def test_nothing_is_collected_on_a_day_off(envelopes):
    days = {(from_ms(each.at_ms) + LOCAL).date() for each in of(envelopes, Repayment)}

    assert all(mainland().is_business_day(day) for day in days)
    assert date(2026, 2, 24) in days


def test_some_sales_are_refunded(envelopes):
    types = Counter(each.data.txn_type for each in of(envelopes, PosClearing))

    assert 0.003 < types[TxnType.REFUND] / types[TxnType.SALE] < 0.02


def test_arrivals_are_in_order(envelopes):
    events = [each for each in envelopes if each.business_key and not each.id.endswith("-again")]

    assert [each.at_ms for each in events] == sorted(each.at_ms for each in events)
    assert envelopes[-1].at_ms - events[-1].at_ms < 10 * HOUR_MS


@pytest.mark.parametrize(
    ("day", "next_day"),
    [
        pytest.param(date(2026, 2, 14), date(2026, 2, 14), id="a Saturday worked"),
        pytest.param(date(2026, 2, 15), date(2026, 2, 24), id="nine days off"),
        pytest.param(date(2026, 10, 1), date(2026, 10, 8), id="National Day"),
        pytest.param(date(2031, 1, 4), date(2031, 1, 6), id="a year without data: weekends"),
    ],
)
def test_business_days(day, next_day):
    assert mainland().business_day(day) == next_day


def test_a_calendar_of_weekends_has_no_holidays():
    assert WEEKENDS.business_day(date(2026, 2, 16)) == date(2026, 2, 16)
    assert not WEEKENDS.is_festival(date(2026, 2, 17))
