"""How a schedule version changes the obligations (ledger.md 2 and 6).

* The first version is taken whole, however old its dates are.
* A later one replaces what is not yet due when it takes effect: what was paid ahead on an
  instalment stays paid, on the new instalment of the same number if there is one. Its rows dated
  before it took effect are not read.
* What is past due then is *carried* (it stays as it is) or *capitalised* (it is part of the new
  amounts, and nothing is past due any more).
* Money kept aside that the version says it has used is gone from the advance.
"""

from schemas.reference import ScheduleReason
from stream.ledger.account.account import Account, Forborne, Item
from stream.ledger.records.days import Day
from stream.ledger.records.versions import Row, Version


def take_first(account: Account, version: Version) -> None:
    """Take the first version whole."""
    account.rearrange([_item(row) for row in version.rows])


def take_later(account: Account, version: Version, day: Day) -> None:
    """Let a later version take effect at the beginning of local day `day`, or within it."""
    account.fall_due(day - 1)
    if version.capitalised:
        _capitalise(account, day)
    if version.reason is ScheduleReason.FORBEARANCE:
        account.forborne = Forborne(day, max(_dpd(account, day), account.worst))
    past = [item for item in account.items if item.due < day or item.no < 0]
    replaced = [item for item in account.items if item.due >= day and item.no >= 0]
    account.rearrange(past + _replace(account, replaced, version, day))
    used = min(version.advance_applied, account.advance)
    account.advance -= used
    account.applied += used


def _item(row: Row) -> Item:
    parts = list(row.parts) if row.parts is not None else None
    return Item(row.no, row.due, row.grace, row.amount, row.amount, parts)


def _replace(account: Account, old: list[Item], version: Version, day: Day) -> list[Item]:
    """Return the items of the new version, with what was paid ahead on the old ones."""
    ahead = {item.no: item for item in old if item.rest < item.amount}
    items = []
    for row in version.rows:
        if row.due < day:
            continue
        item = _item(row)
        if earlier := ahead.pop(row.no, None):
            paid = earlier.amount - earlier.rest
            account.advance += paid - account.settle(item, paid, min(day, row.due))
        items.append(item)
    for item in ahead.values():  # numbers that the new version does not have
        item.amount -= item.rest
        item.settled = item.settled or min(day, item.due)
        _clear(item)
    return [*items, *ahead.values()]


def _capitalise(account: Account, day: Day) -> None:
    """Take what is past due out of the obligations; watch the loan if it was overdue."""
    late = [item for item in account.items if item.due < day and item.rest]
    before = max(_dpd(account, day), account.worst)
    if any(day > item.last_day for item in late):
        account.forborne = Forborne(day, before)
        account.cleared = day
    account.worst = max(account.worst, before)
    for item in late:
        if item.rest <= account.residue:
            item.settled = item.settled or item.due
        account.lower(item, item.rest)
        item.moved = True
        _clear(item)


def _dpd(account: Account, day: Day) -> int:
    late = (item for item in account.items if item.rest and day > item.last_day)
    return max((day - item.due for item in late), default=0)


def _clear(item: Item) -> None:
    item.rest = 0
    item.parts = [0] * len(item.parts) if item.parts is not None else None
