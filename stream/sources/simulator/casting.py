"""What a plot is: it finds its place among the merchants that have no story yet."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple, Protocol

from stream.sources.simulator.cases import Case, Span
from stream.sources.simulator.daily import Key
from stream.sources.simulator.feeds import Silence
from stream.sources.simulator.merchants import Merchant
from stream.sources.simulator.stories.base import Fact, Story

HISTORY_DAYS: Final = 63
"""What the sales rules must have seen before sales change: eight weeks, and one more."""

ENOUGH_SALES: Final = 15
"""A day: of smaller shops a fall in sales is not seen for sure."""


class StoryError(ValueError):
    """A story that does not exist, or finds no place in the book."""


class SubjectFact(NamedTuple):
    """Something planted about no borrower: a source, one of its dates, a segment, a calendar."""

    case: str
    subject: str
    fact: Fact


class Cast(NamedTuple):
    """What a plot takes.

    Attributes:
        stories: Some merchants' lives.
        silences: When feeds keep back what they know.
        facts: What is expected about nobody in particular.
        misstated: The dates whose totals are first told wrong.
        calendar_to: The last year whose calendar the lender declares; None: as far as is known.
    """

    stories: tuple[Story, ...] = ()
    silences: tuple[Silence, ...] = ()
    facts: tuple[SubjectFact, ...] = ()
    misstated: tuple[Key, ...] = ()
    calendar_to: int | None = None


class Plot(Protocol):
    """Finds its place among the merchants that have no story yet; None if it has none."""

    def __call__(
        self, waiting: Sequence[Merchant], span: Span, rng: random.Random, /
    ) -> Cast | None:
        """Cast the plot."""


Casting = Callable[[Merchant, Span, random.Random], Story | None]


def one(casting: Casting) -> Plot:
    """Return the plot of one life: that of the first merchant in which it fits."""

    def plot(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
        fitting = (casting(merchant, span, rng) for merchant in waiting)
        story = next(filter(None, fitting), None)
        return Cast((story,)) if story else None

    return plot


def of_case(case: Case) -> Casting:
    """Return what casts a usual case."""
    return case.cast


def festival(merchant: Merchant, span: Span) -> date | None:
    """Return a festival with history before it and time for what follows."""
    from_day, to_day = span.first + timedelta(days=28), span.last - timedelta(days=30)
    fitting = (day for day in merchant.calendar.festivals if from_day <= day <= to_day)
    return next(fitting, None)


def day_with_history(merchant: Merchant, span: Span, *, then_days: int) -> date | None:
    """Return the first day on which a merchant with enough sales has enough history."""
    day = span.first + timedelta(days=HISTORY_DAYS)
    is_small = merchant.size.sales_a_day < ENOUGH_SALES
    return None if is_small or day + timedelta(days=then_days) > span.last else day
