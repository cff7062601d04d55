"""How far has that come which feeds this borrower? What later stages ask.

    stream    the latest heartbeat that has been read, but not ahead of the time, less the delay
    file      the end of the last verified business date; heartbeats say nothing of its content
    retired   not asked: it feeds nobody any more

A borrower's absence needs the feeds that feed *it*: those that its events came from. Where one of
them is unknown, so is the answer.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from schemas.control import FeedKind
from schemas.feed import feed_name, split_feed
from stream.decide.borrower import Borrower
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.state import FeedsState

Ordered = TypeVar("Ordered", int, date)


class Passed(NamedTuple):
    """How far one source has come on one stream; `None` is unknown.

    Attributes:
        at_ms: The watermark of a source that streams: it has sent all that happened before.
        through: The last verified business date of a source of files.
    """

    at_ms: int | None
    through: date | None


class Watermarks(NamedTuple):
    """The feeds at one place of the log.

    Attributes:
        declared: What is expected of them.
        state: What has been said of them.
        now_ms: What time it is, 0 before the first tick: no feed is believed to be ahead of it.
    """

    declared: Declared
    state: FeedsState
    now_ms: int

    def watermark_ms(self, stream: str, borrower: Borrower) -> int | None:
        """Return up to when everything of the stream about the borrower is there.

        `None` is unknown: of a feed of it nothing is known, or none is known to feed it.
        """
        return _least([self.feed_ms(feed) for feed in self.feeding(stream, borrower)])

    def closed_through(self, stream: str, borrower: Borrower) -> date | None:
        """Return the last business date of which everything about the borrower is there."""
        return _least([self.feed_through(feed) for feed in self.feeding(stream, borrower)])

    def is_blind(self, borrower: Borrower, streams: Sequence[str] | None = None) -> bool:
        """Whether some feed of the borrower is silent, or its totals are broken (H01, H05).

        Args:
            borrower: Who.
            streams: Only these; all by default.
        """
        return any(
            self.is_out(feed)
            for stream in (borrower.feeds if streams is None else streams)
            for feed in self.feeding(stream, borrower)
        )

    @property
    def known(self) -> list[str]:
        """The feeds of which something is known, or expected, in order."""
        return sorted({*self.state.read_ms, *self.state.verified, *self.declared.watched})

    def passed(self, stream: str) -> Mapping[str, Passed]:
        """Return by source how far each feed of a stream has come, borrowers apart.

        One that is retired has nothing more to say, and holds nobody up.
        """
        found = {}
        for feed in self.known:
            source, of = split_feed(feed)
            if of == stream:
                is_file = self.declared[feed].kind is FeedKind.FILE
                found[source] = (
                    Passed(None, self.feed_through(feed))
                    if is_file
                    else Passed(self.feed_ms(feed), None)
                )
        return found

    def feed_ms(self, feed: str) -> int | None:
        """Return up to when everything of a feed is there, `None` if that is unknown.

        It is unknown of all feeds while nobody knows what time it is: a feed that had come to the
        beginning of time would close each day since then.
        """
        if not self.now_ms:
            return None
        expected = self.declared[feed]
        if expected.kind is FeedKind.RETIRED:
            return self.now_ms
        if expected.kind is FeedKind.FILE:
            through = self.state.verified.get(feed)
            return None if through is None else min(expected.ends_ms(through), self.now_ms)
        read_ms = self.state.read_ms.get(feed)
        return None if read_ms is None else max(0, min(read_ms, self.now_ms) - expected.delay_ms)

    def feed_through(self, feed: str) -> date | None:
        """Return the last business date of a feed that has passed, `None` if that is unknown."""
        expected = self.declared[feed]
        if expected.kind is FeedKind.FILE:
            return self.state.verified.get(feed)
        at_ms = self.feed_ms(feed)
        return None if at_ms is None else expected.last_ended(at_ms)

    def is_out(self, feed: str) -> bool:
        """Whether a feed that people declared stands still for longer than it may."""
        expected = self.declared[feed]
        if not expected.is_declared or expected.kind is FeedKind.RETIRED:
            return False
        moved_ms = self.state.moved_ms.get(feed, self.now_ms)
        is_broken = expected.kind is FeedKind.FILE and feed in self.state.broken
        return is_broken or self.now_ms - moved_ms > expected.silent_after_ms

    def feeding(self, stream: str, borrower: Borrower) -> list[str]:
        """Return the feeds of a stream that the borrower's events came from, in order."""
        feeds = [feed_name(source, stream) for source in borrower.feeds.get(stream, ())]
        return [each for each in feeds if self.declared[each].kind is not FeedKind.RETIRED]


def _least(each: Sequence[Ordered | None]) -> Ordered | None:
    known = [one for one in each if one is not None]
    return min(known) if known and len(known) == len(each) else None
