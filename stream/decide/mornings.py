"""Every morning: how many loans of this partition tie out with the core (ledger.md 8).

The core's positions of a day come early on the next. They are counted once, at nine in the rule
set's zone, at a tick that all partitions have, and crossing adds the partitions up. Nothing is
told of history: a bootstrap has no morning.
"""

from datetime import date, timedelta
from typing import Final

from schemas.alert import Phase
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.segments.stage import on_morning
from stream.decide.shelf import Shelf
from stream.ledger import Morning

AT_HOUR: Final = 9
"""When the positions of the day before are expected to be here [D]."""


def tie_out(shelf: Shelf, at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing of the loans of this partition, once a day."""
    day = _due(at)
    if day is None:
        return
    at.position.tied_out = day
    morning = Morning(as_of=day.isoformat())
    for ledger in shelf.ledgers():
        morning.count(ledger.tie_out(day))
    on_morning(morning, at.position.now_ms, at, outbox)


def _due(at: Broadcast) -> date | None:
    """Return the day that is to be told of now, if one is."""
    position, program = at.position, at.program
    if program is None or at.phase is not Phase.LIVE:
        return None
    today = program.zone.date_at(position.now_ms)
    day = today - timedelta(days=1)
    is_told = position.tied_out is not None and position.tied_out >= day
    is_early = program.zone.hour_at(position.now_ms) < AT_HOUR
    return None if is_told or is_early else day
