"""How an account stands on a day: what is due of it, paid and late."""

from typing import NamedTuple

from stream.ledger.account.account import Account
from stream.ledger.records.days import Day


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
        next_due: The next day on which an instalment falls due, 0 if none does.
    """

    owed: int
    paid: int
    overdue: int
    ahead: int
    raw_dpd: int
    tier_dpd: int
    oldest_due: Day
    next_due: Day


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
    unpaid = overdue = raw_dpd = tier_dpd = oldest_due = 0
    for item in items[account.open_from : count]:
        rest = item.rest
        unpaid += rest
        if not rest or day <= item.last_day:
            continue
        overdue += rest
        if not oldest_due:
            oldest_due, raw_dpd = item.due, day - item.due
        if not tier_dpd and rest > account.residue and tier_day > item.last_day:
            tier_dpd = tier_day - item.due
    ahead = 0
    if account.paid_ahead:
        ahead = sum(item.amount - item.rest for item in items[count:])
    next_due = next((item.due for item in items[count : count + 1]), 0)
    return Standing(owed, owed - unpaid, overdue, ahead, raw_dpd, tier_dpd, oldest_due, next_due)
