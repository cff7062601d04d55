"""How long a forborne loan is watched (ledger.md 6).

Until three instalments in a row were paid on time and 180 days have passed, whichever is later
[D]. An instalment that was missed begins the row anew.
"""

from typing import Final

from stream.ledger.account.account import Account, Item
from stream.ledger.records.days import Day

INSTALMENTS_ON_TIME: Final = 3
WATCH_DAYS: Final = 180


def is_watched(account: Account, day: Day) -> bool:
    """Whether the loan is in probation on `day`."""
    if account.forborne is None or day < account.forborne.since:
        return False
    end = probation_end(account, day)
    return end is None or day < end


def probation_end(account: Account, day: Day) -> Day | None:
    """Return the first day that is not watched, `None` if that is not known by `day`."""
    if account.forborne is None:
        return None
    earliest = account.forborne.since + WATCH_DAYS
    row, reached = 0, 0
    for item in account.items:
        if item.due < account.forborne.since or item.no < 0:
            continue
        known = _known(account, item)
        if known > day:
            break
        if row >= INSTALMENTS_ON_TIME and known > earliest:
            return max(reached, earliest)
        row = row + 1 if is_on_time(account, item) else 0
        reached = known if row == INSTALMENTS_ON_TIME else reached
    done = row >= INSTALMENTS_ON_TIME and day >= earliest
    return max(reached, earliest) if done else None


def is_on_time(account: Account, item: Item) -> bool:
    """Whether an instalment was paid, but for a residue, by the end of its grace."""
    if item.moved:
        return False
    if item.rest > account.residue:
        return False
    return item.settled <= item.last_day


def _known(account: Account, item: Item) -> Day:
    """Return the day on which it was known whether an instalment was paid on time."""
    if is_on_time(account, item):
        return max(item.due, item.settled)
    return item.last_day + 1
