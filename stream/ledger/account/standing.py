"""How an account stands on a day: what is due of it, paid and late."""

from itertools import takewhile
from typing import Final, NamedTuple

from stream.ledger.account.account import Account, Item
from stream.ledger.records.days import Day

SOON_DAYS: Final = 28
"""How far ahead the coverage of instalments by sales looks (domain.md 3, X07)."""


class Standing(NamedTuple):
    """Amounts in minor units, days past due as in ledger.md 4.

    Attributes:
        owed: What has fallen due.
        paid: What was settled of it.
        overdue: What is not, past due and outside its grace.
        ahead: Paid on what is not due yet.
        raw_dpd: Days since the oldest rest outside its grace fell due, 0 if there is none.
        tier_dpd: The same of rests above the residue, counted to another day.
        oldest_due: The day that `raw_dpd` counts from, 0 if it does not count.
        oldest_no: The number of the instalment that fell due then, `None` if it is a fee.
        last_no: The number of the latest instalment that fell due, paid or not.
        next_due: The next day on which an instalment falls due, 0 if none does.
        next_amount: What is still to be paid of all that falls due on that day.
        soon: What is still to be paid of all that falls due within `SOON_DAYS` from then on.
    """

    owed: int
    paid: int
    overdue: int
    ahead: int
    raw_dpd: int
    tier_dpd: int
    oldest_due: Day
    oldest_no: int | None
    last_no: int | None
    next_due: Day
    next_amount: int
    soon: int


def standing(account: Account, day: Day, tier_day: Day) -> Standing:
    """Return how an account stands at the end of `day`.

    Args:
        account: With every entry of the day.
        day: To which days past due are counted.
        tier_day: To which those for tiers are counted; the same, or before while money is in
            doubt.
    """
    count = account.due_by(day)
    items, owed = account.items, account.owed(count)
    unpaid = overdue = raw_dpd = tier_dpd = 0
    oldest: Item | None = None
    for item in items[account.open_from : count]:
        rest = item.rest
        unpaid += rest
        if not rest or day <= item.last_day:
            continue
        overdue += rest
        if oldest is None:
            oldest, raw_dpd = item, day - item.due
        if not tier_dpd and rest > account.residue and tier_day > item.last_day:
            tier_dpd = tier_day - item.due
    ahead = 0
    if account.paid_ahead:
        ahead = sum(item.amount - item.rest for item in items[count:])
    return Standing(
        owed=owed,
        paid=owed - unpaid,
        overdue=overdue,
        ahead=ahead,
        raw_dpd=raw_dpd,
        tier_dpd=tier_dpd,
        oldest_due=oldest.due if oldest else 0,
        oldest_no=_number(oldest),
        last_no=_number(next((each for each in reversed(items[:count]) if each.no >= 0), None)),
        next_due=items[count].due if count < len(items) else 0,
        next_amount=_soon(items[count:], items[count].due) if count < len(items) else 0,
        soon=_soon(items[count:], day + SOON_DAYS),
    )


def _number(item: Item | None) -> int | None:
    return item.no if item is not None and item.no >= 0 else None


def _soon(coming: list[Item], until: Day) -> int:
    return sum(item.rest for item in takewhile(lambda each: each.due <= until, coming))
