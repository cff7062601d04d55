"""How punctually one loan is paid: what coming down a tier asks of it (domain.md 4.3).

Facts alone. How many instalments on time a tier wants, and how long a quiet time does instead, is
the tier's policy (`stream/decide/tiers/`).
"""

from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from stream.ledger.account.account import Account, Item
from stream.ledger.account.probation import is_on_time
from stream.ledger.arrears import Left, left_days
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day, start_ms
from stream.ledger.rolling import Counted

ROW_MOST: Final = 12
"""No policy asks for more instalments in a row."""


class Punctuality(NamedTuple):
    """How a loan is paid, up to the day to which it is counted.

    An instalment's instant is the first of its due day in the loan's zone: so one that falls due
    on the day on which an arrear is paid does not count as due after that.

    Attributes:
        disbursed_ms: When it was paid out.
        last_due_ms: When the latest instalment fell due, paid or not.
        next_due_ms: When the next one does.
        on_time_due_ms: When the latest in a row that were paid on time fell due, the latest
            first, at most `ROW_MOST`; one in its grace neither counts nor ends the row.
        interval_days: The shortest time between two that are to come, or the last and the next.
        left_ms: Since when it is so little late that its floor is below mild, moderate, severe, as
            known today; far away while it is not, -1 if it never was.
    """

    disbursed_ms: int
    last_due_ms: int | None
    next_due_ms: int | None
    on_time_due_ms: tuple[int, ...]
    interval_days: int | None
    left_ms: tuple[int, int, int]


def punctuality(loan: Loan, now: Counted) -> Punctuality | None:
    """Return how a loan is paid, `None` without a contract and a schedule."""
    terms, reckoning, course = loan.state.terms, loan.reckoning(), loan.course(now.today)
    if terms is None or reckoning is None or course is None:
        return None
    account = course.own
    items = [item for item in account.items if item.no >= 0]
    fallen = [item for item in items if item.due <= now.day]
    coming = items[len(fallen) :]

    def ms(day: Day) -> int:
        return start_ms(day, loan.zone)

    return Punctuality(
        disbursed_ms=ms(terms.disbursed),
        last_due_ms=ms(fallen[-1].due) if fallen else None,
        next_due_ms=ms(coming[0].due) if coming else None,
        on_time_due_ms=tuple(ms(item.due) for item in _row(account, fallen, now.day)),
        interval_days=_interval_days([item.due for item in [*fallen[-1:], *coming]]),
        left_ms=_instants(left_days(account, reckoning.profile, now.day), loan.zone),
    )


def _instants(left: Left, zone: ZoneInfo) -> tuple[int, int, int]:
    one, two, three = (start_ms(day, zone) if day else -1 for day in left)
    return one, two, three


def _row(account: Account, fallen: list[Item], day: Day) -> list[Item]:
    """Return the latest that were paid on time in a row, the latest first."""
    row: list[Item] = []
    for item in reversed(fallen):
        if len(row) == ROW_MOST:
            break
        if is_on_time(account, item):
            row.append(item)
        elif day > item.last_day:
            break
    return row


def _interval_days(due: list[Day]) -> int | None:
    return min((later - earlier for earlier, later in pairwise(due)), default=None)
