"""Money or sales by day: what came in less what was taken back, and where its history begins."""

from collections.abc import Sequence

from rules.measures.reading import Daily


class Flow:
    """A daily series that is the difference of others.

    Args:
        plus: What counts.
        minus: What takes it back.

    Attributes:
        counts: How many events counted, by day; a day that is not there has none.
        amounts: What a day brought, in minor units; negative if more was taken back.
        began: The first day of which anything that counts is kept; before it, nothing is known.

    Examples:
        >>> shop = Flow([{7: (3, 900), 9: (1, 200)}], [{9: (1, 150)}])
        >>> shop.count(7), shop.amount(8), shop.amount(9), shop.began
        (3, 0, 50, 7)
    """

    def __init__(self, plus: Sequence[Daily], minus: Sequence[Daily] = ()) -> None:
        self.began = min((min(each) for each in plus if each), default=None)
        self.counts: dict[int, int] = {}
        self.amounts: dict[int, int] = {}
        for sign, series in [(1, each) for each in plus] + [(-1, each) for each in minus]:
            self._add(series, sign)

    def count(self, day: int) -> int:
        """Return how many events counted on a day."""
        return self.counts.get(day, 0)

    def amount(self, day: int) -> int:
        """Return what a day brought."""
        return self.amounts.get(day, 0)

    def counted(self, first: int, last: int) -> int:
        """Return how many events counted on the days from `first` to `last`, both included."""
        return sum([self.counts.get(day, 0) for day in range(first, last + 1)])

    def total(self, first: int, last: int) -> int:
        """Return what the days from `first` to `last`, both included, brought together."""
        return sum([self.amounts.get(day, 0) for day in range(first, last + 1)])

    def _add(self, series: Daily, sign: int) -> None:
        if not self.counts and sign > 0:
            self.counts = {day: count for day, (count, _) in series.items()}
            self.amounts = {day: total for day, (_, total) in series.items()}
            return
        for day, (count, total) in series.items():
            self.counts[day] = self.counts.get(day, 0) + sign * count
            self.amounts[day] = self.amounts.get(day, 0) + sign * total
