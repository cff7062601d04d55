"""Money or sales by day: what came in less what was taken back, and where its history begins."""

from collections.abc import Sequence

from rules.measures.reading import Daily

NOTHING = (0, 0)


class Flow:
    """A daily series that is the difference of others.

    Args:
        plus: What counts.
        minus: What takes it back.

    Examples:
        >>> shop = Flow([{7: (3, 900), 9: (1, 200)}], [{9: (1, 150)}])
        >>> shop.count(7), shop.amount(8), shop.amount(9), shop.began
        (3, 0, 50, 7)
    """

    def __init__(self, plus: Sequence[Daily], minus: Sequence[Daily] = ()) -> None:
        self._plus, self._minus = plus, minus
        self.began: int | None = min((min(each) for each in plus if each), default=None)
        """The first day of which anything is kept; before it, nothing is known."""

    def count(self, day: int) -> int:
        """Return how many events counted on a day."""
        return self._sum(day, 0)

    def amount(self, day: int) -> int:
        """Return what a day brought, in minor units; negative if more was taken back."""
        return self._sum(day, 1)

    def total(self, first: int, last: int) -> int:
        """Return what the days from `first` to `last`, both included, brought together."""
        return sum(self._sum(day, 1) for day in range(first, last + 1))

    def counted(self, first: int, last: int) -> int:
        """Return how many events counted on the days from `first` to `last`."""
        return sum(self._sum(day, 0) for day in range(first, last + 1))

    def _sum(self, day: int, column: int) -> int:
        came = sum([each.get(day, NOTHING)[column] for each in self._plus])
        return came - sum([each.get(day, NOTHING)[column] for each in self._minus])
