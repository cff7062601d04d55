"""The whole simulated book: references, then one day after the other, with clock records.

Each source says each full hour of the simulated days (or every so many), and the end of the last
one, unless it is dead. What was planted is known before the first record is made.
"""

import csv
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Final, NamedTuple, TextIO

from schemas.control import CalendarBody, ConductBody, SourcesBody
from schemas.instants import DAY_MS, HOUR_MS, wire
from stream.sources.labels import Label
from stream.sources.records import Record, clock
from stream.sources.simulator import contacts, declared, plots
from stream.sources.simulator.calendar import mainland
from stream.sources.simulator.cases import Span
from stream.sources.simulator.daily import Books, Feed, Positions, feeds_of, heartbeat
from stream.sources.simulator.feeds import Arrival, Line
from stream.sources.simulator.life import Life
from stream.sources.simulator.merchants import (
    ACQUIRERS,
    SIZES,
    SOURCE,
    TRADES,
    Size,
    Trade,
    draw,
    feed_of,
    midnight_ms,
)
from stream.sources.simulator.references import references
from stream.sources.simulator.stories.base import Expect, Fact, Story
from stream.sources.simulator.truth import LoanDay, SalesDay

SUNDAY: Final = 7

LARGEST_BOOK: Final = 100_000
"""The index of a merchant has five digits."""

Truth = Callable[[SalesDay, LoanDay], None]
"""Takes what is true of a merchant at the end of a day."""


class Planted(NamedTuple):
    """A line of the list of what was planted, and what must come of it.

    `expect` is one of `Expect`. A decoy has no rule, and tier 0; what is about no borrower has a
    subject instead. `until` is empty unless something is expected of a stretch of time.
    """

    case: str
    borrower_id: str
    rule: str
    tier: int
    at: str
    expect: str = Expect.WARNS.value
    until: str = ""
    subject: str = ""


class Book:
    """A simulated book of loans.

    Args:
        seed: The same seed, the same book.
        borrowers: How many, up to `LARGEST_BOOK`.
        days: How many days, from 1.
        start: The first of them.
        lifelike: Whether shops vary, close and are told of as real ones; else they are regular,
            so that whatever is far out was planted.
        stories: The names of the plots (`plots.PLOTS`, `all` or `none`) to plant in the place of
            the usual cases.
        sizes: Of which sizes shops are.
        trades: Of which kinds.
        contactable: Whether it is known how borrowers may be contacted; else nobody ever is.

    Raises:
        ValueError: If a number is out of its range.
        StoryError: If a story does not exist or does not fit.

    Examples:
        >>> book = Book(seed=7, borrowers=10, days=30, start=date(2026, 1, 5))
        >>> "first_nsf" in {row.case for row in book.planted}, next(book.records()).type
        (True, 'borrower_profile.v1')
    """

    def __init__(
        self,
        *,
        seed: int,
        borrowers: int,
        days: int,
        start: date,
        lifelike: bool = False,
        stories: Sequence[str] = (),
        sizes: Sequence[Size] = SIZES,
        trades: Sequence[Trade] = TRADES,
        contactable: bool = False,
    ) -> None:
        if seed < 0 or not 1 <= borrowers <= LARGEST_BOOK or days < 1:
            raise ValueError(
                f"expected a seed from 0, 1 to {LARGEST_BOOK} borrowers and at least a day, "
                f"got {seed}, {borrowers} and {days}"
            )
        self.days = [start + timedelta(days=n) for n in range(days)]
        drawn = [
            draw(seed, index, start, lifelike=lifelike, sizes=sizes, trades=trades)
            for index in range(borrowers)
        ]
        merchants = [merchant for merchant, _ in drawn]
        chances = random.Random(f"{seed}:stories")  # noqa: S311 - a plot, not a secret
        span = Span(start, self.days[-1])
        if stories:
            self._cast = plots.cast(stories, merchants, span, chances)
        else:
            self._cast = plots.defaults(merchants, span, chances)
        cast = {story.merchant.tag: story for story in self._cast.stories}
        self._stories = [cast.get(each.tag, Story(merchant=each)) for each in merchants]
        self._contactable = contactable
        self._rngs = [rng for _, rng in drawn]
        self._sources = (SOURCE, *map(feed_of, ACQUIRERS)) if lifelike else (SOURCE,)

    @property
    def controls(self) -> tuple[SourcesBody | CalendarBody | ConductBody, ...]:
        """What the lender would declare of this world: feeds, calendar, and how it contacts."""
        known, last = mainland(), self._cast.calendar_to
        calendar = declared.calendar(known if last is None else known.until(last))
        conduct = (contacts.ACCEPTED,) if self._contactable else ()
        return declared.feeds(self._sources), calendar, *conduct

    @property
    def planted(self) -> list[Planted]:
        """What was planted, in order of time."""
        rows = [
            _planted(story.case, story.merchant.borrower_id, fact)
            for story in self._stories
            for fact in story.facts
        ]
        rows += [_planted(each.case, "", each.fact, each.subject) for each in self._cast.facts]
        return sorted(rows, key=lambda row: (row.at, row.borrower_id))

    @property
    def labels(self) -> Iterator[Label]:
        """Who is bad, by size of shop: whoever a rule is to warn of; since when, if it is bad."""
        for story in self._stories:
            warned = [fact.at_ms for fact in story.facts if fact.expect is Expect.WARNS]
            yield Label(
                story.merchant.borrower_id,
                int(bool(warned)),
                outcome_ms=min(warned, default=None),
                stratum=story.merchant.size.band,
            )

    def records(
        self,
        days: Iterable[date] | None = None,
        *,
        truth: Truth | None = None,
        feeds: bool = False,
        positions: bool = False,
        heard_every: int = 1,
        told_weekly_until: date = date.min,
    ) -> Iterator[Record]:
        """Yield every record, in the order in which they arrive. To be asked once.

        Args:
            days: What gives `self.days` one by one, such as a progress bar around them.
            truth: Is told what is true of each merchant at the end of each day.
            feeds: Whether the feeds say that they live, and what they have closed.
            positions: Whether the core says each morning how each loan stands.
            heard_every: Each so many hours, from midnight, a source says what time it is.
            told_weekly_until: Before this day feeds and core say what they have to say of
                themselves each Sunday alone, as in a history that is loaded.
        """
        for story in self._stories:
            yield from self._references(story)
        line = Line(self._cast.silences)
        named = [feed for source in self._sources for feed in feeds_of(source)] if feeds else []
        books, core = Books(named, self.days[0], self._cast.misstated), Positions()
        lives = [Life(*each) for each in zip(self._stories, self._rngs, strict=True)]
        morning: list[Arrival] = []
        for day in self.days if days is None else days:
            sent = [*morning, *chain.from_iterable(life.day(day) for life in lives)]
            is_told = day >= told_weekly_until or day.isoweekday() == SUNDAY
            clocks = self._hours(day, line, named, heard_every) if is_told else ()
            end_ms = midnight_ms(day) + DAY_MS
            yield from (each.record for each in line.until(end_ms, chain(sent, clocks)))
            stands = [life.truth(day) for life in lives]
            if truth is not None:
                for sales, loan in stands:
                    truth(sales, loan)
            morning = []
            if feeds:
                books.send(sent)
            if feeds and is_told:
                morning += books.close(day)
            if positions and is_told:
                for life, (_, loan) in zip(lives, stands, strict=True):
                    morning += core.of(loan, is_paid_off=life.is_paid_off(day))
        end_ms = midnight_ms(self.days[-1]) + DAY_MS
        yield from (each.record for each in self._clocks(end_ms, line, named))

    def _references(self, story: Story) -> Iterator[Record]:
        merchant, start = story.merchant, self.days[0]
        if not self._contactable:
            yield from references(merchant, start)
            return
        yield from references(merchant, start, conduct_profile=contacts.PROFILE)
        yield contacts.contact_state(merchant, story.zones, start)

    def _hours(self, day: date, line: Line, feeds: list[Feed], every: int) -> Iterator[Arrival]:
        """Yield what the sources say of the time on `day`."""
        for at_ms in range(midnight_ms(day), midnight_ms(day) + DAY_MS, every * HOUR_MS):
            yield from self._clocks(at_ms, line, feeds)

    def _clocks(self, at_ms: int, line: Line, feeds: list[Feed]) -> Iterator[Arrival]:
        for source in self._sources:
            if line.speaks(source, at_ms):
                yield Arrival(at_ms, clock(source, at_ms))
        for feed in feeds:
            if line.speaks(feed.source, at_ms):
                yield Arrival(at_ms, heartbeat(feed, at_ms))


def _planted(case: str, borrower_id: str, fact: Fact, subject: str = "") -> Planted:
    until = "" if fact.until_ms is None else wire(fact.until_ms)
    return Planted(
        case,
        borrower_id,
        fact.rule,
        fact.tier,
        wire(fact.at_ms),
        fact.expect.value,
        until,
        subject,
    )


def write_planted(rows: Iterable[Planted], out: TextIO) -> None:
    """Write the list of what was planted as CSV, with a header."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Planted._fields)
    writer.writerows(rows)
