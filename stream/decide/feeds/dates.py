"""What this partition has of each business date of a file feed, and the verdict on all partitions.

    counted here ──┐ at each round while it is closed and not verified: `DayClosed`
    source's claim ┴──> crossing ──> `DateVerified`: do all partitions have what was claimed?

A round is a tick that all partitions have: so crossing adds up what was there at one place of the
log. Were each to tell of its own changes when they come, a sum of old and new might be right by
chance.

A date is verified only with every date before it, and each of them has to be closed: the first one
that is not is where the feed stands. Once verified it is settled: what is corrected later is
business, not a broken file, until the source closes the date anew.

Stored day by day, so that a checkpoint writes no more than the days that changed.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from schemas.control import FileDays
from schemas.crossing import Claimed, DayClosed
from schemas.feed import Totals, feed_name, split_feed, without_zeros
from schemas.journal import DateClosed, DateVerified
from stream.decide.feeds.declared import Feed
from stream.decide.feeds.state import FeedsState

PREFIX: Final = b"#day/"
MOST_CLAIMS: Final = 999
ONE_DAY: Final = timedelta(days=1)
KEPT: Final = timedelta(days=60)
"""How long a verified day is remembered: until then its source may close it anew [D]."""


class Day(msgspec.Struct, array_like=True, kw_only=True):
    """One business date of one feed.

    Attributes:
        count: Facts of this partition.
        sums: Their amounts, by currency.
        claim: What the source says.
        claims: How often the source has said something new.
        verdict: The version of crossing's verdict, 0 for none.
        is_ok: What that said; `None` where it is not about the present claim.
    """

    count: int = 0
    sums: dict[str, int] = msgspec.field(default_factory=dict)
    claim: Totals | None = None
    claims: int = 0
    verdict: int = 0
    is_ok: bool | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Day).decode


class Dates:
    """The days of one partition, by feed and date.

    Args:
        partition: Its number, with which crossing tells partitions apart.
    """

    def __init__(self, partition: int = 0) -> None:
        self._partition = partition
        self._days: dict[str, dict[date, Day]] = {}
        self._changed: set[tuple[str, date]] = set()

    def add(self, feed: str, day: date, count: int, currency: str, amount_minor: int) -> None:
        """Count a fact of a date, or with negative numbers take one back."""
        here = self._take(feed, day)
        here.count += count
        here.sums[currency] = here.sums.get(currency, 0) + amount_minor

    def claim(self, said: DateClosed, state: FeedsState) -> Claimed | None:
        """Note what a source says of a date; return what crossing has to hear, if that is new."""
        feed = feed_name(said.source, said.stream)
        self._forget(feed, state.verified.get(feed))
        known = self._days.get(feed, {}).get(said.business_date)
        if known is not None and known.claim == said.totals:
            return None
        day = self._take(feed, said.business_date)
        day.claim, day.claims, day.is_ok = said.totals, min(day.claims + 1, MOST_CLAIMS), None
        return Claimed(
            source=said.source,
            stream=said.stream,
            business_date=said.business_date,
            version=day.claims,
            totals=said.totals,
        )

    def closed(self, feed: str, through: date, at_ms: int) -> Iterator[DayClosed]:
        """Yield what crossing has to hear in a round of the dates that a feed has closed."""
        source, stream = split_feed(feed)
        for business_date in sorted(self._days.get(feed, ())):
            day = self._days[feed][business_date]
            if business_date > through or day.claim is None or day.is_ok:
                continue
            yield DayClosed(
                source=source,
                stream=stream,
                business_date=business_date,
                partition=self._partition,
                at_ms=at_ms,
                totals=Totals(count=day.count, sums=without_zeros(day.sums)),
            )

    def judge(self, verdict: DateVerified) -> bool:
        """Take a verdict in; `False` if it is old, or about another claim than the present one."""
        feed = feed_name(verdict.source, verdict.stream)
        day = self._days.get(feed, {}).get(verdict.business_date)
        if day is None or verdict.version <= day.verdict or verdict.expected != day.claim:
            return False
        day = self._take(feed, verdict.business_date)
        day.verdict, day.is_ok = verdict.version, verdict.ok
        return True

    def settle(self, feed: str, state: FeedsState, expected: Feed) -> None:
        """Let the feed's last verified date follow its verdicts, up to one that is missing."""
        state.broken.pop(feed, None)
        verify_from = expected.verify_from or date.min
        for business_date in sorted(self._days.get(feed, ())):
            day, last = self._days[feed][business_date], state.verified.get(feed)
            if business_date < max(verify_from, last or date.min) or day.claim is None:
                continue
            after = max(verify_from, last + ONE_DAY) if last else business_date
            if after < business_date and expected.closes is FileDays.EVERY_DAY:
                state.broken[feed] = after
                break
            if not day.is_ok:
                if day.is_ok is False and business_date > (last or date.min):
                    state.broken[feed] = business_date
                break
            state.verified[feed] = max(business_date, last or business_date)

    def is_claimed(self, feed: str, day: date) -> bool:
        """Whether the source has closed a date."""
        known = self._days.get(feed, {}).get(day)
        return known is not None and known.claim is not None

    def store(self) -> list[tuple[bytes, bytes | None]]:
        """Return the records of the days that changed since the last call."""
        records: list[tuple[bytes, bytes | None]] = []
        for feed, day in sorted(self._changed):
            known = self._days.get(feed, {}).get(day)
            key = PREFIX + f"{feed}/{day}".encode()
            records.append((key, None if known is None else _encode(known)))
        self._changed.clear()
        return records

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored day, `None` for one that is gone."""
        feed, _, day = key.removeprefix(PREFIX).decode().rpartition("/")
        days: dict[date, Any] = self._days.setdefault(feed, {})
        if value is None:
            days.pop(date.fromisoformat(day), None)
        else:
            days[date.fromisoformat(day)] = _decode(value)

    def _take(self, feed: str, day: date) -> Day:
        self._changed.add((feed, day))
        return self._days.setdefault(feed, {}).setdefault(day, Day())

    def _forget(self, feed: str, verified: date | None) -> None:
        if verified is None:
            return
        for day in [day for day in self._days.get(feed, ()) if day < verified - KEPT]:
            del self._days[feed][day]
            self._changed.add((feed, day))
