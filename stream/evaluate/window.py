"""When what is said of a borrower counts: after its warm-up, before its `until`.

Both ends are the same for good and bad. A borrower's time begins with its first event; it ends
with `until` of its label or, without one, with the file.
"""

from typing import Final

from schemas.instants import DAY_MS

DAYS_A_MONTH: Final = 30.4375


class Window:
    """The counted time of one borrower.

    Args:
        warm_up_days: So many days after the first event nothing counts.
        until_ms: From here on nothing counts; None: to the end of the file.
    """

    __slots__ = ("_from_ms", "_until_ms", "_warm_up_ms")

    def __init__(self, *, warm_up_days: int, until_ms: int | None) -> None:
        self._warm_up_ms = warm_up_days * DAY_MS
        self._from_ms: int | None = None
        self._until_ms = until_ms

    def event(self, at_ms: int) -> None:
        """Take an event of the borrower: the first one begins its time."""
        if self._from_ms is None:
            self._from_ms = at_ms + self._warm_up_ms

    def counts(self, at_ms: int) -> bool:
        """Whether what is said at `at_ms` counts."""
        if self._from_ms is None or at_ms < self._from_ms:
            return False
        return self._until_ms is None or at_ms < self._until_ms

    def months(self, end_ms: int) -> float:
        """How long its counted time was, for a file that ends at `end_ms`.

        Examples:
            >>> window = Window(warm_up_days=30, until_ms=None)
            >>> window.event(0)
            >>> window.months(60 * DAY_MS) == 30 / DAYS_A_MONTH
            True
        """
        if self._from_ms is None:
            return 0.0
        until_ms = end_ms if self._until_ms is None else min(end_ms, self._until_ms)
        return max(0, until_ms - self._from_ms) / DAY_MS / DAYS_A_MONTH
