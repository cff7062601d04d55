"""Stories asked for by name: they are in the events as the list of what was planted says."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from schemas.instants import DAY_MS, HOUR_MS, from_ms, parse, to_ms, wire
from schemas.money import exponent
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from stream.sources.simulator.book import Book
from stream.sources.simulator.merchants import SIZES
from stream.sources.simulator.plots import PLOTS, StoryError
from tests.flow import contacts

START = date(2026, 1, 5)
LOCAL = timedelta(hours=8)


def book_of(*stories, **options):
    usual = {"seed": 7, "borrowers": 40, "days": 60, "start": START, "lifelike": True}
    return Book(**usual | options, stories=stories)


def told(*stories, **options):
    book = book_of(*stories, **options)
    return warnings_of(book), list(book.records())


def warnings_of(book):
    """What is planted about warnings; what is about contacts is held in tests/flow."""
    return [row for row in book.planted if row.expect not in contacts.KINDS]


def sales_by_day(records, borrower_id):
    merchant_id = borrower_id.replace("brw", "mer")
    return Counter(
        each.data.local_txn_date
        for each in records
        if isinstance(each.data, PosClearing) and each.data.merchant_id == merchant_id
    )


def mean_sales(records, borrower_id, first, days):
    sold = sales_by_day(records, borrower_id)
    return sum(sold[first + timedelta(days=n)] for n in range(days)) / days


def debits(records, borrower_id):
    return sorted(
        (
            each
            for each in records
            if getattr(each.data, "borrower_id", "") == borrower_id
            and isinstance(each.data, Repayment)
        ),
        key=lambda each: each.at_ms,
    )


def test_a_cafe_over_the_new_year_sells_nothing_from_two_days_before_to_ten_after():
    planted, records = told("cafe_over_new_year", days=90)
    mild, quiet = planted
    sold = sales_by_day(records, quiet.borrower_id)

    assert (mild.expect, mild.tier, quiet.expect, quiet.rule) == ("at_most", 1, "quiet", "")
    assert (quiet.at, quiet.until) == ("2026-02-14T16:00:00.000Z", "2026-02-27T16:00:00.000Z")
    assert not any(date(2026, 2, 15) <= day <= date(2026, 2, 27) for day in sold)
    assert {date(2026, 2, 13), date(2026, 3, 1)} & set(sold)


def test_a_slide_leaves_half_after_eight_weeks_and_does_not_come_back():
    planted, records = told("slide", days=240, borrowers=12, start=date(2026, 3, 2))
    day = parse(planted[0].until) // DAY_MS  # four weeks after the slide has ended
    end = date(1970, 1, 1) + timedelta(days=day + 1)
    before = mean_sales(records, planted[0].borrower_id, date(2026, 3, 2), 90)
    after = mean_sales(records, planted[0].borrower_id, end, 56)

    assert [(row.rule, row.tier) for row in planted] == [("P03", 1), ("P03", 2), ("", 1)]
    assert after / before == pytest.approx(0.5, abs=0.2)


def test_an_outage_of_the_bank_fails_three_in_ten_debits_of_a_day_by_nobody_s_fault():
    hit, records = told("bank_outage", borrowers=60)
    day = (from_ms(parse(hit[0].at)) + LOCAL).date()
    first = [
        each.data
        for each in records
        if isinstance(each.data, Repayment)
        and each.data.due_date == day
        and each.data.attempt_no == 1
    ]
    failed = [each for each in first if each.reason_code]

    assert {each.reason_code for each in failed} <= {"91", "96"}
    assert {each.borrower_id for each in failed} == {row.borrower_id for row in hit}
    assert len(failed) / len(first) == pytest.approx(0.3, abs=0.15)
    assert all(row.expect == "quiet" and not row.rule for row in hit)


def test_an_outage_on_a_pay_day_is_of_enough_attempts_to_be_told_from_chance():
    planted, records = told("pay_day_outage", borrowers=210, lifelike=False, sizes=SIZES[:1])
    channel, *lives = sorted(planted, key=lambda row: row.borrower_id)
    attempts = Counter(
        (from_ms(each.at_ms) + LOCAL).date() for each in records if isinstance(each.data, Repayment)
    )
    day = (from_ms(parse(channel.at)) + LOCAL).date()
    before = [day - timedelta(weeks=week) for week in range(1, 5)]

    assert (channel.rule, channel.expect, channel.subject) == ("G01", "segment", "book/all")
    assert [attempts[each] for each in (day, *before)] == [210] * 5
    assert attempts[day + timedelta(days=1)] == 63
    assert len(lives) == 210
    assert {(row.expect, row.rule) for row in lives} == {("quiet", "")}


@pytest.mark.parametrize(("story", "hours"), [("feed_silent", 6), ("feed_dead", 144)])
def test_a_dead_feed_says_nothing_and_then_everything_at_once(story, hours):
    (row,), records = told(story)
    from_ms_, until_ms = parse(row.at), parse(row.until)
    late = [
        each
        for each in records
        if each.source == row.subject
        and isinstance(each.data, PosClearing | Settlement)
        and each.data.observed_at
    ]
    clocks = {
        each.at_ms for each in records if each.type == "clock.v1" and each.source == row.subject
    }
    places = [n for n, each in enumerate(records) if each in late]
    told_again = next(
        n
        for n, each in enumerate(records)
        if each.type == "clock.v1" and each.source == row.subject and each.at_ms == until_ms
    )

    assert (row.rule, row.expect, until_ms - from_ms_) == ("H01", "health", hours * HOUR_MS)
    assert late
    assert all(from_ms_ <= each.at_ms < until_ms for each in late)
    assert all(each.data.observed_at == from_ms(until_ms) for each in late)
    assert all(each.data.quality == ("BACKFILL",) for each in late)
    assert not any(from_ms_ <= at_ms < until_ms for at_ms in clocks)
    assert max(places) - min(places) == len(late) - 1, "all at once"
    assert max(places) < told_again, "and then it says what time it is"
    assert not any(
        from_ms_ <= each.at_ms < until_ms and each.source == row.subject and each not in late
        for each in records
    )


def test_a_debit_at_two_in_the_morning_succeeds_after_the_settlement():
    (row,), records = told("nsf_before_settlement")
    tried = [each for each in debits(records, row.borrower_id) if each.data.attempt_no <= 2]
    failed = next(each for each in tried if each.data.reason_code)
    paid = next(each for each in tried if each.at_ms == failed.at_ms + 9 * HOUR_MS)

    assert (from_ms(failed.at_ms) + LOCAL).hour == 2
    assert paid.data.reason_code is None
    assert (row.rule, row.tier) == ("RP02", 1)


def test_a_payment_is_returned_after_twenty_days_and_names_what_it_returns():
    planted, records = told("returned_payment")
    row = next(each for each in planted if each.rule == "RP15")
    paid, returned, again = [
        each
        for each in debits(records, row.borrower_id)
        if each.data.attempt_group_id or each.data.original_event_id
        if any(
            other.data.original_event_id and other.data.instalment_no == each.data.instalment_no
            for other in debits(records, row.borrower_id)
        )
    ]

    assert returned.data.original_event_id == paid.record_id
    assert returned.data.reason_code == "MD06"
    assert returned.at_ms - paid.at_ms == 20 * DAY_MS - HOUR_MS
    assert again.at_ms - paid.at_ms == 25 * DAY_MS
    assert parse(row.at) == returned.at_ms


def test_a_changed_payee_is_missed_three_business_days_later():
    changed, missed = told("payee_changed")[0]

    assert (changed.rule, changed.tier, missed.rule, missed.tier) == ("F15", 3, "X01", 3)
    assert 2 * DAY_MS < parse(missed.at) - parse(changed.at) < 14 * DAY_MS


def test_a_fire_takes_nine_tenths_of_the_sales_of_a_segment():
    planted, records = told("mall_fire", borrowers=40, days=110, start=date(2026, 3, 2))
    few, segment = sorted((row for row in planted if row.subject), key=lambda row: row.rule)
    members = {row.borrower_id for row in planted if row.borrower_id}
    day = (from_ms(parse(segment.at)) + LOCAL).date()
    named = {
        each.data.borrower_id
        for each in records
        if each.type == "borrower_profile.v1" and "sim.mall" in each.data.segment_ids
    }
    before = sum(mean_sales(records, each, day - timedelta(days=28), 28) for each in members)
    after = sum(mean_sales(records, each, day, 28) for each in members)

    assert (segment.rule, segment.expect, segment.subject) == ("G05", "segment", "sim.mall")
    assert (few.expect, few.tier, few.subject) == ("few", 1, "sim.mall")
    assert members == named
    assert after / before == pytest.approx(0.1, abs=0.05)


def test_sixty_shops_burn_if_there_are_enough():
    planted = warnings_of(book_of("mall_fire", borrowers=300, days=110))

    assert len([row for row in planted if row.borrower_id]) == 60


def test_a_lump_after_the_holidays_is_silent_by_name():
    planted, records = told("holiday_lump", days=90)
    account = planted[0].borrower_id.replace("brw", "acc")
    lump = [
        each.data.clearing_date
        for each in records
        if isinstance(each.data, Settlement)
        and each.data.account_token == account
        and 0 <= each.at_ms - parse(planted[0].at) < DAY_MS
    ]

    assert [(row.rule, row.expect) for row in planted] == [("F19", "quiet"), ("X01", "quiet")]
    assert len(lump) >= 5


def test_a_file_comes_wrong_twice_and_then_right():
    (row,), records = told("corrected_file")
    merchant_id = row.borrower_id.replace("brw", "mer")
    versions = defaultdict(list)
    for each in records:
        data = each.data
        if (
            isinstance(data, PosClearing)
            and data.merchant_id == merchant_id
            and data.channel_txn_id
        ):
            versions[data.channel_txn_id, data.txn_type].append((each.record_id, data))
    corrected = [sent for sent in versions.values() if len(sent) == 3]

    assert row.expect == "quiet"
    assert len(corrected) >= 2
    assert all(sent[2][1].record_kind == "CORRECTION" for sent in corrected)
    for (first_id, wrong), (again_id, again), (_, right) in corrected:
        assert wrong == again
        assert first_id != again_id
        assert right.record_version == 2
        assert right.original_event_id == first_id
        assert wrong.amount_gross.amount_minor > right.amount_gross.amount_minor


def test_what_never_was_is_cancelled_in_the_corrected_file():
    _, records = told("corrected_file")
    never = defaultdict(list)
    for each in records:
        if "-none" in each.record_id:
            never[each.data.rrn].append((each.data.record_kind, each.data.record_version))

    assert never
    assert all(of == [("ORIGINAL", 1), ("ORIGINAL", 1), ("CANCEL", 2)] for of in never.values())


def test_yen_have_no_minor_unit_and_dinars_three_digits():
    planted, records = told("other_currencies")
    currencies = {
        each.data.borrower_id: each.data.currency
        for each in records
        if each.type == "borrower_profile.v1"
    }
    sold = defaultdict(list)
    for each in records:
        if isinstance(each.data, PosClearing):
            money = each.data.amount_gross
            sold[money.currency].append(money.amount_minor / 10 ** exponent(money.currency))

    assert {currencies[row.borrower_id] for row in planted} == {"JPY", "KWD"}
    usual = {currency: sum(amounts) / len(amounts) for currency, amounts in sold.items()}
    assert 200 < usual["JPY"] < 10_000
    assert 0.4 < usual["KWD"] < 20


def test_a_shop_that_does_not_reopen_sells_nothing_more():
    planted, records = told("not_reopened", days=90)
    sold = sales_by_day(records, planted[0].borrower_id)

    assert [(row.rule, row.tier) for row in planted] == [("P25", 2), ("P25", 3)]
    assert max(sold) < date(2026, 2, 15)


def test_a_silent_shop_is_missed_after_one_and_two_weeks():
    planted, records = told("silent_merchant", days=100, start=date(2026, 3, 2))
    last = max(sales_by_day(records, planted[0].borrower_id))

    assert [(row.rule, row.tier) for row in planted] == [("P02", 2), ("P02", 3)]
    assert parse(planted[0].at) - parse(f"{last}T00:00:00+08:00") <= 9 * DAY_MS


def test_who_pays_nothing_any_more_is_past_due_out_of_grace_and_at_thirty_days():
    planted, records = told("arrears", days=100, borrowers=12, sizes=SIZES[:1])
    moderate, severe = planted
    after = [
        each for each in debits(records, moderate.borrower_id) if each.at_ms > parse(moderate.at)
    ]

    assert [(row.rule, row.tier) for row in planted] == [("RP06", 2), ("RP06", 3)]
    assert parse(severe.at) - parse(moderate.at) == 26 * DAY_MS
    assert after
    assert all(each.data.reason_code == "51" for each in after)


def test_half_a_file_is_closed_as_if_it_were_whole_and_the_rest_comes_after_five_days():
    planted, records = told_by_feeds("half_file", borrowers=60, sizes=SIZES[:1])
    subject = next(row for row in planted if row.subject)
    day = date.fromisoformat(subject.subject.rpartition("/")[2])
    of_day = [each for each in records if booked(each) == day]
    late = [each for each in of_day if each.data.observed_at]
    (closed,) = [each for each in records if closes(each) == ("simulator", "repayment", day)]

    assert (subject.rule, subject.expect) == ("H05", "health")
    assert 0 <= len(late) - len(of_day) / 2 <= 1
    assert closed.data.fields["count"] == len(of_day)
    assert all(each.data.observed_at == from_ms(parse(subject.until)) for each in late)
    assert len(planted) == len({each.data.borrower_id for each in of_day}) + 1


def test_a_file_that_does_not_come_says_nothing_while_its_source_lives():
    planted, records = told_by_feeds("silent_file", borrowers=60, sizes=SIZES[:1])
    subject = next(row for row in planted if row.subject)
    from_, until = parse(subject.at), parse(subject.until)
    arrivals = {index: each for index, each in enumerate(records) if each.source == "simulator"}
    alive = [each for each in arrivals.values() if each.type == "heartbeat.v1"]
    first_late = min(i for i, each in arrivals.items() if late_at(each) == until)
    before = [closes(each)[2] for i, each in arrivals.items() if closes(each) and i < first_late]

    assert {each.at_ms for each in alive} >= set(range(from_, until, HOUR_MS))
    assert max(before) < (from_ms(from_) + LOCAL).date()
    assert subject.subject == "simulator/repayment"


def test_wrong_totals_are_put_right_the_next_morning():
    planted, records = told_by_feeds("wrong_totals", borrowers=60, sizes=SIZES[:1])
    subject = next(row for row in planted if row.subject)
    day = date.fromisoformat(subject.subject.rpartition("/")[2])
    said = [each for each in records if closes(each) == ("simulator", "repayment", day)]
    counts = [each.data.fields["count"] for each in said]

    assert [each.at_ms for each in said] == [parse(subject.at), parse(subject.until)]
    assert counts == [counts[1] + 1, sum(booked(each) == day for each in records)]


def test_an_outage_has_silent_shops_of_the_dead_acquirer_and_of_living_ones():
    planted, records = told_by_feeds("acquirer_outage", days=90, borrowers=40, sizes=SIZES[2:3])
    subject = next(row for row in planted if row.subject)
    merchants = {row.borrower_id for row in planted if row.rule == "P02"}
    feeds = {
        each.data.merchant_id.replace("mer", "brw"): each.source
        for each in records
        if isinstance(each.data, PosClearing)
    }
    of_dead = {who for who in merchants if feeds[who] == subject.subject}
    heard = {parse(row.at) for row in planted if row.borrower_id in of_dead and row.tier == 2}
    calm = {row.borrower_id for row in planted if row.expect == "quiet"}

    assert of_dead
    assert merchants - of_dead
    assert heard == {parse(subject.until)}, "missed when it is back, and not before"
    assert calm
    assert all(feeds.get(who, subject.subject) == subject.subject for who in calm)


def test_a_year_begins_without_a_calendar():
    book = book_of("year_rollover", days=90, start=date(2026, 11, 2))
    calm, subject = sorted(book.planted, key=lambda row: row.subject)

    assert (subject.rule, subject.subject, subject.at) == (
        "H11",
        "calendar/CN-SH",
        "2026-12-31T16:00:00.000Z",
    )
    assert (calm.expect, calm.tier) == ("at_most", 1)
    assert book.controls[1].regions["CN-SH"].last == date(2026, 12, 31)


def told_by_feeds(*stories, **options):
    book = book_of(*stories, **options)
    return warnings_of(book), list(book.records(feeds=True))


def booked(record):
    return record.data.booking_date if isinstance(record.data, Repayment) else None


def late_at(record):
    observed_at = getattr(record.data, "observed_at", None)
    return observed_at and parse(wire(to_ms(observed_at)))


def closes(record):
    if record.type != "business_date_closed.v1":
        return None
    return record.source, record.data.fields["stream"], record.data.fields["business_date"]


def test_all_stories_fit_into_one_year_and_no_merchant_has_two():
    book = book_of("all", borrowers=800, days=365)
    cases = {row.case for row in book.planted}
    by_borrower = defaultdict(set)
    for row in book.planted:
        if row.borrower_id:
            by_borrower[row.borrower_id].add(row.case)

    assert cases == set(PLOTS)
    assert all(len(found) == 1 for found in by_borrower.values())


def test_none_is_a_book_in_which_nobody_has_a_story():
    book = book_of("none")

    assert book.planted == []
    assert not any(label.label for label in book.labels)


def test_all_leaves_out_what_does_not_fit():
    cases = {row.case for row in book_of("all", days=20).planted}

    assert "type_ii_limit" in cases
    assert "slide" not in cases


def test_a_story_that_does_not_fit_is_refused_by_name():
    with pytest.raises(StoryError, match="expected room for the story `slide`, found none among"):
        book_of("slide", days=30)


def test_a_story_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(StoryError, match=r"unknown story `mall_fires`: did you mean `mall_fire`\?"):
        book_of("mall_fires")


def test_a_feed_of_a_regular_book_cannot_be_silent():
    with pytest.raises(StoryError, match="feed_silent"):
        Book(seed=1, borrowers=10, days=60, start=START, stories=("feed_silent",))


def test_the_same_seed_plants_the_same_stories():
    assert book_of("all").planted == book_of("all").planted


def test_whoever_is_to_be_warned_of_is_bad_and_everybody_has_the_size_as_stratum():
    book = book_of("payee_changed", "type_ii_limit")
    bad = [label for label in book.labels if label.label]

    assert [label.borrower_id for label in bad] == [
        row.borrower_id for row in warnings_of(book) if row.rule == "F15"
    ]
    assert {label.stratum for label in book.labels} <= {"kiosk", "stall", "shop", "store"}
