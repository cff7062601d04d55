"""Broadcast records about feeds, as the book folds them: ticks, closed dates, verdicts.

Every book follows the feeds and tells crossing what it has of a closed date; the one that speaks
also tells crossing what the source claims, and `health` what is wrong.
"""

from collections.abc import Iterable

from schemas.control import Clock, FeedKind
from schemas.feed import feed_name
from schemas.journal import DateClosed, DateVerified, Tick
from stream.decide.broadcast import Broadcast
from stream.decide.feeds import watch
from stream.decide.feeds.watch import Finding
from stream.decide.outbox import Outbox


def follow(at: Broadcast, tick: Tick, outbox: Outbox, *, is_round: bool, speaks: bool) -> None:
    """Act on what a tick has said of the feeds; it has been learnt."""
    state, now_ms = at.position.feeds, at.position.now_ms
    if is_round:
        _tell_crossing(at, outbox)
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
