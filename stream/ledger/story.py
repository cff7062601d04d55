"""What is due of a loan and what was paid, row by row, as it is known now."""

from datetime import date
from typing import Final, NamedTuple

from stream.ledger.loan import Loan
from stream.ledger.records.days import Day, date_of
from stream.ledger.records.facts import WHOLE, Doubt, FactKind

KINDS: Final = {FactKind.PAYMENT: "payment", FactKind.TAKEN_BACK: "taken_back"}
IN_DOUBT: Final = "in_doubt"


class DueRow(NamedTuple):
    """One obligation, amounts in minor units of the loan's currency; a fee has the number 0."""

    number: int
    due: date
    amount: int
    paid: int
    is_overdue: bool


class MoneyRow(NamedTuple):
    """One movement.

    Attributes:
        at_ms: When.
        kind: `payment`, `taken_back`, or `in_doubt`, which is not counted.
        amount: Minor units, `None` where something was taken back without saying how much.
        currency: Of the amount.
        digest: Of the event's source and id.
    """

    at_ms: int
    kind: str
    amount: int | None
    currency: str
    digest: str


class LoanStory(NamedTuple):
    """Rows of one loan, by day and time."""

    dues: tuple[DueRow, ...] = ()
    moneys: tuple[MoneyRow, ...] = ()


def story_of(loan: Loan, today: Day) -> LoanStory:
    """Return the rows of a loan; nothing is due before its contract and schedule came."""
    return LoanStory(_dues(loan, today), _moneys(loan))


def _dues(loan: Loan, today: Day) -> tuple[DueRow, ...]:
    course = loan.course(today)
    return tuple(
        DueRow(
            number=max(item.no, 0),
            due=date_of(item.due),
            amount=item.amount,
            paid=item.amount - item.rest,
            is_overdue=bool(item.rest) and today > item.last_day,
        )
        for item in (course.claim.items if course else ())
        if not item.moved
    )


def _moneys(loan: Loan) -> tuple[MoneyRow, ...]:
    rows = [
        MoneyRow(
            at_ms=fact.at_ms,
            kind=KINDS[fact.kind] if fact.doubt is Doubt.NONE else IN_DOUBT,
            amount=None if fact.amount == WHOLE else fact.amount,
            currency=fact.currency,
            digest=fact.event.hex(),
        )
        for fact in loan.state.facts.values()
        if fact.kind in KINDS and fact.event not in loan.voided
    ]
    return tuple(sorted(rows))
