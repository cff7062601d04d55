"""A simulated book with feeds: every date is verified, and a dead source is told of once.

The sources' totals are the simulator's own books, made without the code that counts here.
"""

import io
from datetime import date, timedelta

import msgspec
import pytest

from schemas import crossing, journal
from schemas.control import Clock, FeedKind, FeedSpec, GoLiveBody, SourcesBody
from schemas.dead_letter import Origin
from schemas.instants import HOUR_MS, parse
from schemas.signing import Trust
from stream.crossing.answers import Answers
from stream.decide import Book
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.replay.trial import Trial
from stream.sources.records import write
from stream.sources.simulator.book import Book as Simulated
from stream.sources.simulator.daily import feeds_of

WALL_MS = 1_800_000_000_000
START, DAYS = date(2026, 1, 5), 45
BROADCAST = (journal.TICK_KEY, journal.CONTROL_KEY, journal.FEED_KEY, journal.SEGMENT_KEY)


def simulated(stories):
    return Simulated(seed=5, borrowers=30, days=DAYS, start=START, lifelike=True, stories=stories)


def specs(book):
    """Repayments and settlements as files, sales as streams that are heard each hour."""
    return [
        FeedSpec(
            source=feed.source,
            stream=feed.stream,
            kind=FeedKind.STREAM if feed.stream == "pos_clearing" else FeedKind.FILE,
            watermark_delay_min=60,
            silent_after_min=36 * 60,
            tz="Asia/Shanghai",
        )
        for source in book._sources
        for feed in feeds_of(source)
    ]


def journal_of(book, feeds, drop=lambda _line: False):
    file, records, trial = io.BytesIO(), [], Trial()
    write(book.records(feeds=True), file)
    made = FileJournal(
        lambda key, value: records.append((key, value)), Tally(), wall_now_ms=WALL_MS
    )
    made.control(trial.signed(SourcesBody(feeds=tuple(feeds))))
    made.control(trial.signed(GoLiveBody(clock=Clock.INPUT)))
    for number, line in enumerate(file.getvalue().splitlines()):
        if not drop(line):
            made.line(line, Origin(topic="file", partition=0, offset=number))
    return records, trial.trust(Trust())


def fold(records, trust, partitions):
    """The books and the findings, crossing's answers in place."""
    books = [Book(trust, speaks=n == 0, partition=n) for n in range(partitions)]
    told, findings = Answers(partitions), []

    def put(key, value):
        answers = []
        for n, book in enumerate(books):
            if key in BROADCAST or sum(key) % partitions == n:
                for output in book.fold(key, value):
                    if output.topic == "health":
                        findings.append(msgspec.json.decode(output.value))
                    elif output.topic == "crossings":
                        answers += told.take(crossing.decode(output.value))
        for answer in answers:
            put(journal.key_of(answer), journal.encode(answer))

    for key, value in records:
        put(key, value)
    return books, findings


def of_feeds(findings):
    return [(each["kind"], each["subject"], each.get("ended", False)) for each in findings]


@pytest.mark.parametrize("partitions", [1, 4])
def test_every_date_of_healthy_feeds_is_verified(partitions):
    book = simulated(("none",))
    records, trust = journal_of(book, specs(book))
    books, findings = fold(records, trust, partitions)

    assert of_feeds(findings) == []
    for each in books:
        verified = each._broadcast.position.feeds.verified
        assert set(verified.values()) == {START + timedelta(days=DAYS - 2)}
        assert len(verified) > 3


def test_one_lost_debit_stops_its_feed_alone_and_is_told():
    book = simulated(("none",))
    lost = []

    def drop(line):
        is_debit = b'"repayment.v1"' in line and b"2026-01-20" in line
        lost.extend([line] if is_debit and not lost else [])
        return line in lost

    records, trust = journal_of(book, specs(book), drop)
    books, findings = fold(records, trust, 4)

    (found,) = of_feeds(findings)
    kind, subject, ended = found
    source, stream, day = subject.rsplit("/", 2)
    assert (kind, stream, ended, len(lost)) == ("broken_totals", "repayment", False, 1)
    verified = books[2]._broadcast.position.feeds.verified
    assert verified[f"{source}/{stream}"] == date.fromisoformat(day) - timedelta(days=1)
    assert max(verified.values()) == START + timedelta(days=DAYS - 2)


def test_a_source_that_is_dead_for_days_and_filled_up_later_is_one_finding_until_it_is_back():
    book = simulated(("feed_dead",))
    (silence,) = book._cast.silences
    records, trust = journal_of(book, specs(book))
    books, findings = fold(records, trust, 4)

    assert of_feeds(findings) == [
        ("source_silent", silence.source, False),
        ("source_silent", silence.source, True),
    ]
    assert parse(findings[0]["at"]) > silence.from_ms
    assert parse(findings[1]["at"]) - silence.until_ms <= 2 * HOUR_MS
    assert set(books[0]._broadcast.position.feeds.verified.values()) == {
        START + timedelta(days=DAYS - 2)
    }
