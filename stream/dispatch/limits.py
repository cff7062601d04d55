"""How much may go out whatever is proposed, and how old knowledge may be.

The blast radius: should everything before the gate be wrong, no more contacts than these are
made until a person has pulled the switch. It is of the house: each partition has a share of its
own, and a partition has one owner, which has read all that former owners have granted of it. So
the limit holds however many processes there are, and over every handing over.
"""

from itertools import takewhile
from typing import Final, NamedTuple, Self

from schemas.instants import HOUR_MS, MINUTE_MS
from stream.dispatch.grants import Grants

SWITCH_KNOWN_MS: Final = 1_000
"""The switch works within a second: what is known of it may be no older than that."""
AHEAD_MS: Final = 5_000
"""How far a tick may be ahead of our clock before one of the two is wrong."""


class Limits(NamedTuple):
    """Settings of the gate, for the house or for one partition.

    Attributes:
        stale_ms: How old the last checkpointed tick of a partition may be.
        valid_ms: How long a permit is good for.
        per_minute: Most grants within a minute.
        per_hour: Most grants within an hour.
    """

    stale_ms: int = 30_000
    valid_ms: int = 60_000
    per_minute: int = 60
    per_hour: int = 1_000

    def share(self, number: int, partitions: int) -> Self:
        """Return those of one partition: the shares of all add up to what is of the house.

        A limit that is less than the number of partitions gives each of them one; 0 gives none.

        Examples:
            >>> [Limits(per_minute=10, per_hour=2).share(n, 4)[2:] for n in range(4)]
            [(3, 1), (3, 1), (2, 1), (2, 1)]
        """

        def of(limit: int) -> int:
            whole, rest = divmod(limit, partitions)
            return max(whole + (number < rest), min(1, limit))

        return self._replace(per_minute=of(self.per_minute), per_hour=of(self.per_hour))


class Spent(NamedTuple):
    """Grants of one partition, and when one is free again."""

    minute: int
    hour: int
    minute_free_ms: int
    hour_free_ms: int


def spent(grants: Grants, now_ms: int) -> Spent:
    """Count what was granted within the last minute and hour."""
    hour = grants.recent(now_ms)
    minute = list(takewhile(lambda at_ms: at_ms > now_ms - MINUTE_MS, reversed(hour)))
    return Spent(
        minute=len(minute),
        hour=len(hour),
        minute_free_ms=min(minute, default=now_ms) + MINUTE_MS,
        hour_free_ms=(hour[0] if hour else now_ms) + HOUR_MS,
    )
