"""To crossing: this partition's part of the totals over all of them.

    each hour         members and their tiers, and collection attempts of the day that it ends
    each closed day   members' sales up to the end of that day

An hour has passed, and a day is closed, by ticks alone: so all partitions tell of the same ones.
A day is closed when the acquirers have closed it; those that are far behind the first of them are
not waited for, and their merchants are not among the peers until they are back.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.crossing import (
    LANES,
    Attempts,
    AttemptsTold,
    Crossing,
    MembersTold,
    SalesTold,
    SegmentMembers,
    SegmentSales,
    lane_of,
)
from schemas.feed import feed_name
from schemas.instants import HOUR_MS, from_ms
from stream.decide.feeds.watermarks import Watermarks
from stream.decide.segments.tally import WEEK, WEEKS, Tallies

SALES_STREAM: Final = "pos_clearing"
FAR_BEHIND: Final = timedelta(days=2)
"""Acquirers that are further behind the first of them are not waited for [D]."""


def round_of(
    tallies: Tallies, marks: Watermarks, partition: int, zone: ZoneInfo
) -> Iterator[Crossing]:
    """Yield what crossing has to hear at a tick that has been learnt; nothing within an hour.

    Args:
        tallies: Of this partition; notes what is told.
        marks: How far the feeds have come; it has the time.
        partition: Its number.
        zone: In which days are counted.
    """
    hour = marks.now_ms // HOUR_MS
    if hour <= tallies.told.hour:
        return
    tallies.tell_hour(hour)
    at_ms = hour * HOUR_MS
    day = local_date(at_ms - 1, zone)
    tallies.forget(day.toordinal())
    yield AttemptsTold(partition=partition, day=day, at_ms=at_ms, days=_attempts(tallies, day))
    for lane, segments in _members(tallies).items():
        yield MembersTold(lane=lane, partition=partition, day=day, at_ms=at_ms, segments=segments)
    closed = closed_day(marks, zone)
    if closed is not None and closed.toordinal() > tallies.told.day:
        for lane, sales in _sales(tallies, closed.toordinal()).items():
            yield SalesTold(lane=lane, partition=partition, day=closed, at_ms=at_ms, segments=sales)
        tallies.tell_day(closed.toordinal())


def closed_day(marks: Watermarks, zone: ZoneInfo) -> date | None:
    """Return the last day that the acquirers have closed; `None` while nothing is known."""
    feeds = (feed_name(source, SALES_STREAM) for source in marks.passed(SALES_STREAM))
    passed_ms = (marks.feed_ms(feed) for feed in feeds)
    through = [local_date(at_ms, zone) - timedelta(days=1) for at_ms in passed_ms if at_ms]
    return min((day for day in through if day >= max(through) - FAR_BEHIND), default=None)


def local_date(at_ms: int, zone: ZoneInfo) -> date:
    """Return the date of an instant."""
    return from_ms(at_ms).astimezone(zone).date()


def _attempts(tallies: Tallies, day: date) -> dict[date, dict[str, Attempts]]:
    each = (day - timedelta(days=WEEK * weeks) for weeks in range(WEEKS + 1))
    return {
        day: {
            name: Attempts(attempts=channel.attempts, failed=dict(channel.failed))
            for name, channel in sorted(channels.items())
            if channel.attempts
        }
        for day in each
        if (channels := tallies.attempts.get(day.toordinal()))
    }


def _members(tallies: Tallies) -> dict[int, dict[str, SegmentMembers]]:
    lanes: dict[int, dict[str, SegmentMembers]] = {lane: {} for lane in range(LANES)}
    for segment, tally in sorted(tallies.segments.items()):
        raised = {date.fromordinal(day): count for day, count in sorted(tally.raised.items())}
        if tally.members or raised:
            lanes[lane_of(segment)][segment] = SegmentMembers(members=tally.members, raised=raised)
    return lanes


def _sales(tallies: Tallies, day: int) -> dict[int, dict[str, SegmentSales]]:
    lanes: dict[int, dict[str, SegmentSales]] = {lane: {} for lane in range(LANES)}
    for segment, tally in sorted(tallies.segments.items()):
        if (of := tally.days.get(day)) is not None:
            lanes[lane_of(segment)][segment] = SegmentSales(
                ratios={
                    window: dict(sorted(of.ratios[window].items())) for window in sorted(of.ratios)
                },
                asked=of.asked,
                reopened=of.reopened,
            )
    return lanes
