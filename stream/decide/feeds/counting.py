"""One event, counted once, for the business date of its feed.

Counted are facts, not records: a business key once, with its latest version's date and amount; a
cancelled one not at all; of an event of several borrowers, one copy. What was counted is
remembered by the borrower until its date is verified and lies behind the repair horizon (of
repayments, which are few and corrected late, for as long as a day is remembered), so that a
correction can take it back. Of feeds without closed dates nothing is counted.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from schemas.control import FeedKind
from schemas.feed import feed_name, split_feed
from schemas.header import RecordKind
from schemas.instants import MILLISECOND
from schemas.journal import Event, PosClearingEvent, RepaymentEvent, SettlementEvent, stream_of
from schemas.money import Money
from stream.decide.borrower import COUNTED, Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.feeds.dates import KEPT
from stream.decide.feeds.declared import Feed
from stream.decide.feeds.state import Counted, Fact
from stream.decide.known import short_key
from stream.decide.versions import Judgement

KEPT_MS: Final = {"repayment": KEPT // MILLISECOND}
NOTHING: Final = ""
"""The currency of a fact without an amount."""


def take_stock(borrower: Borrower, event: Event, judgement: Judgement, at: Broadcast) -> None:
    """Remember which feed the event came from, and count it for its date."""
    if judgement is not Judgement.NEW and judgement is not Judgement.SUPERSEDES:
        return
    stream = stream_of(event)
    note_sources(borrower, stream, (event.source,))
    name = feed_name(event.source, stream)
    feed = at.declared[name]
    if feed.kind is FeedKind.FILE and not event.copy:
        _count(borrower, event, name, at, is_new=judgement is Judgement.NEW)


def note_sources(borrower: Borrower, stream: str, sources: Iterable[str]) -> None:
    """Remember sources that feed a borrower: of its events, or named in its contract."""
    known = borrower.feeds.get(stream, [])
    more = sorted({*known, *sources})
    if more != known:
        borrower.feeds[stream] = more
        borrower.changed.add("feeds")


def business_date(event: Event, feed: Feed) -> date:
    """Return the date that the source's books have the event under.

    That is what it says (`clearing_date` of a sale, else `booking_date`), or the date of its time
    in the feed's zone.
    """
    said = event.data.booking_date
    if isinstance(event, PosClearingEvent):
        said = event.data.clearing_date or said
    return said or feed.date_of(event.event_at_ms)


def _count(borrower: Borrower, event: Event, name: str, at: Broadcast, *, is_new: bool) -> None:
    counted = _open(borrower, name, at)
    key = short_key(event)
    before = counted.facts.pop(key, None)
    if before is not None:
        at.dates.add(name, before.day, -1, before.currency, -before.amount_minor)
    elif not is_new:
        return  # a correction of what is settled
    if event.data.record_kind is not RecordKind.CANCEL:
        after = counted.facts[key] = _fact(event, at.declared[name])
        at.dates.add(name, after.day, 1, after.currency, after.amount_minor)
    borrower.counted[name] = counted
    borrower.changed.add(COUNTED + name)


def _open(borrower: Borrower, name: str, at: Broadcast) -> Counted:
    """Return what was counted and may still be taken back; the rest is forgotten."""
    counted = borrower.counted.get(name) or Counted()
    verified, feed = at.position.feeds.verified.get(name), at.declared[name]
    if verified is None:
        return counted
    kept_ms = max(feed.horizon_ms, KEPT_MS.get(split_feed(name)[1], 0))
    settled = min(verified, feed.date_of(max(0, at.position.now_ms - kept_ms)))
    if counted.settled != settled:
        counted.facts = {key: fact for key, fact in counted.facts.items() if fact.day > settled}
        counted.settled = settled
    return counted


def _fact(event: Event, feed: Feed) -> Fact:
    amount = _amount(event)
    day = business_date(event, feed)
    return Fact(day, amount.amount_minor, amount.currency) if amount else Fact(day, 0, NOTHING)


def _amount(event: Event) -> Money | None:
    match event:
        case RepaymentEvent(data=data):
            return data.amount_paid
        case SettlementEvent(data=data):
            return data.amount
        case PosClearingEvent(data=data):
            return data.amount_gross
