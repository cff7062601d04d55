"""How much may go out whatever is proposed, and how old knowledge may be.

The blast radius: should everything before the gate be wrong, no more contacts than these are
made until a person has pulled the switch.
"""

from collections.abc import Iterable
from itertools import takewhile
from typing import Final, NamedTuple

from schemas.instants import HOUR_MS, MINUTE_MS
from stream.dispatch.grants import Grants

SWITCH_KNOWN_MS: Final = 1_000
"""The switch works within a second: what is known of it may be no older than that."""
AHEAD_MS: Final = 5_000
"""How far a tick may be ahead of our clock before one of the two is wrong."""


class Limits(NamedTuple):
    """Settings of the gate.

    Attributes:
        stale_ms: How old the last checkpointed tick of a partition may be.
        valid_ms: How long a permit is good for.
        per_minute: Most grants of this process within a minute.
        per_hour: Most grants of this process within an hour.
    """

    stale_ms: int = 30_000
    valid_ms: int = 60_000
    per_minute: int = 60
    per_hour: int = 1_000


class Spent(NamedTuple):
    """Grants of this process, all of its partitions together, and when one is free again."""

    minute: int
    hour: int
    minute_free_ms: int
    hour_free_ms: int


def spent(grants: Iterable[Grants], now_ms: int) -> Spent:
    """Count what was granted within the last minute and hour."""
    hours = [each.recent(now_ms) for each in grants]
    minute = [
        at_ms
        for hour in hours
        for at_ms in takewhile(lambda at_ms: at_ms > now_ms - MINUTE_MS, reversed(hour))
    ]
    return Spent(
        minute=len(minute),
        hour=sum(map(len, hours)),
        minute_free_ms=min(minute, default=now_ms) + MINUTE_MS,
        hour_free_ms=min((hour[0] for hour in hours if hour), default=now_ms) + HOUR_MS,
    )
