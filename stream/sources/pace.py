"""The input clock: when on the wall a record of the past is due.

Playing at speed 3600, an hour of the file takes a second. The wall enters as a function, so
that tests need no patience.
"""

from collections.abc import Callable
from typing import Final

from schemas.instants import HOUR_MS, MINUTE_MS


class Pace:
    """How fast the input clock runs; it starts at the first instant that is asked for.

    Args:
        speed: Input seconds a second; None: as fast as possible.
        wall_s: A clock that only goes on, in seconds.

    Raises:
        ValueError: If the speed is not above 0.

    Examples:
        >>> pace = Pace(60.0, wall_s=lambda: 1_000.0)
        >>> pace.wait_s(0), pace.wait_s(60_000), pace.wait_s(30_000)
        (0.0, 1.0, 0.5)
    """

    def __init__(self, speed: float | None, wall_s: Callable[[], float]) -> None:
        if speed is not None and not 0.0 < speed < float("inf"):
            raise ValueError(f"expected a speed above 0, got {speed}")
        self._speed = speed
        self._wall_s = wall_s
        self._start: tuple[int, float] | None = None
        self._step_ms = _step_ms(speed)

    def wait_s(self, input_ms: int) -> float:
        """Return how long to wait until it is `input_ms`, 0 if that has passed."""
        if self._speed is None:
            return 0.0
        now_s = self._wall_s()
        first_ms, start_s = self._start = self._start or (input_ms, now_s)
        return max(0.0, start_s + (input_ms - first_ms) / 1_000 / self._speed - now_s)

    def marks(self, from_ms: int, before_ms: int) -> range:
        """Return the instants of the clock records from one instant on and before another.

        As fast as possible only the last of them: what lies behind a gap needs no more.

        Examples:
            >>> list(Pace(60.0, wall_s=lambda: 0.0).marks(60_000, 180_000))
            [60000, 120000]
            >>> list(Pace(None, wall_s=lambda: 0.0).marks(0, 36_000_000))
            [32400000]
        """
        first_ms = -(-from_ms // self._step_ms) * self._step_ms
        last_ms = (before_ms - 1) // self._step_ms * self._step_ms
        if self._speed is None:
            first_ms = max(first_ms, last_ms)
        return range(first_ms, last_ms + 1, self._step_ms)

    def mark_after(self, at_ms: int) -> int:
        """Return the first instant of a clock record after `at_ms`."""
        return (at_ms // self._step_ms + 1) * self._step_ms


FASTEST_STEP_MS: Final = 3 * HOUR_MS
"""Each source tells every partition of three topics: of a month in a second that would be more
records than the events themselves."""


def _step_ms(speed: float | None) -> int:
    """Return how far apart clock records are: a second on the wall, but a minute to three hours.

    As fast as possible: an hour; of those within a gap only the last is told.
    """
    if speed is None:
        return HOUR_MS
    whole_minutes_ms = int(speed) * 1_000 // MINUTE_MS * MINUTE_MS
    return max(MINUTE_MS, min(FASTEST_STEP_MS, whole_minutes_ms))
