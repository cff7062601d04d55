"""Since when a loan is not as late any more: what the tier floors of a loan were, as known today.

A payment that is known late was made when it was made. So the day on which a floor ended follows
from the account alone and not from when its records came; a floor that as known today never was
leaves no day at all.
"""

from collections.abc import Iterator

from stream.ledger.account.account import Account, Item
from stream.ledger.account.probation import is_watched, probation_end
from stream.ledger.account.profiles import Profile
from stream.ledger.records.days import LAST_DAY, Day

TIERS = (1, 2, 3)
Left = tuple[Day, Day, Day]


def left_days(account: Account, profile: Profile, day: Day) -> Left:
    """Return since which day the floor is below mild, moderate, severe.

    `LAST_DAY` while it is not, 0 if it never rose there.

    Args:
        account: The borrower's own, with every entry of the day.
        profile: Of the contract.
        day: To which days past due are counted.
    """
    spans = list(_watched(account, day))
    for item in account.items:
        if (end := _end(account, item)) is not None:
            spans += _late(account, profile, item, end)
    one, two, three = (
        max(
            (end for tier, begin, end in spans if tier == each and begin < min(end, day + 1)),
            default=0,
        )
        for each in TIERS
    )
    return one, two, three


def _late(
    account: Account, profile: Profile, item: Item, end: Day
) -> Iterator[tuple[int, Day, Day]]:
    """Yield each tier that an obligation asked for, from when until when."""
    for days, tier in profile.tiers:
        begin = max(item.last_day + 1, item.due + days)
        yield from ((each, begin, end) for each in TIERS[:tier])
    first = item.last_day + 1
    if is_watched(account, first):
        yield 2, first, end


def _end(account: Account, item: Item) -> Day | None:
    """Return the day on which an obligation was late no more, `None` if it never counted."""
    if item.settled:
        return item.settled
    if item.moved:
        return account.forborne.since if account.forborne else 0
    return LAST_DAY if item.rest > account.residue else None


def _watched(account: Account, day: Day) -> Iterator[tuple[int, Day, Day]]:
    """Yield the probation, which asks for mild."""
    if account.forborne is not None:
        yield 1, account.forborne.since, probation_end(account, day) or LAST_DAY
