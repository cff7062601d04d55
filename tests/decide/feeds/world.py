"""A small journal with feeds, folded over any number of partitions, crossing's answers in place."""

from datetime import date, timedelta

import msgspec

from schemas import crossing, journal
from schemas.control import CalendarBody, FeedSpec, SourcesBody
from schemas.feed import Totals, feed_name
from schemas.instants import HOUR_MS, MINUTE_MS
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from stream.crossing.answers import Answers
from stream.decide import Book
from tests.decide.conftest import TRUST, Log, at

POS = "pos_clearing"
FIRST_DAY = date(2024, 10, 4)  # day 0 of the trial
BROADCAST = (journal.TICK_KEY, journal.CONTROL_KEY, journal.FEED_KEY, journal.SEGMENT_KEY)


def day(number):
    """The date of a day of the trial."""
    return FIRST_DAY + timedelta(days=number)


def pos(source="acq"):
    """The name of an acquirer's feed."""
    return feed_name(source, POS)


def spec(source="acq", **how):
    """A declared feed of sales; a file unless it says else."""
    return FeedSpec(**{"source": source, "stream": POS, "kind": "file"} | how)


class World(Log):
    """Writes a journal; times are days of the trial, counted from 0."""

    def declare(self, *specs, **how):
        return self.control(SourcesBody(feeds=specs), **how)

    def calendar(self, regions, **how):
        return self.control(CalendarBody(version=1, regions=regions), **how)

    def now(self, days, *, alive=None, held=None, closed=None, wall_days=None):
        """A tick; `alive` and `held` in days by source, `closed` in days by source."""
        tick = journal.Tick(
            input_at_ms=at(days),
            wall_at_ms=at(days if wall_days is None else wall_days),
            watermarks={pos(source): at(when) for source, when in (alive or {}).items()},
            held={pos(source): at(when) for source, when in (held or {}).items()},
            closed={pos(source): day(number) for source, number in (closed or {}).items()},
        )
        return self.add(journal.TICK_KEY, tick)

    def sold(self, number, fen=100, borrower="brw_1", *, key=None, source="acq", copy=0, **data):
        """A sale of a business date, at noon."""
        sale = {
            "txn_type": "SALE",
            "merchant_id": "mer_1",
            "clearing_date": day(number),
            "amount_gross": Money(amount_minor=fen, currency="CNY"),
        }
        record = journal.PosClearingEvent(
            event_id=f"e{len(self.records)}",
            source=source,
            borrower_id=borrower,
            business_key=key or f"k{len(self.records)}",
            event_at_ms=at(number + 0.5),
            wall_arrival_at_ms=at(number + 0.5),
            copy=copy,
            data=PosClearing(**sale | data),
        )
        return self.add(borrower.encode(), record)

    def claimed(self, number, count, fen=0, source="acq"):
        """What a source says of a date."""
        totals = Totals(count=count, sums={"CNY": fen} if fen else {})
        record = journal.DateClosed(
            source=source,
            stream=POS,
            business_date=day(number),
            totals=totals,
            wall_arrival_at_ms=at(number + 1),
        )
        return self.add(journal.FEED_KEY, record)


class Cluster:
    """The books of all partitions and crossing between them."""

    def __init__(self, partitions=1):
        self.books = [book(number, partitions) for number in range(partitions)]
        self.crossing = Answers(partitions)
        self.dates = self.crossing.dates
        self.outputs = []

    def fold(self, records):
        for key, value in records:
            self._fold(key, value)
        return self

    def _fold(self, key, value):
        number = sum(key) % len(self.books)
        answers = []
        for n, each in enumerate(self.books):
            if key in BROADCAST or n == number:
                answers += self.take(each.fold(key, value))
        for answer in answers:
            self._fold(journal.key_of(answer), journal.encode(answer))

    def take(self, outputs):
        """Note outputs; return what crossing answers."""
        self.outputs += outputs
        told = [crossing.decode(each.value) for each in outputs if each.topic == "crossings"]
        return [answer for each in told for answer in self.crossing.take(each)]

    def health(self):
        """What health has been told: kind, subject, whether it is over, when."""
        told = [msgspec.json.decode(each.value) for each in self.outputs if each.topic == "health"]
        return [(h["kind"], h["subject"], h.get("ended", False), h["at"][:16]) for h in told]

    def messages(self):
        return [
            msgspec.json.decode(each.value)["message"]
            for each in self.outputs
            if each.topic == "health"
        ]

    def watermarks(self, n=0):
        return self.books[n]._broadcast.watermarks

    def borrower(self, borrower_id="brw_1"):
        number = sum(borrower_id.encode()) % len(self.books)
        return self.books[number]._shelf.take(borrower_id)

    def watermark(self, borrower_id="brw_1"):
        """The watermark of its sales, in days of the trial; None if unknown."""
        at_ms = self.watermarks().watermark_ms(POS, self.borrower(borrower_id))
        return None if at_ms is None else (at_ms - at(0)) / (24 * HOUR_MS)

    def through(self, borrower_id="brw_1"):
        """The day of the trial that is closed for its sales; None if unknown."""
        found = self.watermarks().closed_through(POS, self.borrower(borrower_id))
        return None if found is None else (found - FIRST_DAY).days


def book(number, partitions=1):
    """The empty book of a partition."""
    return Book(TRUST, speaks=number == 0, partition=number, partitions=partitions)


def folded(world, partitions=1):
    """Fold a journal."""
    return Cluster(partitions).fold(world.records)


DELAY = 36 / 24
"""The watermark delay of sales in days."""
MINUTES = MINUTE_MS


class Restarting(Cluster):
    """Dies after so many records of a partition, and goes on from what was stored."""

    def __init__(self, partitions, every):
        super().__init__(partitions)
        self._every, self._count = every, 0
        self._stored = [{} for _ in self.books]

    def fold(self, records):
        for record in records:
            super().fold([record])
            self._count += 1
            if self._count % self._every == 0:
                self.books = [self._again(n, each) for n, each in enumerate(self.books)]
        return self

    def _again(self, number, before):
        self._stored[number] |= dict(before.changes())
        fresh = book(number, len(self.books))
        for key, value in self._stored[number].items():
            fresh.restore(key, value)
        return fresh


def told(cluster):
    """What was published, by topic and key; crossings and closed days name partitions."""
    found = {}
    for output in cluster.outputs:
        if output.topic != "crossings" and not output.key.startswith(b"#day-"):
            found.setdefault((output.topic, output.key), []).append(output.value)
    return found
