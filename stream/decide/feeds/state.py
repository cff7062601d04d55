"""What is remembered of the feeds: by the partition, and by each borrower.

`FeedsState` is what ticks and verdicts have said so far, a part of the position. Invariant: no
time or date in it goes back, whatever two tickers or an old record say.
"""

from datetime import date
from typing import NamedTuple

import msgspec

from schemas.control import FeedKind
from schemas.journal import Tick
from stream.decide.feeds.declared import Declared


class FeedsState(msgspec.Struct, kw_only=True):
    """By feed (`schemas.feed.feed_name`).

    Attributes:
        said_ms: The latest heartbeat that all partitions of its topic have had.
        read_ms: How far it has been read: what waits for its party has not.
        closed: The last business date that it has closed.
        verified: The last date up to which everything that it closed is what we have.
        broken: The first date after it whose totals are not what we have.
        moved_ms: When, by the clock in force, it last got on: a stream's heartbeat, a file's
            closed date. On the input clock not before the heartbeat's own time.
        alive_ms: When its heartbeat last moved.
        findings: What is wrong with it and not over: kind and feed, and the id of the finding.
        late_hour: The last hour of which crossing was told how late events come.
        late_version: The latest answer to that.
    """

    said_ms: dict[str, int] = msgspec.field(default_factory=dict)
    read_ms: dict[str, int] = msgspec.field(default_factory=dict)
    closed: dict[str, date] = msgspec.field(default_factory=dict)
    verified: dict[str, date] = msgspec.field(default_factory=dict)
    broken: dict[str, date] = msgspec.field(default_factory=dict)
    moved_ms: dict[str, int] = msgspec.field(default_factory=dict)
    alive_ms: dict[str, int] = msgspec.field(default_factory=dict)
    findings: dict[str, str] = msgspec.field(default_factory=dict)
    late_hour: int = 0
    late_version: int = 0


class Moved(NamedTuple):
    """The feeds that have got on: their heartbeat, their closed date."""

    alive: frozenset[str]
    closed: frozenset[str]


def learn(state: FeedsState, tick: Tick) -> Moved:
    """Take in what a tick says."""
    alive = frozenset(
        feed for feed, at_ms in tick.watermarks.items() if at_ms > state.said_ms.get(feed, -1)
    )
    closed = frozenset(
        feed for feed, day in tick.closed.items() if day > state.closed.get(feed, date.min)
    )
    state.said_ms.update((feed, tick.watermarks[feed]) for feed in alive)
    state.closed.update((feed, tick.closed[feed]) for feed in closed)
    for feed, at_ms in tick.watermarks.items():
        read_ms = min(at_ms, tick.held.get(feed, at_ms))
        if read_ms > state.read_ms.get(feed, 0):
            state.read_ms[feed] = read_ms
    return Moved(alive, closed)


def note_when(
    state: FeedsState, moved: Moved, declared: Declared, now_ms: int, *, may_lead: bool
) -> None:
    """Note that feeds moved now; one that is to be heard from now on has until then to begin.

    Where it `may_lead` the clock, one stream of a play is read ahead of another: its heartbeat
    says that it lived at its own time, which is not past yet.
    """
    for feed in moved.alive:
        state.alive_ms[feed] = now_ms
    for feed in state.moved_ms.keys() - set(declared.watched):
        del state.moved_ms[feed]
    for feed in declared.watched:
        by = moved.closed if declared[feed].kind is FeedKind.FILE else moved.alive
        if feed in by or feed not in state.moved_ms:
            leads = may_lead and feed in moved.alive and by is moved.alive
            state.moved_ms[feed] = max(now_ms, state.said_ms[feed]) if leads else now_ms


def forget_when(state: FeedsState) -> None:
    """Forget when feeds moved: from here on it is told by another clock."""
    state.moved_ms.clear()
    state.alive_ms.clear()


class Fact(NamedTuple):
    """What was counted of one business key: its date and amount."""

    day: date
    amount_minor: int
    currency: str


class Counted(msgspec.Struct, array_like=True, kw_only=True):
    """What was counted of one borrower and feed, by a digest of the business key.

    Facts up to the date `settled` are forgotten.
    """

    settled: date | None = None
    facts: dict[bytes, Fact] = msgspec.field(default_factory=dict)
