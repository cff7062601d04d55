"""Days without sales: the present run of them, and how long such runs usually are (P02).

Only days on which the shop would be open count, and they alone are counted: not a weekday on
which it had not sold once in its last 8 before it fell silent, not a public holiday, not a day of
the Spring Festival. A day that does not count neither ends a run nor makes it longer.
"""

from itertools import islice
from typing import Final

from rules.measures.expected import VALUES, WEEK
from rules.measures.flow import Flow
from rules.measures.phases import Phases
from rules.measures.reading import Reading
from rules.measures.sales import STREAM, phases, shop

RANK: Final = 99
"""The percentile of a shop's own runs that is usual, by nearest rank: of up to 100 the longest."""


def zero_run_days(reading: Reading) -> int | None:
    """Return the business-open days without sales up to the last closed day; 0 if it sold then.

    Missing for a shop that has never sold, and while the last closed day lies within L-10 … L+15:
    P25 asks from then on.
    """
    closed = reading.closed(STREAM)
    flow, calendar = reading.shared(shop), reading.shared(phases)
    if closed is None or flow.began is None or calendar.is_unknown(closed):
        return None
    last = _last_sale(flow, closed)
    if last is None:
        return None
    opening = _open_weekdays(flow, calendar, last)
    return sum(_is_open(calendar, opening, day) for day in range(last + 1, closed + 1))


def usual_gap_days(reading: Reading) -> int | None:
    """Return the 99th percentile of the shop's runs of days without sales before the present one.

    0 if it never missed a day. Missing where `zero_run_days` is. With an open episode, runs before
    its day alone.
    """
    closed = reading.closed(STREAM)
    flow, calendar = reading.shared(shop), reading.shared(phases)
    if closed is None or flow.began is None or calendar.is_unknown(closed):
        return None
    last = _last_sale(flow, closed if reading.opened is None else min(closed, reading.opened - 1))
    if last is None:
        return None
    opening = _open_weekdays(flow, calendar, last)
    runs = sorted(_runs(flow, calendar, opening, last))
    return runs[-(-len(runs) * RANK // 100) - 1] if runs else 0


def _last_sale(flow: Flow, closed: int) -> int | None:
    began = closed + 1 if flow.began is None else flow.began
    return next((day for day in range(closed, began - 1, -1) if flow.count(day) > 0), None)


def _open_weekdays(flow: Flow, calendar: Phases, last: int) -> frozenset[int]:
    """Return the weekdays (day % 7) that had a sale in their last 8 eligible days up to `last`."""
    found = set()
    for first in range(last, last - WEEK, -1):
        days = (day for day in range(first, flow.began or first, -WEEK))
        eligible = islice((day for day in days if calendar.is_eligible(day)), VALUES)
        if any(flow.count(day) > 0 for day in eligible):
            found.add(first % WEEK)
    return frozenset(found)


def _is_open(calendar: Phases, opening: frozenset[int], day: int) -> bool:
    return day % WEEK in opening and not calendar.is_holiday(day) and not calendar.is_unknown(day)


def _runs(flow: Flow, calendar: Phases, opening: frozenset[int], last: int) -> list[int]:
    """Return the lengths of the runs of open days without sales that ended up to `last`."""
    runs, run, counts = [], 0, flow.counts
    for day in range(flow.began or last, last + 1):
        if counts.get(day, 0) > 0:
            runs += [run] if run else []
            run = 0
        elif _is_open(calendar, opening, day):
            run += 1
    return runs
