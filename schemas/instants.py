"""Instants: UTC epoch milliseconds inside, RFC 3339 with `Z` on the wire.

Leaf of the tree. Nothing here reads a clock.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An RFC 3339 instant on the wire; a zone is required."""


def to_ms(instant: datetime) -> int:
    """Return the epoch milliseconds of an aware `instant`, cut to whole milliseconds.

    Examples:
        >>> to_ms(datetime(2026, 11, 20, 15, 42, 10, 120_000, tzinfo=UTC))
        1795189330120
    """
    return (instant - EPOCH) // MILLISECOND


def from_ms(at_ms: int) -> datetime:
    """Return the aware UTC instant of `at_ms`."""
    return EPOCH + at_ms * MILLISECOND


def wire(at_ms: int) -> str:
    """Write `at_ms` as it stands on the wire.

    Examples:
        >>> wire(1795189330120)
        '2026-11-20T15:42:10.120Z'
    """
    return from_ms(at_ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def parse(text: str) -> int:
    """Read an RFC 3339 instant with a zone into epoch milliseconds.

    Raises:
        ValueError: If `text` is no instant, or has no zone.

    Examples:
        >>> parse("2026-11-20T23:42:10.120+08:00")
        1795189330120
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"expected an instant with a zone, got `{text}`: did you mean `{text}Z`?")
    return to_ms(instant)
