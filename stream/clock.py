"""The one place of the shell where the wall clock is read.

What decides never asks it: the step takes its time from records. Ingest stamps arrivals with it,
the ticker makes ticks of it, and commands show times with it.
"""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return the wall clock, in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - the one place
