"""What became of each instalment of a loan: when it was settled, or how late it is; what is next.

As known today, so a payment that was returned since was not made. What somebody else has paid does
not count: this tells of the borrower. Fees are left out, and what a schedule version took over.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stream.ledger.account.account import Account, Item
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day
from stream.ledger.rolling import Counted


class Instalment(NamedTuple):
    """One instalment that was settled, or that fell due and was not; amounts in minor units.

    Attributes:
        loan_id: Of which loan.
        currency: In what it is owed.
        no: Its number.
        due: The day on which it was due.
        until: The day on which it was paid but for a residue; to which it is counted while it is
            not.
        is_settled: Whether it was.
        amount: What is owed by it.
        paid: What was paid of it.
        next_amount: What is owed by the next one, 0 if it is the last.
    """

    loan_id: str
    currency: str
    no: int
    due: Day
    until: Day
    is_settled: bool
    amount: int
    paid: int
    next_amount: int


def instalments(loan: Loan, now: Counted) -> Iterator[Instalment]:
    """Yield the instalments of a loan that were settled or are past due, by due day."""
    terms, course = loan.state.terms, loan.course(now.today)
    if terms is None or course is None:
        return
    account = course.own
    items = [item for item in account.items if item.no >= 0 and not item.moved]
    for place, item in enumerate(items):
        later = items[place + 1] if place + 1 < len(items) else None
        until = _until(account, item, now.day)
        if until is not None and item.amount:
            yield Instalment(
                loan.loan_id,
                terms.currency,
                item.no,
                item.due,
                until,
                bool(item.settled),
                item.amount,
                item.amount - item.rest,
                later.amount if later is not None else 0,
            )


def _until(account: Account, item: Item, day: Day) -> Day | None:
    """Return up to which day an instalment went on, `None` if there is nothing to say of it."""
    if item.settled:
        return item.settled
    return day if item.rest > account.residue and item.last_day < day else None
