"""Broadcast records about feeds, as the book folds them: ticks, closed dates, verdicts.

Every book follows the feeds and tells crossing what it has of a closed date; the one that speaks
also tells crossing what the source claims, and `health` what is wrong.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from schemas.control import Clock, FeedKind
from schemas.feed import feed_name
from schemas.header import RecordKind
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from schemas.journal import DateClosed, DateVerified, Event, LatenessSnapshot, Tick, stream_of
from stream.decide.broadcast import Broadcast
from stream.decide.feeds import watch
from stream.decide.feeds.watch import Finding
from stream.decide.outbox import Outbox

FIRST_DAY: Final = date(1970, 1, 1).toordinal()


def follow(at: Broadcast, tick: Tick, outbox: Outbox, *, is_round: bool, speaks: bool) -> None:
    """Act on what a tick has said of the feeds; it has been learnt."""
    state, now_ms = at.position.feeds, at.position.now_ms
    if is_round:
        _tell_crossing(at, outbox)
        _tell_lateness(at, outbox)
    if not speaks or not now_ms:
        return
    _tell(watch.silence(state, at.declared, now_ms), outbox)
    _tell(watch.given_up(state, at.declared, now_ms), outbox)
    _tell(watch.unknown_days(state, at.calendar, now_ms), outbox)
    if at.governance.clock is Clock.WALL:
        _tell(watch.skew(state, at.declared, tick), outbox)


def _tell_crossing(at: Broadcast, outbox: Outbox) -> None:
    closed, now_ms = at.position.feeds.closed, at.position.now_ms
    for name in at.declared.watched:
        if at.declared[name].kind is FeedKind.FILE and name in closed:
            for told in at.dates.closed(name, closed[name], now_ms):
                outbox.cross(told)


def _tell_lateness(at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing once an hour how late events came; in days of UTC, as nobody's money."""
    state, hour = at.position.feeds, at.position.now_ms // HOUR_MS
    if at.declared.watched and hour > state.late_hour:
        state.late_hour, at_ms = hour, hour * HOUR_MS
        day = from_ms(at_ms - 1).date()
        outbox.cross(at.lateness.told(at.segments.partition, day, at_ms))


def count_lateness(at: Broadcast, event: Event) -> None:
    """Count how late an event that is new has come, where that is known."""
    is_known = at.governance.clock is Clock.WALL or event.observed_at_ms is not None
    if is_known and event.data.record_kind is RecordKind.ORIGINAL:
        arrival_ms = at.arrival_ms(event)
        feed, day = feed_name(event.source, stream_of(event)), FIRST_DAY + arrival_ms // DAY_MS
        at.lateness.count(feed, day, arrival_ms - event.event_at_ms)


def compare_lateness(
    at: Broadcast, said: LatenessSnapshot, outbox: Outbox, *, speaks: bool
) -> None:
    """Take what crossing says of how late events come; what is older than known says nothing."""
    state = at.position.feeds
    if said.version > state.late_version:
        state.late_version = said.version
        if speaks:
            _tell(watch.lateness(state, at.declared, said), outbox)


def claim(at: Broadcast, said: DateClosed, outbox: Outbox, *, speaks: bool) -> None:
    """Take what a source says of one of its dates; of one that is taken for granted nothing."""
    feed = at.declared[feed_name(said.source, said.stream)]
    is_granted = feed.verify_from is not None and said.business_date < feed.verify_from
    if feed.kind is not FeedKind.FILE or is_granted:
        return
    told = at.dates.claim(said, at.position.feeds)
    if told is not None and speaks:
        outbox.cross(told)


def verify(at: Broadcast, verdict: DateVerified, outbox: Outbox, *, speaks: bool) -> None:
    """Take crossing's verdict on a date; one that is known already changes nothing."""
    if not at.dates.judge(verdict):
        return
    at.settle(feed_name(verdict.source, verdict.stream))
    if speaks:
        state, now_ms = at.position.feeds, at.position.now_ms
        _tell(watch.totals(state, verdict, now_ms), outbox)
        feed = feed_name(verdict.source, verdict.stream)
        _tell(watch.skipped(state, at.dates, feed, now_ms), outbox)


def _tell(findings: Iterable[Finding], outbox: Outbox) -> None:
    for each in findings:
        outbox.health(
            each.kind,
            subject=each.subject,
            about=each.about,
            message=each.message,
            at_ms=each.at_ms,
            ended=each.ended,
        )
