"""A feed's mistakes: what is sent in the place of a true file, and how it is put right."""

from datetime import date, timedelta

import pytest

from schemas.business_key import business_key
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from schemas.money import Money
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from stream.sources.simulator.book import Book
from stream.sources.simulator.daily import Feed
from stream.sources.simulator.merchants import SIZES, SOURCE, midnight_ms
from stream.sources.simulator.wrong import MISTAKES, WrongFile, business_date

DAY = date(2026, 4, 8)
DEBITS = Feed(SOURCE, "repayment")


def sent(mistake, *, totals_too=False, feed=DEBITS):
    """True and wrong records of a book that is a little longer than the mistake lasts."""
    book = [
        Book(
            seed=7,
            borrowers=40,
            days=21,
            start=date(2026, 3, 30),
            lifelike=feed.source != SOURCE,
            sizes=SIZES[:1],
            stories=("none",),
        )
        for _ in range(2)
    ]
    true = list(book[0].records(feeds=True))
    wrong = WrongFile(mistake=mistake, feed=feed, day=DAY, totals_too=totals_too)
    return true, list(wrong.records(book[1].records(feeds=True))), wrong


def of_day(records, kind=Repayment, source=SOURCE):
    return [
        each
        for each in records
        if isinstance(each.data, kind) and each.source == source and business_date(each) == DAY
    ]


def claims(records):
    return [
        each
        for each in records
        if each.type == "business_date_closed.v1"
        and business_date(each) == DAY
        and (each.source, each.data.fields["stream"]) == DEBITS
    ]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nothing_outside_of_the_file_is_touched(mistake):
    true, wrong, _ = sent(mistake)
    others = [each for each in true if business_date(each) != DAY]
    again = [each for each in wrong if each in others]

    assert again == others


def test_a_hundred_times_as_much_in_every_amount():
    true, wrong, _ = sent("minor_taken_for_major")
    pairs = list(zip(of_day(true), of_day(wrong), strict=False))

    assert pairs
    for right, high in pairs:
        assert high.data.amount_paid.amount_minor == 100 * right.data.amount_paid.amount_minor
        assert high.data.amount_due.amount_minor == 100 * right.data.amount_due.amount_minor


def test_a_batch_inside_of_a_settlement_is_wrong_as_well():
    feed = Feed("simulator/acq-1", "settlement")
    true, wrong, _ = sent("sign_flipped", feed=feed)
    (right, *_), (low, *_) = (of_day(each, Settlement, feed.source) for each in (true, wrong))

    assert low.data.amount == Money(
        amount_minor=-right.data.amount.amount_minor, currency=right.data.amount.currency
    )
    assert low.data.batch.gross.amount_minor == -right.data.batch.gross.amount_minor
    assert low.data.batch.item_count == right.data.batch.item_count


def test_local_time_as_utc_is_eight_hours_late_and_known_before():
    true, wrong, _ = sent("zone_lost")

    for right, late in zip(of_day(true), of_day(wrong), strict=False):
        assert late.at_ms - right.at_ms == 8 * HOUR_MS
        assert late.data.observed_at == from_ms(right.at_ms)


def test_the_eighth_of_april_is_the_fourth_of_august():
    _, wrong, _ = sent("day_and_month_swapped")
    swapped = [each for each in wrong if business_date(each) == date(2026, 8, 4)]
    original = [each for each in swapped if each.data.record_version == 1]

    assert original
    assert all(from_ms(each.at_ms + 8 * HOUR_MS).date() == date(2026, 8, 4) for each in original)


def test_yesterday_s_file_comes_in_the_place_of_todays():
    true, wrong, _ = sent("sent_under_new_ids")
    before = {
        each.record_id
        for each in true
        if isinstance(each.data, Repayment) and business_date(each) == DAY - timedelta(days=1)
    }
    again = {
        each.record_id.removesuffix("-once-more")
        for each in wrong
        if each.record_id.endswith("-once-more")
    }

    assert again == before != set()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_put_right_is_the_truth_in_the_end(mistake):
    """The last version of each key that is not cancelled: the same facts as of the true book."""
    true, wrong, file = sent(mistake)

    assert facts(wrong) == facts(true)
    late = [
        each for each in wrong if getattr(each.data, "observed_at", None) == from_ms(file.right_ms)
    ]
    assert late
    assert file.right_ms == midnight_ms(DAY) + 5 * DAY_MS + 34_200_000


def facts(records):
    found = {}
    for each in records:
        if isinstance(each.data, Repayment):
            key = business_key(each.source, each.data)
            known = found.get(key)
            if known is None or each.data.record_version > known.data.record_version:
                found[key] = each
    return {
        key: (each.data.amount_paid, each.data.booking_date, each.at_ms, each.data.due_date)
        for key, each in found.items()
        if each.data.record_kind != "CANCEL"
    }


@pytest.mark.parametrize("mistake", ["minor_taken_for_major", "sent_under_new_ids"])
def test_totals_repeat_the_mistake_if_told_so_and_are_right_in_the_end(mistake):
    true, wrong, _ = sent(mistake, totals_too=True)
    (right,) = claims(true)
    first, last = claims(wrong)

    assert first.data != right.data
    assert last.data == right.data
