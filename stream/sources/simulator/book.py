"""The whole simulated book: references, then one day after the other, with clock records.

The clock says each full hour of the simulated days, and the end of the last one. What was
planted is known before the first record is made.
"""

import csv
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple, TextIO

from schemas.instants import DAY_MS, HOUR_MS, wire
from stream.sources.records import Record, clock
from stream.sources.simulator.cases import Span, cast
from stream.sources.simulator.life import Arrival, Life
from stream.sources.simulator.merchants import SOURCE, draw, midnight_ms
from stream.sources.simulator.references import references

LARGEST_BOOK: Final = 100_000
"""The index of a merchant has five digits."""


class Planted(NamedTuple):
    """A line of the list of what was planted; a decoy has no rule, and tier 0."""

    case: str
    borrower_id: str
    rule: str
    tier: int
    at: str


class Book:
    """A simulated book of loans.

    Args:
        seed: The same seed, the same book.
        borrowers: How many, up to `LARGEST_BOOK`.
        days: How many days, from 1.
        start: The first of them.

    Raises:
        ValueError: If a number is out of its range.

    Examples:
        >>> book = Book(seed=7, borrowers=10, days=30, start=date(2026, 1, 5))
        >>> "first_nsf" in {row.case for row in book.planted}, next(book.records()).type
        (True, 'borrower_profile.v1')
    """

    def __init__(self, *, seed: int, borrowers: int, days: int, start: date) -> None:
        if seed < 0 or not 1 <= borrowers <= LARGEST_BOOK or days < 1:
            raise ValueError(
                f"expected a seed from 0, 1 to {LARGEST_BOOK} borrowers and at least a day, "
                f"got {seed}, {borrowers} and {days}"
            )
        self.days = [start + timedelta(days=n) for n in range(days)]
        drawn = [draw(seed, index, start) for index in range(borrowers)]
        merchants = [merchant for merchant, _ in drawn]
        chances = random.Random(f"{seed}:stories")  # noqa: S311 - a plot, not a secret
        self._stories = cast(merchants, Span(start, self.days[-1]), chances)
        self._rngs = [rng for _, rng in drawn]

    @property
    def planted(self) -> list[Planted]:
        """What was planted, in order of time."""
        rows = [
            Planted(story.case, story.merchant.borrower_id, fact.rule, fact.tier, wire(fact.at_ms))
            for story in self._stories
            for fact in story.facts
        ]
        return sorted(rows, key=lambda row: (row.at, row.borrower_id))

    def records(self, days: Iterable[date] | None = None) -> Iterator[Record]:
        """Yield every record, in the order in which they arrive. To be asked once.

        Args:
            days: What gives `self.days` one by one, such as a progress bar around them.
        """
        for story in self._stories:
            yield from references(story.merchant, self.days[0])
        lives = [Life(story, rng) for story, rng in zip(self._stories, self._rngs, strict=True)]
        for day in self.days if days is None else days:
            arrivals = chain(_hours(day), *(life.day(day) for life in lives))
            for arrival in sorted(arrivals, key=itemgetter(0)):
                yield arrival.record
        end_ms = midnight_ms(self.days[-1]) + DAY_MS
        yield clock(SOURCE, end_ms)


def _hours(day: date) -> Iterator[Arrival]:
    """Yield a clock record for each hour of `day`."""
    for at_ms in range(midnight_ms(day), midnight_ms(day) + DAY_MS, HOUR_MS):
        yield Arrival(at_ms, clock(SOURCE, at_ms))


def write_planted(rows: Iterable[Planted], out: TextIO) -> None:
    """Write the list of what was planted as CSV, with a header."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Planted._fields)
    writer.writerows(rows)
