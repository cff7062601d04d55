"""What is wrong with the feeds, told once when it begins and once when it ends.

Told by the one book that speaks, from broadcast records alone, with ids that come out the same on
every fold. Watched are the feeds that people declared: of another nobody knows how often it is
to be heard.

    H01   a stream without a heartbeat, a file without a closed date, for longer than it may
    H05   a date whose totals are not what the source says; a file whose source lives (heartbeats)
          and which closes no date
    H10   on the wall clock: a heartbeat ahead of the time by more than five minutes
    H11   a day that a region's calendar does not know

What has lasted too long is stamped with the instant when that was so, as a timer's alert is.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.control import FeedKind
from schemas.feed import Totals, feed_name
from schemas.health import HealthKind
from schemas.instants import MINUTE_MS, from_ms, wire
from schemas.journal import DateVerified, Tick
from stream.decide.calendar import Calendar
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.state import FeedsState

SKEW_MS: Final = 5 * MINUTE_MS
"""How far a source's clock may be ahead (domain.md 3.7, H10)."""


STANDING_STILL: Final = (HealthKind.SOURCE_SILENT, HealthKind.BROKEN_TOTALS)
"""What a feed that stands still may be told as."""


class Finding(NamedTuple):
    """One message for `health`."""

    kind: HealthKind
    subject: str
    about: str
    message: str
    at_ms: int
    ended: bool = False


def silence(state: FeedsState, declared: Declared, now_ms: int) -> Iterator[Finding]:
    """Yield the feeds that stand still for too long, and those that move again."""
    for name in declared.watched:
        feed, moved_ms = declared[name], state.moved_ms.get(name, now_ms)
        late_ms = moved_ms + feed.silent_after_ms
        is_alive = feed.kind is FeedKind.FILE and state.alive_ms.get(name, -1) > moved_ms
        kind = HealthKind.BROKEN_TOTALS if is_alive else HealthKind.SOURCE_SILENT
        opened = [each for each in STANDING_STILL if _key(each, name) in state.findings]
        if now_ms > late_ms and not opened:
            what = "no business date was closed" if feed.kind is FeedKind.FILE else "no heartbeat"
            text = f"{what} since {wire(moved_ms)}" + (", though it lives" if is_alive else "")
            yield _begin(state, Finding(kind, name, wire(moved_ms), text, late_ms))
        elif now_ms <= late_ms:
            for each in opened:
                yield _end(state, each, name, "it goes on", moved_ms)


def given_up(state: FeedsState, declared: Declared, now_ms: int) -> Iterator[Finding]:
    """Yield the end of what was found about feeds that are not watched any more."""
    watched = declared.watched
    for key in sorted(state.findings):
        kind, _, subject = key.partition(" ")
        about = [name for name in watched if subject == name or subject.startswith(f"{name}/")]
        if not about and kind != HealthKind.CALENDAR_UNKNOWN:
            yield _end(state, HealthKind(kind), subject, "it is not watched any more", now_ms)


def totals(state: FeedsState, verdict: DateVerified, now_ms: int) -> Iterator[Finding]:
    """Yield what a verdict on a business date has found."""
    name = feed_name(verdict.source, verdict.stream)
    subject, day = f"{name}/{verdict.business_date}", verdict.business_date.isoformat()
    kind = HealthKind.BROKEN_TOTALS
    is_open = _key(kind, subject) in state.findings
    if not verdict.ok and not is_open:
        text = f"of {day} expected {_told(verdict.expected)}, applied {_told(verdict.applied)}"
        yield _begin(state, Finding(kind, subject, str(verdict.version), text, now_ms))
    elif verdict.ok and is_open:
        yield _end(state, kind, subject, f"all of {day} is there", now_ms)


def skew(state: FeedsState, declared: Declared, tick: Tick) -> Iterator[Finding]:
    """Yield the feeds whose heartbeats are ahead of the wall clock, and which are so no more."""
    kind = HealthKind.CLOCK_SKEW
    for name in declared.watched:
        said_ms = tick.watermarks.get(name)
        is_open = _key(kind, name) in state.findings
        if said_ms is None:
            continue
        ahead_ms = said_ms - tick.wall_at_ms
        if ahead_ms > SKEW_MS and not is_open:
            text = f"its heartbeat is {ahead_ms} ms ahead of the time"
            yield _begin(state, Finding(kind, name, wire(said_ms), text, tick.wall_at_ms))
        elif ahead_ms <= SKEW_MS and is_open:
            yield _end(state, kind, name, "it is not ahead any more", tick.wall_at_ms)


def unknown_days(state: FeedsState, calendar: Calendar, now_ms: int) -> Iterator[Finding]:
    """Yield the regions of whose present days nobody has said which are special."""
    kind, today = HealthKind.CALENDAR_UNKNOWN, from_ms(now_ms).date()
    for region in calendar.regions:
        subject = f"calendar/{region}"
        is_open = _key(kind, subject) in state.findings
        if not calendar.knows(region, today) and not is_open:
            text = f"the calendar of {region} does not know {today}: weekends alone are known"
            yield _begin(state, Finding(kind, subject, str(today.year), text, now_ms))
        elif calendar.knows(region, today) and is_open:
            yield _end(state, kind, subject, f"{today} is known", now_ms)


def _begin(state: FeedsState, finding: Finding) -> Finding:
    state.findings[_key(finding.kind, finding.subject)] = finding.about
    return finding


def _end(state: FeedsState, kind: HealthKind, subject: str, text: str, at_ms: int) -> Finding:
    about = state.findings.pop(_key(kind, subject))
    return Finding(kind, subject, f"{about}/ended", text, at_ms, ended=True)


def _key(kind: HealthKind, subject: str) -> str:
    return f"{kind.value} {subject}"


def _told(said: Totals) -> str:
    """Say totals in words: `412 records, CNY 1234500 minor units`."""
    sums = "".join(f", {currency} {amount}" for currency, amount in said.sums.items())
    return f"{said.count} records{sums}" + (" minor units" if sums else "")
