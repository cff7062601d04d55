"""What the payments say about coming down a tier (domain.md 4.3, ledger.md 7).

Days in the clear are the tiers' own; here is the other half: instalments paid on time, *if any
fall due*. Where none falls due within 60 days, 60 clear days do instead. A loan that is over
holds nobody back.
"""

from itertools import pairwise
from typing import Final

from stream.ledger.account.account import Account
from stream.ledger.account.probation import is_on_time
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day
from stream.ledger.rolling import Counted

QUIET_DAYS: Final = 60
SHORT_INTERVAL_DAYS: Final = 7
ON_TIME: Final = {3: 2, 2: 1}
"""Instalments on time, in a row, that are asked for to come down from a tier."""

ON_TIME_OF_SHORT: Final = 3
"""From moderate, of products with instalments a week apart or less."""


def payments_allow(loan: Loan, now: Counted, *, tier: int, since: Day) -> bool:
    """Whether a loan's payments allow its borrower to come down from `tier`.

    Args:
        loan: The loan.
        now: How far it is counted.
        tier: 1 to 3.
        since: The day since which what raised the tier is clear.
    """
    reckoning, course = loan.reckoning(), loan.course(now.today)
    if reckoning is None or course is None or reckoning.ending.status(now.today) is not None:
        return True
    account = course.own
    open_items = account.items[account.open_from : account.due_by(now.day)]
    if any(item.rest > account.residue and now.day > item.last_day for item in open_items):
        return False
    if tier not in ON_TIME:
        return True
    since = max(since, account.cleared)
    if not _falls_due(account, since, now.day + QUIET_DAYS):
        return now.day - since >= QUIET_DAYS
    return _on_time(account, since, now.day) >= _asked(account, tier, now.day)


def _falls_due(account: Account, after: Day, until: Day) -> bool:
    return any(after < item.due <= until for item in account.items if item.no >= 0)


def _on_time(account: Account, after: Day, day: Day) -> int:
    """Return how many instalments due after a day were paid on time, in a row, up to `day`."""
    row = 0
    for item in account.items:
        if item.no < 0 or not after < item.due <= day:
            continue
        if is_on_time(account, item):
            row += 1
        elif day > item.last_day:
            row = 0
    return row


def _asked(account: Account, tier: int, day: Day) -> int:
    due = [item.due for item in account.items if item.no >= 0]
    gaps = [later - earlier for earlier, later in pairwise(due) if later > day]
    is_short = bool(gaps) and min(gaps) <= SHORT_INTERVAL_DAYS
    return ON_TIME_OF_SHORT if is_short and tier == 2 else ON_TIME[tier]  # noqa: PLR2004 - moderate
