"""What is wrong with the feeds, told once when it begins and once when it ends.

Told by the one book that speaks, from broadcast records alone, with ids that come out the same on
every fold. Watched are the feeds that people declared: of another nobody knows how often it is
to be heard.

    H01   a source of which a stream has no heartbeat, a file no closed date, for longer than it may
    H02   a feed whose events come far later than they use to
    H05   a date whose totals are not what the source says; a file that closes no date although
          its source lives: it was heard in the latter half of that time
    H10   on the wall clock: a heartbeat ahead of the time by more than five minutes
    H11   a day that a region's calendar does not know

What has lasted too long is stamped with the instant when that was so, as a timer's alert is.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.control import FeedKind
from schemas.feed import Totals, feed_name, split_feed
from schemas.health import HealthKind
from schemas.instants import MINUTE_MS, from_ms, wire
from schemas.journal import DateVerified, LatenessSnapshot, Tick
from stream.decide.calendar import Calendar
from stream.decide.feeds.dates import Dates
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.state import FeedsState

SKEW_MS: Final = 5 * MINUTE_MS
"""How far a source's clock may be ahead (domain.md 3.7, H10)."""


class Finding(NamedTuple):
    """One message for `health`."""

    kind: HealthKind
    subject: str
    about: str
    message: str
    at_ms: int
    ended: bool = False


class _Late(NamedTuple):
    """A feed that has stood still for too long: since when, and from when on that was too long."""

    name: str
    what: str
    since_ms: int
    late_ms: int
    is_alive: bool


def silence(state: FeedsState, declared: Declared, now_ms: int) -> Iterator[Finding]:
    """Yield the sources that are silent, the files that stop though theirs live, and their ends.

    A source that is dead is one finding, however many feeds it has.
    """
    late = [each for name in declared.watched if (each := _late(state, declared, name, now_ms))]
    silent = {split_feed(each.name)[0]: each for each in reversed(late) if not each.is_alive}
    for source in sorted({split_feed(name)[0] for name in declared.watched}):
        yield from _turn(state, HealthKind.SOURCE_SILENT, source, silent.get(source), now_ms)
    stopped = {each.name: each for each in late if each.is_alive}
    for name in declared.watched:
        yield from _turn(state, HealthKind.BROKEN_TOTALS, name, stopped.get(name), now_ms)


def _late(state: FeedsState, declared: Declared, name: str, now_ms: int) -> _Late | None:
    feed, since_ms = declared[name], state.moved_ms.get(name, now_ms)
    if now_ms - since_ms <= feed.silent_after_ms:
        return None
    is_file = feed.kind is FeedKind.FILE
    alive_ms = state.alive_ms.get(name, 0)
    return _Late(
        name=name,
        what=f"no {'closed date' if is_file else 'heartbeat'} of {split_feed(name)[1]}",
        since_ms=since_ms,
        late_ms=since_ms + feed.silent_after_ms,
        is_alive=is_file and now_ms - alive_ms <= feed.silent_after_ms // 2,
    )


def _turn(
    state: FeedsState, kind: HealthKind, subject: str, late: _Late | None, now_ms: int
) -> Iterator[Finding]:
    is_open = _key(kind, subject) in state.findings
    if late is not None and not is_open:
        text = f"{late.what} since {wire(late.since_ms)}"
        text += ", though its source lives" if late.is_alive else ""
        yield _begin(state, Finding(kind, subject, wire(late.since_ms), text, late.late_ms))
    elif late is None and is_open:
        yield _end(state, kind, subject, "it goes on", now_ms)


def given_up(state: FeedsState, declared: Declared, now_ms: int) -> Iterator[Finding]:
    """Yield the end of what was found about feeds that are not watched any more."""
    watched = {*declared.watched, *(split_feed(name)[0] for name in declared.watched)}
    for key in sorted(state.findings):
        kind, _, subject = key.partition(" ")
        feed = subject if subject in watched else subject.rpartition("/")[0]
        if feed not in watched and kind != HealthKind.CALENDAR_UNKNOWN:
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


def skipped(state: FeedsState, dates: Dates, feed: str, now_ms: int) -> Iterator[Finding]:
    """Yield the date that a source has not closed although it has closed a later one."""
    day, kind = state.broken.get(feed), HealthKind.BROKEN_TOTALS
    subject = f"{feed}/{day}"
    if day is None or dates.is_claimed(feed, day) or _key(kind, subject) in state.findings:
        return
    text = f"{day} was never closed, and a later date was"
    yield _begin(state, Finding(kind, subject, "not closed", text, now_ms))


def lateness(state: FeedsState, declared: Declared, said: LatenessSnapshot) -> Iterator[Finding]:
    """Yield the feeds that have come to be late, and those that are so no more."""
    kind = HealthKind.LATENESS
    for name in declared.watched:
        late, is_open = said.late.get(name), _key(kind, name) in state.findings
        if late is not None and not is_open:
            text = (
                f"of {late.n} events of {said.day} 95 % came within {late.p95_ms // 1000} s, "
                f"usually within {late.usual_ms // 1000} s: absence may be believed too early"
            )
            yield _begin(state, Finding(kind, name, wire(said.at_ms), text, said.at_ms))
        elif late is None and is_open:
            yield _end(state, kind, name, "it comes as it uses to", said.at_ms)


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
