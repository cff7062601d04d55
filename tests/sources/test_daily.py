"""What feeds and core say of themselves agrees with the events and with the truth."""

from collections import defaultdict
from datetime import date, timedelta

import orjson
import pytest

from schemas.business_key import business_key
from schemas.envelope import EventBody
from schemas.instants import DAY_MS, parse
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from stream.sources.records import Plain, line
from stream.sources.simulator.book import Book
from stream.sources.simulator.merchants import midnight_ms

START, DAYS = date(2026, 1, 5), 45
STORIES = ("corrected_file", "feed_dead", "other_currencies", "returned_payment")


@pytest.fixture(scope="module")
def told():
    loans = {}
    book = Book(seed=5, borrowers=30, days=DAYS, start=START, lifelike=True, stories=STORIES)
    records = list(
        book.records(
            truth=lambda _, loan: loans.update({(loan.loan_id, loan.day): loan}),
            feeds=True,
            positions=True,
        )
    )
    return book, records, loans


def of(records, name):
    return [each for each in records if each.type == name]


def fact(record):
    """Feed, business date, key and amount of an event."""
    data = record.data
    key = business_key(record.source, data)
    if isinstance(data, Repayment):
        return record.source, "repayment", data.booking_date, key, data.amount_paid
    if isinstance(data, PosClearing):
        return record.source, "pos_clearing", data.clearing_date, key, data.amount_gross
    return record.source, "settlement", data.booking_date, key, data.amount


def counted(records):
    """Count and sums by feed and business date, of the latest version of each fact."""
    latest = defaultdict(dict)
    for record in records:
        if isinstance(record.data, EventBody):
            source, stream, day, key, amount = fact(record)
            known = latest[source, stream, day].get(key)
            if known is None or record.data.record_version >= known[0]:
                latest[source, stream, day][key] = record.data.record_version, amount
            if record.data.record_kind == "CANCEL":
                del latest[source, stream, day][key]
    return {key: totals(facts.values()) for key, facts in latest.items()}


def totals(facts):
    sums = defaultdict(int)
    for _, money in facts:
        if money is not None:
            sums[money.currency] += money.amount_minor
    return len(facts), {currency: amount for currency, amount in sums.items() if amount}


def said(record):
    fields = record.data.fields
    sums = {each["currency"]: each["amount_minor"] for each in fields["sums"]}
    key = record.source, fields["stream"], fields["business_date"]
    return key, (fields["count"], {name: amount for name, amount in sums.items() if amount})


def test_the_last_word_on_each_date_is_what_its_facts_come_to(told):
    _, records, _ = told
    closed = dict(said(each) for each in of(records, "business_date_closed.v1"))
    expected = counted(records)

    assert len(closed) == 11 * (DAYS - 1)
    for key, totals_said in closed.items():
        assert totals_said == expected.get(key, (0, {})), key


def test_a_date_that_was_wrong_is_closed_again(told):
    book, records, _ = told
    (row,) = [
        each for each in book.planted if (each.case, each.expect) == ("corrected_file", "quiet")
    ]
    again = defaultdict(list)
    for each in of(records, "business_date_closed.v1"):
        key, totals_said = said(each)
        again[key].append(totals_said)
    twice = {key: each for key, each in again.items() if len(each) > 1}

    day = date.fromisoformat(row.at[:10]) + timedelta(days=1)
    assert {stream for _, stream, _ in twice} == {"pos_clearing"}
    assert {each for _, _, each in twice} <= {day, day + timedelta(days=1)}
    assert all(first[0] >= last[0] and first[1] != last[1] for first, last in twice.values())
    assert any(first[0] > last[0] for first, last in twice.values()), "what never was is cancelled"


def test_a_dead_feed_closes_its_dates_when_it_is_back(told):
    book, records, _ = told
    (row,) = [each for each in book.planted if each.rule == "H01"]
    dead = [
        each
        for each in records
        if each.source == row.subject and parse(row.at) <= each.at_ms < parse(row.until)
    ]
    closed = [each for each in dead if each.type == "business_date_closed.v1"]
    back = next(n for n, each in enumerate(records) if each.at_ms >= parse(row.until))

    assert not [each for each in dead if each.type == "heartbeat.v1"]
    assert len(closed) == 12  # six dates of two feeds
    assert all(records.index(each) >= back - len(dead) for each in closed)


def test_every_loan_has_a_position_each_morning_and_it_is_the_truth(told):
    _, records, loans = told
    positions = {
        (each.data.loan_id, each.data.as_of): each.data for each in of(records, "loan_position.v1")
    }

    assert set(positions) == {key for key in loans if key[1] < START + timedelta(days=DAYS - 1)}
    for key, position in positions.items():
        assert position.dpd == loans[key].dpd
        assert position.overdue.amount_minor == loans[key].overdue_minor
        assert position.overdue.currency == loans[key].currency
    assert max(position.dpd for position in positions.values()) == 24


def test_a_loan_that_is_paid_off_has_one_last_position():
    book = Book(seed=2, borrowers=6, days=390, start=START)
    last = {}
    for each in of(book.records(positions=True), "loan_position.v1"):
        last.setdefault(each.data.loan_id, []).append(each.data.status)
    ends = [words for words in last.values() if words[-1] == "PAID_OFF"]

    assert ends, "a weekly loan ends within the year"
    assert all(words.count("PAID_OFF") == 1 and len(words) < 389 for words in ends)


def test_a_history_that_is_told_by_week_has_every_date_closed_once_with_what_it_comes_to():
    until = START + timedelta(days=24)
    book = Book(seed=5, borrowers=8, days=31, start=START, lifelike=True)
    records = list(book.records(feeds=True, positions=True, told_weekly_until=until))
    closed = [said(each) for each in of(records, "business_date_closed.v1")]
    expected = counted(records)

    assert len(closed) == len(dict(closed)) == 11 * 30
    for key, totals_said in closed:
        assert totals_said == expected.get(key, (0, {})), key
    heard = {(each.at_ms - midnight_ms(START)) // DAY_MS for each in of(records, "heartbeat.v1")}
    assert sorted(heard) == [6, 13, 20, *range(24, 32)], "Sundays, then each day and its end"


def test_nothing_of_it_is_written_unless_asked_for():
    book = Book(seed=5, borrowers=5, days=5, start=START, lifelike=True)

    assert not any(isinstance(each.data, Plain) for each in book.records())


def test_such_a_record_stands_in_the_file_with_the_fields_it_has(told):
    _, records, _ = told
    record = of(records, "business_date_closed.v1")[0]
    written = orjson.loads(line(record, record.type))

    assert written["type"] == "business_date_closed.v1"
    assert written["data"]["business_date"] == "2026-01-05"
    assert set(written["data"]) == {"stream", "business_date", "count", "sums"}
