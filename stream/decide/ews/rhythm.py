"""On which day a borrower is judged, and when that has matured.

Each borrower has its own day of every 28, by a hash of its id: so the work is spread, and all
partitions agree without asking. Three visits later a judgement has matured, for good and bad alike.
"""

from typing import Final
from zlib import crc32

EVERY_DAYS: Final = 28
HORIZON_DAYS: Final = 84
"""What comes within so many days is what was to be foreseen: twelve weeks, three visits."""

AT_HOUR: Final = 9
"""When files of the day before are expected to be here, as by the tie-out [D]."""


def slot_of(borrower_id: str) -> int:
    """Return the borrower's day of every 28, from 0.

    Examples:
        >>> slot_of("brw_1")
        8
    """
    return crc32(borrower_id.encode()) % EVERY_DAYS


def slots(after: int | None, today: int) -> frozenset[int]:
    """Return whose day it is: today's, and those of days that no tick has brought.

    Args:
        after: The day of the last visits, as an ordinal; `None` before the first.
        today: Likewise.

    Examples:
        >>> sorted(slots(None, 58)), sorted(slots(56, 58)), len(slots(5, 58))
        ([2], [1, 2], 28)
    """
    first = today if after is None else max(after + 1, today - EVERY_DAYS + 1)
    return frozenset(day % EVERY_DAYS for day in range(first, today + 1))
