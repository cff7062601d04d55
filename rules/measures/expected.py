"""Expected sales: what a usual day of that weekday brings (domain.md 3.1).

    E(d) = b(dow) x h(segment, phase)

b is the 10 %-trimmed mean of the last 8 eligible values of the same weekday before d. Of 8, one
is left out at each end, as in the simulation of domain.md 3.9 (10 % of 8, rounded up): a mean and
not a median, because the median of a shop that sells on few days is 0. h is 1, or unknown
(`rules.measures.phases`); there is no expectation then. An eligible day is in no special phase,
its feed has closed it, and history had begun.

**Frozen**: with an episode open since day D, every expectation from D on is made of values before
D, so that a lasting fall does not become the new normal. It is computed anew from the daily
series, which are kept for 400 days: an episode older than about 340 days has no baseline left.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import lcm
from typing import Final, NamedTuple

from rules.measures.flow import Flow
from rules.measures.phases import Phases

WEEK: Final = 7
VALUES: Final = 8
"""How many values of the same weekday make a baseline."""

LEAST_VALUES: Final = 4
"""With fewer, there is none [D]."""

SCALE: Final = lcm(*range(1, VALUES + 1))
"""Means of up to 8 values are whole numbers when multiplied by this: 840."""


class Weekday(NamedTuple):
    """The eligible days of one weekday before the baseline is frozen, and what they brought."""

    days: list[int]
    counts: list[int]
    amounts: list[int]


class Expected:
    """What a flow is expected to bring, day by day.

    Args:
        flow: Of which it is expected.
        phases: The calendar.
        closed: The last day of which everything is here.
        opened: The day from which the baseline is frozen, if it is.
    """

    def __init__(self, flow: Flow, phases: Phases, closed: int, opened: int | None) -> None:
        self.flow = flow
        self.closed = closed
        self.frozen = closed + 1 if opened is None else min(opened, closed + 1)
        self._phases = phases
        self._weekdays: dict[int, Weekday] = {}
        self._amounts: dict[int, int | None] = {}

    def amount(self, day: int) -> int | None:
        """Return the expected amount of a day, in minor units x `SCALE`; `None` if unknown."""
        if day not in self._amounts:
            self._amounts[day] = self._amount(day)
        return self._amounts[day]

    def total(self, first: int, last: int) -> int | None:
        """Return the expected amount of these days x `SCALE`; `None` if of any it is unknown."""
        total = 0
        for day in range(first, last + 1):
            amount = self.amount(day)
            if amount is None:
                return None
            total += amount
        return total

    def is_known(self, window: int) -> bool:
        """Whether something is expected of each of the last `window` closed days."""
        return self.total(self.closed - window + 1, self.closed) is not None

    def days(self, day: int) -> list[int]:
        """Return the days that a day is compared with, in order; 8 at most."""
        weekday, end = self._before(day)
        return weekday.days[max(0, end - VALUES) : end]

    def counts(self, day: int) -> list[int]:
        """Return the counts of these days."""
        weekday, end = self._before(day)
        return weekday.counts[max(0, end - VALUES) : end]

    def _amount(self, day: int) -> int | None:
        if self._phases.is_unknown(day):
            return None
        weekday, end = self._before(day)
        return trimmed_mean(weekday.amounts[max(0, end - VALUES) : end])

    def _before(self, day: int) -> tuple[Weekday, int]:
        """Return the weekday of a day, and how many of its days are before the day."""
        weekday = self._weekdays.get(day % WEEK)
        if weekday is None:
            weekday = self._weekdays[day % WEEK] = self._gather(day)
        return weekday, bisect_left(weekday.days, day)

    def _gather(self, day: int) -> Weekday:
        began = self.frozen if self.flow.began is None else self.flow.began
        every = range(began + (day - began) % WEEK, self.frozen, WEEK)
        days = self._phases.eligible(every)
        counts, amounts = self.flow.counts, self.flow.amounts
        return Weekday(
            days, [counts.get(each, 0) for each in days], [amounts.get(each, 0) for each in days]
        )


def trimmed_mean(values: Sequence[int]) -> int | None:
    """Return the 10 %-trimmed mean of up to 8 values, x `SCALE`; `None` of fewer than 4.

    Examples:
        >>> trimmed_mean([0, 1, 2, 3, 4, 5, 6, 700]) / SCALE
        3.5
    """
    if len(values) < LEAST_VALUES:
        return None
    kept = sum(values) - min(values) - max(values)
    return kept * (SCALE // (len(values) - 2))
