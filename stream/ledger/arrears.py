"""Since when a loan is not as late any more: what the tier floors of a loan were, as known today.

A payment that is known late was made when it was made. So the day on which a floor ended follows
from the account alone and not from when its records came; a floor that as known today never was
leaves no day at all.
"""

from collections.abc import Iterator
from typing import Final

from stream.ledger.account.account import Account, Item
from stream.ledger.account.probation import is_watched, probation_end
from stream.ledger.account.profiles import Profile
from stream.ledger.records.days import LAST_DAY, Day

TIERS: Final = (1, 2, 3)
Left = tuple[Day, Day, Day]
Span = tuple[int, Day, Day]
"""A tier, the first day on which something asked for it, and the day on which it did no more."""


def left_days(account: Account, profile: Profile, day: Day) -> Left:
    """Return since which day the floor is below mild, moderate, severe.

    `LAST_DAY` while it is not, 0 if it never rose there.

    Args:
        account: The borrower's own, with every entry of the day.
        profile: Of the contract.
        day: To which days past due are counted.
    """
    left = [0, 0, 0]
    for tier, begin, end in (*_watched(account, day), *_late(account, profile, day)):
        if begin <= day and begin < end:
            left[tier - 1] = max(left[tier - 1], end)
    one, two, three = left
    return one, two, three


def _late(account: Account, profile: Profile, day: Day) -> Iterator[Span]:
    """Yield each tier that an obligation asked for."""
    for item in account.items[: account.due_by(day)]:
        first, end = item.last_day + 1, late_until(account, item)
        if end <= first:
            continue
        for days, tier in profile.tiers:
            begin = max(first, item.due + days)
            yield from ((each, begin, end) for each in TIERS[:tier])
        if is_watched(account, first):
            yield 2, first, end


def late_until(account: Account, item: Item) -> Day:
    """Return the day on which an obligation was late no more, 0 if it never counted."""
    if item.settled:
        return item.settled
    if item.moved:
        return account.forborne.since if account.forborne else 0
    return LAST_DAY if item.rest > account.residue else 0


def _watched(account: Account, day: Day) -> Iterator[Span]:
    """Yield the probation, which asks for mild."""
    if account.forborne is not None:
        yield 1, account.forborne.since, probation_end(account, day) or LAST_DAY
