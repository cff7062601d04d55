"""The file of a simulated book: deterministic, in order, with ids that say it is made up."""

import io
from collections import Counter
from datetime import date
from hashlib import sha256

from schemas.instants import DAY_MS, HOUR_MS, parse
from schemas.reference import ReferenceData
from schemas.topics import STREAM_TOPICS
from stream.sources.records import write
from stream.sources.routing import route
from stream.sources.simulator import merchants
from stream.sources.simulator.book import Book

START = date(2026, 1, 5)


def written(seed):
    file = io.BytesIO()
    write(Book(seed=seed, borrowers=12, days=10, start=START).records(), file)
    return file.getvalue()


def test_the_same_seed_gives_the_same_bytes():
    first, again, other = (sha256(written(seed)).hexdigest() for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_one_borrower_more_changes_nobody_elses_nature():
    def drawn(count):
        return [merchants.draw(7, index, START)[0] for index in range(count)]

    assert drawn(20)[:10] == drawn(10)


def test_references_come_first_and_then_everything_in_time(envelopes):
    kinds = [isinstance(each.data, ReferenceData) for each in envelopes]
    references = sum(kinds)
    times = [
        each.at_ms + DAY_MS * each.id.endswith("-again")  # a repetition comes a day later
        for each in envelopes[references:]
    ]

    assert all(kinds[:references])
    assert times == sorted(times)


def test_ids_are_unique_and_say_that_nothing_is_real(envelopes):
    events = [each for each in envelopes if each.type != "clock.v1"]

    assert len({each.id for each in events}) == len(events)
    assert {each.source for each in envelopes} == {"simulator"}
    assert all(route_key(each).partition("_")[2].startswith("sim7n") for each in events)


def route_key(envelope):
    data = envelope.data
    for field in ("loan_id", "account_token", "merchant_id", "token", "borrower_id"):
        if hasattr(data, field):
            return getattr(data, field)
    raise AssertionError(envelope)


def test_every_business_key_is_unique_but_that_of_the_repeated_event(envelopes):
    keys = Counter(each.business_key for each in envelopes if each.business_key)
    twice = [each for each in envelopes if each.business_key and keys[each.business_key] > 1]

    assert {each.id.removesuffix("-again") for each in twice} == {twice[0].id}
    assert len(twice) == 2
    assert twice[0].data == twice[1].data
    assert twice[0].at_ms == twice[1].at_ms


def test_the_clock_tells_every_hour_of_every_day_and_the_end(envelopes):
    told = [each.at_ms for each in envelopes if each.type == "clock.v1"]
    first_ms = parse("2026-01-04T16:00:00Z")

    assert told == [first_ms + HOUR_MS * n for n in range(24 * 30 + 1)]


def test_all_three_streams_are_there_and_every_line_has_its_topic(lines):
    topics = Counter(route(line).topic for line in lines)

    assert all(topics[topic] > 50 for topic in STREAM_TOPICS)
    assert topics["references"] == 40 * 7
