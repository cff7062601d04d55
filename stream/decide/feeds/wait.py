"""What a borrower's timer waits for; `waits.py` says when that is over."""

from datetime import date

import msgspec


class Wait(msgspec.Struct, frozen=True, array_like=True):
    """What is waited for; one that names no feed is a plain timer.

    Attributes:
        at_ms: Not before this instant,
        streams: nor before the borrower's feeds on these streams
        past_ms: have passed this instant,
        by_ms: but at this instant all the same; `None` for never.
        feeds: Feeds that are needed, too, whoever they feed.
        through: Of files this business date must be verified, instead of the instant passed.
        by_tick: Whether only ticks tell the time: a record of a stream that runs ahead does not.
    """

    at_ms: int
    streams: tuple[str, ...] = ()
    past_ms: int = 0
    by_ms: int | None = None
    feeds: tuple[str, ...] = ()
    through: date | None = None
    by_tick: bool = False
