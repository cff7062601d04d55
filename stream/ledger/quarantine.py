"""Quarantine: which loans no machine may contact anybody about, and why (ledger.md 8)."""

from stream.ledger.account.course import Course, Held
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day
from stream.ledger.records.positions import compare_again
from stream.ledger.records.state import Comparison, TieOut
from stream.ledger.tieout import DAYS_WITHOUT_POSITION
from stream.ledger.view import Cause


def causes(loan: Loan, on: Day, course: Course | None) -> tuple[Cause, ...]:
    """Return why a loan is quarantined on day `on`, empty if it is not.

    Args:
        loan: The loan.
        on: The day.
        course: Its course at that day, `None` without a contract.
    """
    tie_out, found = loan.state.tie_out, []
    if course is not None and any(_is_open(each, loan) for each in course.held):
        found.append(Cause.IN_DOUBT)
    reckoning = loan.reckoning()
    if reckoning is not None and reckoning.has_loose(tie_out.rejected):
        found.append(Cause.UNMATCHED_RETURN)
    comparison = tie_out.comparison
    if comparison is not None and comparison.cause and not is_released(tie_out, comparison):
        found.append(Cause(comparison.cause))
    if on - last_said(loan) > DAYS_WITHOUT_POSITION:
        found.append(Cause.NO_POSITION)
    return tuple(found)


def _is_open(held: Held, loan: Loan) -> bool:
    """Whether somebody could be wrongly called overdue by what is held.

    What pays nothing either way quarantines the loan until the core has spoken: what it says then
    holds with it and without it.
    """
    return held.may_pay or held.day > last_said(loan)


def let_go(loan: Loan, *, accept: bool, today: Day) -> None:
    """Release a loan from all that quarantines it now.

    Args:
        loan: Its record takes the release.
        accept: Whether money and schedules in doubt count from now on, or for nothing.
        today: The local day.
    """
    tie_out, course, reckoning = loan.state.tie_out, loan.course(today), loan.reckoning()
    tie_out.released, tie_out.released_on = tie_out.comparison, today
    held = [each.key for each in course.held] if course else []
    (tie_out.accepted if accept else tie_out.rejected).extend(held)
    loose = reckoning.netted.loose if reckoning else ()
    tie_out.rejected.extend(key for key in loose if key not in tie_out.rejected)
    loan.forget_reckoning()
    if held:
        compare_again(loan.state, 0)


def last_said(loan: Loan) -> Day:
    """Return the last day of which somebody said how the loan stood: at first, disbursement."""
    tie_out, terms = loan.state.tie_out, loan.state.terms
    position = tie_out.position.as_of if tie_out.position else 0
    return max(position, tie_out.released_on, terms.disbursed if terms else 0)


def is_released(tie_out: TieOut, comparison: Comparison) -> bool:
    """Whether an operator has released this difference, on this day or an earlier one."""
    released = tie_out.released
    return released is not None and (released.cause, released.dpd, released.overdue) == (
        comparison.cause,
        comparison.dpd,
        comparison.overdue,
    )
