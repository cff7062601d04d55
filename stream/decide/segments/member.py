"""What is remembered of one borrower as a member of its segment.

It is what this borrower has put into the tallies of its partition, so that it can be taken out
again; a part of the borrower's memory.
"""

from typing import NamedTuple

import msgspec


class Attempt(NamedTuple):
    """One collection attempt that has come to an end.

    Attributes:
        day: On which, as an ordinal.
        channel: Who told of it.
        failure: The reason class if it failed, else empty.
    """

    day: int
    channel: str
    failure: str


class Member(msgspec.Struct, array_like=True, kw_only=True):
    """One borrower as a member.

    Attributes:
        segment: It counts as a member of this one; empty for none.
        day: The last day that it closed, as an ordinal.
        ratios: Sales over expected sales up to that day, in thousandths, by window in days.
        reopened: Whether it has sold since the festival; `None` where nobody asks.
        damped: Whether the fall of its segment explained its warnings at the last look.
        raised: Segment and day in which it last came to moderate or more.
        attempts: Of the last days, by a digest of the business key.
    """

    segment: str = ""
    day: int = 0
    ratios: dict[int, int] = msgspec.field(default_factory=dict)
    reopened: bool | None = None
    damped: bool = False
    raised: tuple[str, int] | None = None
    attempts: dict[bytes, Attempt] = msgspec.field(default_factory=dict)
