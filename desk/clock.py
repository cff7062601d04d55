"""The wall clock of the desk: the one place that reads it."""

import time


def now_ms() -> int:
    """Return the wall's time in epoch milliseconds."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - this is that place
