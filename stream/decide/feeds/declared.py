"""What is expected of each feed: as people declared it, else by the defaults of its stream."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.control import FeedKind, FeedSpec, FileDays
from schemas.feed import feed_name, split_feed
from schemas.instants import DAY_MS, MINUTE_MS, from_ms, to_ms

DEFAULTS: Final = {
    "repayment": (10, 3),
    "settlement": (2 * 60, 5),
    "pos_clearing": (36 * 60, 10),
}
"""Watermark delay in minutes and repair horizon in days, by stream (architecture.md 4)."""

SILENT_AFTER: Final = 2
"""A feed may stand still for twice its watermark delay, unless its declaration says else [D]."""

LAST_DAY: Final = date(9990, 1, 1)
"""Later ones are taken for this one: nothing may overflow, whatever a record says."""


LAST_MS: Final = to_ms(datetime.combine(LAST_DAY, time(), tzinfo=UTC))


class Feed(NamedTuple):
    """One feed's expectations.

    Attributes:
        kind: How one learns that everything is there.
        delay_ms: How long after a heartbeat absence is believed.
        horizon_ms: How late an event still repairs windows.
        silent_after_ms: How long it may stand still before somebody is told.
        zone: In which its business dates are counted.
        cut_over_ms: When they end, in milliseconds after local midnight of the same date.
        verify_from: The first business date that has to be verified.
        closes: Which business dates it closes.
        is_declared: Whether people have said that it is to be missed.
    """

    kind: FeedKind
    delay_ms: int
    horizon_ms: int
    silent_after_ms: int
    zone: tzinfo
    cut_over_ms: int
    verify_from: date | None
    closes: FileDays
    is_declared: bool

    def ends_ms(self, day: date) -> int:
        """Return the instant at which a business date ends.

        Examples:
            >>> feed = feed_of(FeedSpec(
            ...     source="acq", stream="pos_clearing", tz="Asia/Shanghai", cut_over="23:00"))
            >>> from_ms(feed.ends_ms(date(2026, 1, 5))).isoformat()
            '2026-01-05T15:00:00+00:00'
        """
        midnight = datetime.combine(min(day, LAST_DAY), time(), tzinfo=self.zone)
        return to_ms(midnight + timedelta(milliseconds=self.cut_over_ms))

    def date_of(self, at_ms: int) -> date:
        """Return the business date of an instant: the first that has not ended by then."""
        day = from_ms(min(at_ms, LAST_MS)).astimezone(self.zone).date()
        return day if at_ms < self.ends_ms(day) else day + timedelta(days=1)

    def last_ended(self, at_ms: int) -> date:
        """Return the last business date that has ended by an instant."""
        return self.date_of(at_ms) - timedelta(days=1)


class Declared:
    """The feeds by name.

    Args:
        specs: What people declared.

    Raises:
        ValueError: If a feed is declared twice, or in a zone that does not exist.
    """

    def __init__(self, specs: Iterable[FeedSpec] = ()) -> None:
        self._feeds: dict[str, Feed] = {}
        self._defaults = {stream: _default(stream) for stream in DEFAULTS}
        for spec in specs:
            name = feed_name(spec.source, spec.stream)
            if name in self._feeds:
                raise ValueError(f"expected each feed once, got `{name}` twice")
            self._feeds[name] = feed_of(spec)
        every = (*self._feeds.values(), *self._defaults.values())
        self._longest_ms = max(feed.horizon_ms for feed in every)

    def __getitem__(self, name: str) -> Feed:
        """Return what is expected of a feed; one that nobody declared has the defaults."""
        return self._feeds.get(name) or self._defaults[split_feed(name)[1]]

    @property
    def longest_ms(self) -> int:
        """The longest repair horizon of all: nothing older than that is put right."""
        return self._longest_ms

    @property
    def watched(self) -> list[str]:
        """The feeds that are to be missed, in order."""
        return sorted(
            name for name, feed in self._feeds.items() if feed.kind is not FeedKind.RETIRED
        )


def feed_of(spec: FeedSpec, *, is_declared: bool = True) -> Feed:
    """Return what a declaration means, with the stream's defaults.

    Raises:
        ValueError: If its zone does not exist.
    """
    delay_min, horizon_days = DEFAULTS[spec.stream]
    if spec.watermark_delay_min is not None:
        delay_min = spec.watermark_delay_min
    silent_min = spec.silent_after_min or max(1, SILENT_AFTER * delay_min)
    return Feed(
        kind=spec.kind,
        delay_ms=delay_min * MINUTE_MS,
        horizon_ms=(spec.repair_horizon_days or horizon_days) * DAY_MS,
        silent_after_ms=silent_min * MINUTE_MS,
        zone=_zone(spec.tz),
        cut_over_ms=_minutes(spec.cut_over) * MINUTE_MS,
        verify_from=spec.verify_from,
        closes=spec.closes,
        is_declared=is_declared,
    )


def _default(stream: str) -> Feed:
    spec = FeedSpec(source="any", stream=stream)
    return feed_of(spec, is_declared=False)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"expected an IANA zone, got `{name}`") from error


def _minutes(wall: str) -> int:
    hours, minutes = wall.split(":")
    return int(hours) * 60 + int(minutes)
