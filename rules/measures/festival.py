"""Whether a shop has opened again after the Spring Festival, when its peers have (P25).

L is the first day of the lunar year, the day after the first `CNY_CORE` day of the calendar. A
merchant is asked only if it sold in the 8 weeks before L-14: a stall of the summer need not open.
"""

from fractions import Fraction
from typing import Final

from rules.measures.phases import CORE, CORE_BEFORE, Phases
from rules.measures.reading import Reading
from rules.measures.sales import LEAST_PEERS, MILLION, STREAM, phases, shop

REMEMBERED_DAYS: Final = 90
"""For so long after it a festival is the last one; no rung asks later than L+25."""

OPENS_AGAIN: Final = 8
"""Sales from L+8 on are sales after the festival: nothing earlier says that a shop is back."""

BEFORE_DAYS: Final = 14
ACTIVE_DAYS: Final = 56


def days_since_festival(reading: Reading) -> int | None:
    """Return how many days the last closed day lies after L; missing before L and after L+90."""
    closed, first = reading.closed(STREAM), reading.shared(festival)
    return None if closed is None or first is None or closed < first else closed - first


def has_reopened(reading: Reading) -> bool | None:
    """Return whether the merchant has sold since L+8.

    Missing before L+8 has closed, after L+90, and for a merchant that had not sold shortly before
    the festival.
    """
    closed, first = reading.closed(STREAM), reading.shared(festival)
    if closed is None or first is None or closed < first + OPENS_AGAIN:
        return None
    sales, before = reading.shared(shop), first - BEFORE_DAYS
    if not any(sales.count(day) > 0 for day in range(before - ACTIVE_DAYS, before)):
        return None
    return any(sales.count(day) > 0 for day in range(first + OPENS_AGAIN, closed + 1))


def peers_reopened(reading: Reading) -> Fraction | None:
    """Return the share of the segment that has; missing with fewer than 30 members."""
    peers = reading.scene.peers
    if peers is None or peers.reopened is None or peers.members < LEAST_PEERS:
        return None
    return Fraction(peers.reopened, MILLION)


def festival(reading: Reading) -> int | None:
    """Return L of the last Spring Festival, if it is at most 90 days before the last closed day."""
    closed, calendar = reading.closed(STREAM), reading.shared(phases)
    if closed is None:
        return None
    days = range(closed, closed - REMEMBERED_DAYS - CORE_BEFORE, -1)
    core = next((day for day in days if _is_core(calendar, day)), None)
    if core is None:
        return None
    while _is_core(calendar, core - 1):
        core -= 1
    first = core + CORE_BEFORE
    return first if closed - first <= REMEMBERED_DAYS else None


def _is_core(calendar: Phases, day: int) -> bool:
    return CORE in (calendar.words(day) or ())
