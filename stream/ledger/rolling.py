"""The day roll: up to which local day a loan is counted (ledger.md 4, architecture.md 4).

A loan rolls to day d when every source of its payments has passed day d - 1: before that, a
payment may be on its way, and to call somebody overdue who has paid is the one mistake that must
not happen. Meanwhile it stays at the last day, *stale*. After `max_wait` days of waiting it rolls
all the same, *unverified*.

Time comes in as a `Times`: the step makes it of its ticks and of the dates that crossing has
verified. Nothing here reads a clock.
"""

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from stream.ledger.records.days import Day, local_day
from stream.ledger.records.state import LoanState
from stream.ledger.records.terms import MAX_WAIT_DAYS


class Passed(NamedTuple):
    """How far one source of repayments has come.

    Attributes:
        at_ms: The watermark of a source that streams: it has sent all that came before.
        through: The last verified business date of a source of files, as a day.
    """

    at_ms: int | None = None
    through: Day | None = None


class Times(NamedTuple):
    """What time it is, and how far the sources of repayments have come.

    Attributes:
        now_ms: The time.
        passed: By source.
        is_patient: Whether nobody is counted without every source, however long that takes: where
            the time is that of the input, days pass while a record is on its way.
    """

    now_ms: int
    passed: Mapping[str, Passed] = {}
    is_patient: bool = False


class Counted(NamedTuple):
    """How far one loan is counted.

    Attributes:
        today: The local day of now.
        day: The day to which it has rolled; at most `today`.
        closed: The last day that all of its sources have passed, 0 if that is unknown.
    """

    today: Day
    day: Day
    closed: Day

    @property
    def is_stale(self) -> bool:
        """Whether it waits for a source."""
        return self.day < self.today

    @property
    def is_unverified(self) -> bool:
        """Whether it rolled without one."""
        return self.day > self.closed + 1


class Wake(NamedTuple):
    """When a loan must be looked at again, if nothing comes of it before.

    Attributes:
        at_ms: Not before this instant,
        through: nor before all sources in `sources` have passed this day,
        by_ms: but at this instant all the same.
        sources: Those that it waits for; empty means every source of repayments.
    """

    at_ms: int
    through: Day
    by_ms: int
    sources: tuple[str, ...]

    def deadline_ms(self, now_ms: int) -> int:
        """Return the next instant at which it is due, if no source passes anything."""
        return self.at_ms if self.at_ms > now_ms else self.by_ms


def counted(state: LoanState, zone: ZoneInfo, times: Times) -> Counted:
    """Return how far a loan is counted."""
    today = local_day(times.now_ms, zone)
    closed = closed_through(sources_of(state), zone, times.passed)
    unverified = 0 if times.is_patient else today - max_wait(state)
    rolled = max(closed + 1 if closed else 0, unverified, state.rolled)
    return Counted(today, min(today, rolled), closed)


def max_wait(state: LoanState) -> int:
    """Return after how many days a loan's roll waits no longer."""
    return MAX_WAIT_DAYS if state.terms is None else state.terms.max_wait


def sources_of(state: LoanState) -> tuple[str, ...]:
    """Return the sources of a loan's payments: the contract's, else those seen."""
    named = state.terms.sources if state.terms else ()
    return named or tuple(state.sources)


def closed_through(sources: tuple[str, ...], zone: ZoneInfo, passed: Mapping[str, Passed]) -> Day:
    """Return the last local day that every source has passed, 0 if one has said nothing.

    Where no source is known yet, every source of repayments must have passed it [D].
    """
    return min((_through(passed.get(each), zone) for each in sources or passed), default=0)


def _through(passed: Passed | None, zone: ZoneInfo) -> Day:
    if passed is None:
        return 0
    by_stream = 0
    if passed.at_ms is not None:
        by_stream = local_day(passed.at_ms, zone) - 1
    return max(by_stream, passed.through or 0)
