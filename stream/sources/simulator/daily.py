"""What the lender's core and the feeds say of themselves, for those who ask for it.

    heartbeats     each hour: the source lives, and has sent all that happened before
    closed dates   at 01:10: so many facts of the day before, so much money
    positions      at 06:00: how each open loan stood at the end of the day before

A date whose facts are corrected later is closed again, with what they have come to. The totals
are of what the source has in its books, heard or not: a dead feed closes its dates when it is
back. Positions are the simulator's own ledger speaking (`truth`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.business_key import business_key
from schemas.envelope import EventBody
from schemas.header import RecordKind
from schemas.instants import HOUR_MS, MINUTE_MS, wire
from schemas.loan_terms import LoanStatus
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from schemas.reference import LoanPosition
from schemas.repayment import Repayment
from stream.sources.records import Plain, Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.feeds import Arrival
from stream.sources.simulator.merchants import SOURCE, midnight_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stream.sources.simulator.truth import LoanDay

CLOSES_MS: Final = HOUR_MS + 10 * MINUTE_MS
POSITIONS_MS: Final = 6 * HOUR_MS

REMEMBERS: Final = timedelta(days=30)
"""For so long after its day a fact may be corrected; no story waits longer."""


class Feed(NamedTuple):
    """What one source says on one stream."""

    source: str
    stream: str


class Key(NamedTuple):
    """One business date of one feed."""

    feed: Feed
    day: date


def feeds_of(source: str) -> tuple[Feed, ...]:
    """Return the feeds of a source: the lender's own is of repayments, an acquirer's of sales."""
    streams = ("repayment",) if source == SOURCE else ("pos_clearing", "settlement")
    return tuple(Feed(source, stream) for stream in streams)


def heartbeat(feed: Feed, at_ms: int) -> Record:
    """Return the record by which a feed says that it lives."""
    data = Plain("heartbeat.v1", {"stream": feed.stream})
    return Record(f"heartbeat-{feed.stream}-{wire(at_ms)}", feed.source, at_ms, data)


def amount_of(data: EventBody) -> Money | None:
    """Return the amount of an event that the totals of its business date count."""
    match data:
        case Repayment():
            return data.amount_paid
        case PosClearing():
            return data.amount_gross
        case _:
            return data.amount


class Books:
    """The sources' own books: counts and sums of each business date.

    Args:
        feeds: All of them; one without a fact on a day closes it all the same.
        misstated: Dates that are closed with a fact too many, and a day later as they are.
    """

    def __init__(self, feeds: Iterable[Feed], first: date, misstated: Iterable[Key] = ()) -> None:
        self._feeds = list(feeds)
        self._misstated = set(misstated)
        self._facts: defaultdict[Key, dict[str, Money | None]] = defaultdict(dict)
        self._due: set[Key] = set()
        self._closed_to = first - ONE_DAY

    def send(self, sent: Iterable[Arrival]) -> None:
        """Enter what is sent; of a fact that is sent again the latest counts."""
        for _, record in sorted(sent, key=lambda each: each.arrival_ms):
            if isinstance(record.data, EventBody):
                self._enter(record, record.data)

    def close(self, day: date) -> Iterator[Arrival]:
        """Yield the closing records of the morning after `day`.

        They are of it, of the days since the last time, and of what changed.
        """
        count = (day - self._closed_to) // ONE_DAY
        days = [self._closed_to + ONE_DAY * (n + 1) for n in range(count)]
        self._due |= {Key(feed, each) for feed in self._feeds for each in days}
        self._closed_to = day
        at_ms = midnight_ms(day + ONE_DAY) + CLOSES_MS
        for key in sorted(self._due, key=lambda each: (each.day, each.feed)):
            if key.day <= day:
                self._due.discard(key)
                yield Arrival(at_ms, self._closed(key, at_ms, more=key in self._misstated))
                if key in self._misstated:
                    self._misstated.discard(key)
                    self._due.add(key)
        for key in [key for key in self._facts if key.day < day - REMEMBERS]:
            del self._facts[key]

    def _enter(self, record: Record, data: EventBody) -> None:
        money = amount_of(data)
        match data:
            case Repayment():
                stream, day = "repayment", data.booking_date
            case PosClearing():
                stream, day = "pos_clearing", data.clearing_date
            case _:
                stream, day = "settlement", data.booking_date
        if day is None:
            raise ValueError(f"expected a business date in `{record.record_id}`, found none")
        key, fact = Key(Feed(record.source, stream), day), business_key(record.source, data)
        if data.record_kind is RecordKind.CANCEL:
            del self._facts[key][fact]
            self._due.add(key)
        elif self._facts[key].get(fact) != money or fact not in self._facts[key]:
            self._facts[key][fact] = money
            self._due.add(key)

    def _closed(self, key: Key, at_ms: int, *, more: bool) -> Record:
        facts = self._facts[key].values()
        sums: defaultdict[str, int] = defaultdict(int)
        for money in filter(None, facts):
            sums[money.currency] += money.amount_minor
        data = Plain(
            "business_date_closed.v1",
            {
                "stream": key.feed.stream,
                "business_date": key.day,
                "count": len(facts) + more,
                "sums": [
                    {"amount_minor": amount, "currency": currency}
                    for currency, amount in sorted(sums.items())
                ],
            },
        )
        record_id = f"closed-{key.feed.stream}-{key.day}-at-{wire(at_ms)}"
        return Record(record_id, key.feed.source, at_ms, data)


class Positions:
    """The core's positions: each open loan, and each that was paid off the day before."""

    def __init__(self) -> None:
        self._closed: set[str] = set()

    def of(self, loan: LoanDay, *, is_paid_off: bool) -> Iterator[Arrival]:
        """Yield the position of a loan at the end of a day, on the morning after."""
        if loan.loan_id in self._closed:
            return
        if is_paid_off:
            self._closed.add(loan.loan_id)
        at_ms = midnight_ms(loan.day + ONE_DAY) + POSITIONS_MS
        data = LoanPosition(
            loan_id=loan.loan_id,
            as_of=loan.day,
            dpd=loan.dpd,
            overdue=Money(amount_minor=loan.overdue_minor, currency=loan.currency),
            status=LoanStatus.PAID_OFF if is_paid_off else LoanStatus.ACTIVE,
        )
        yield Arrival(at_ms, Record(f"{loan.loan_id}-{loan.day}", SOURCE, at_ms, data))
