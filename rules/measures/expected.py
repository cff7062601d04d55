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

from collections.abc import Iterator, Sequence
from math import lcm
from typing import Final

from rules.measures.flow import Flow
from rules.measures.phases import Phases

WEEK: Final = 7
VALUES: Final = 8
"""How many values of the same weekday make a baseline."""

LEAST_VALUES: Final = 4
"""With fewer, there is none [D]."""

TRIMMED: Final = 10
"""One in ten is left out at each end, rounded up."""

SCALE: Final = lcm(*range(1, VALUES + 1))
"""Means of up to 8 values are whole numbers when multiplied by this: 840."""


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
        self._phases = phases
        self.frozen = closed + 1 if opened is None else min(opened, closed + 1)
        self._baselines: dict[int, tuple[int, ...]] = {}
        self._amounts: dict[int, int | None] = {}
        self._counts: dict[int, int] = {}

    def baseline(self, day: int) -> tuple[int, ...]:
        """Return the days that a day is compared with, the latest first; 8 at most."""
        start = min(day, self.frozen)
        start -= (start - day) % WEEK or WEEK
        if start not in self._baselines:
            self._baselines[start] = tuple(self._back_from(start))
        return self._baselines[start]

    def amount(self, day: int) -> int | None:
        """Return the expected amount of a day, in minor units x `SCALE`; `None` if unknown."""
        if day not in self._amounts:
            self._amounts[day] = self._amount(day)
        return self._amounts[day]

    def count(self, day: int) -> int:
        """Return the plain mean count of a day's baseline x `SCALE`; of a day that has one."""
        if day not in self._counts:
            counts = [self.flow.count(each) for each in self.baseline(day)]
            self._counts[day] = sum(counts) * (SCALE // len(counts))
        return self._counts[day]

    def is_known(self, window: int) -> bool:
        """Whether something is expected of each of the last `window` closed days."""
        return self.total(self.closed - window + 1, self.closed) is not None

    def total(self, first: int, last: int) -> int | None:
        """Return the expected amount of these days x `SCALE`; `None` if of any it is unknown."""
        total = 0
        for day in range(first, last + 1):
            amount = self.amount(day)
            if amount is None:
                return None
            total += amount
        return total

    def _amount(self, day: int) -> int | None:
        if self._phases.is_unknown(day):
            return None
        days = self.baseline(day)
        return (
            trimmed_mean([self.flow.amount(each) for each in days])
            if len(days) >= LEAST_VALUES
            else None
        )

    def _back_from(self, day: int) -> Iterator[int]:
        began, found = self.flow.began, 0
        while began is not None and day >= began and found < VALUES:
            if self._phases.is_eligible(day):
                found += 1
                yield day
            day -= WEEK


def trimmed_mean(values: Sequence[int]) -> int:
    """Return the 10 %-trimmed mean of 4 to 8 values, x `SCALE`.

    Examples:
        >>> trimmed_mean([0, 1, 2, 3, 4, 5, 6, 700]) / SCALE
        3.5
    """
    cut = -(-len(values) // TRIMMED)
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) * (SCALE // len(kept))
