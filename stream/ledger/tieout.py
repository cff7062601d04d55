"""Tie-out: is the ledger what the core says, loan by loan and day by day (ledger.md 8).

A position is compared at its own cut: with what had happened by the end of its day, once that day
is closed for the loan. A loan that differs is quarantined until a position agrees or an operator
releases that difference. The core's word also settles what is in doubt: what is held counts if the
two agree with it alone, and counts for nothing if they agree without it alone. A position that
agrees either way has not spoken of it: it stays held.

The cause is a first guess for the person who looks, from figures alone:

| what differs                                          | cause           |
|-------------------------------------------------------|-----------------|
| no contract or no schedule here                       | UNKNOWN_LOAN    |
| the status                                            | STATUS          |
| the core's figures are ours of the day before         | DAY_ROLL        |
| days past due, by one                                 | DAY_ROLL        |
| days past due, by more; or the principal alone        | ALLOCATION      |
| the amount overdue, and the principal is the same     | SCHEDULE        |
| the amount overdue otherwise                          | MISSING_PAYMENT |
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from schemas.loan_terms import LoanStatus
from stream.ledger.account.ending import GIVEN_UP
from stream.ledger.account.reckoning import Reckoning
from stream.ledger.account.standing import standing
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day, start_ms
from stream.ledger.records.state import Comparison, Position
from stream.ledger.records.terms import OPEN_PERIOD, Terms, zone_of_terms
from stream.ledger.view import Cause

DAYS_WITHOUT_POSITION: Final = 2
"""A loan that the core has not mentioned for so many full days is quarantined."""

AGREED: Final = ""


class Figures(NamedTuple):
    """What is compared: ours at the end of a day; the principal `None` where we cannot know."""

    dpd: int
    overdue: int
    principal: int | None
    advance: int
    status: LoanStatus


def is_to_be_compared(loan: Loan) -> bool:
    """Whether there is a position of which nothing has come yet."""
    tie_out = loan.state.tie_out
    return tie_out.position is not None and tie_out.comparison is None


def compare(loan: Loan, counted_on: Day) -> bool:
    """Compare the latest position if its day is closed; `True` if something came of it.

    Args:
        loan: Its record takes what comes of it.
        counted_on: The day to which the loan has rolled.
    """
    tie_out = loan.state.tie_out
    position = tie_out.position
    if position is None or tie_out.comparison is not None:
        return False
    if loan.state.terms is None or not loan.state.versions:
        tie_out.comparison = _differing(position, Cause.UNKNOWN_LOAN, None)
        return True
    if position.as_of >= counted_on:
        return False
    tie_out.comparison = _compare(loan, loan.state.terms, position)
    return True


def _compare(loan: Loan, terms: Terms, position: Position) -> Comparison:
    tie_out = loan.state.tie_out
    if _agrees_at_sight(loan, terms, position):
        return Comparison(as_of=position.as_of)
    without, held = _difference(loan, terms, position, ())
    if not held:
        return without
    with_held, _ = _difference(loan, terms, position, held)
    if with_held.cause == without.cause == AGREED or AGREED not in (with_held.cause, without.cause):
        return without
    is_real = with_held.cause == AGREED
    (tie_out.accepted if is_real else tie_out.rejected).extend(held)
    loan.forget_reckoning()
    return with_held if is_real else without


def _agrees_at_sight(loan: Loan, terms: Terms, position: Position) -> bool:
    """Whether nothing has happened since the cut, and the figures are those of the position.

    So it is with nearly every loan every morning; others take a reckoning of their own.
    """
    reckoning = loan.reckoning()
    if reckoning is None or reckoning.course.held or terms.pays_next:
        return False
    cut_ms = _cut_ms(terms, position)
    if reckoning.course.last_day > position.as_of or loan.last_ms > cut_ms:
        return False
    if reckoning.course.day < position.as_of:
        reckoning.at(position.as_of)
    ours = _figures_of(reckoning, terms, position.as_of)
    return position.currency == terms.currency and _cause(position, ours, ours) is None


def _cut_ms(terms: Terms, position: Position) -> int:
    return start_ms(position.as_of + 1, zone_of_terms(terms)) - 1


def _difference(
    loan: Loan, terms: Terms, position: Position, accepting: Collection[bytes]
) -> tuple[Comparison, list[bytes]]:
    """Return how a position differs, and the keys of what was held back by its cut."""
    reckoning = Reckoning(
        loan.state,
        terms,
        loan.voided,
        cut_ms=_cut_ms(terms, position),
        accepting=accepting,
    )
    earlier = _figures(reckoning, terms, position.as_of - 1)
    ours = _figures(reckoning, terms, position.as_of)
    held = [each.key for each in reckoning.course.held]
    if position.currency != terms.currency:
        return _differing(position, Cause.SCHEDULE, ours), held
    cause = _cause(position, ours, earlier)
    return _differing(position, cause, ours) if cause else Comparison(as_of=position.as_of), held


def _figures(reckoning: Reckoning, terms: Terms, day: Day) -> Figures:
    reckoning.course.upto(day)
    return _figures_of(reckoning, terms, day)


def _figures_of(reckoning: Reckoning, terms: Terms, day: Day) -> Figures:
    claim = reckoning.course.claim
    now = standing(claim, day, day)
    ended = reckoning.ending.status(day)
    if ended is not None:
        return Figures(0, 0, None, 0, ended)
    principal = None if terms.kind in OPEN_PERIOD else claim.principal_left()
    status = LoanStatus.ACTIVE if claim.left or not claim.items else LoanStatus.PAID_OFF
    return Figures(now.raw_dpd, now.overdue, principal, claim.advance, status)


def _cause(position: Position, ours: Figures, earlier: Figures) -> Cause | None:
    same_overdue = position.overdue == ours.overdue
    same_principal = _is_principal_same(position, ours)
    if not _is_status_same(position.status, ours):
        return Cause.STATUS
    if ours.status in GIVEN_UP:
        return None
    if same_overdue and position.dpd == ours.dpd and same_principal is not False:
        return None
    is_earlier = (position.dpd, position.overdue) == (earlier.dpd, earlier.overdue)
    if is_earlier and same_principal is not False:
        return Cause.DAY_ROLL
    if same_overdue:
        by_one = abs(position.dpd - ours.dpd) == 1 and same_principal is not False
        return Cause.DAY_ROLL if by_one else Cause.ALLOCATION
    return Cause.SCHEDULE if same_principal else Cause.MISSING_PAYMENT


def _is_principal_same(position: Position, ours: Figures) -> bool | None:
    """Return `None` where one side does not say; an advance may be counted off or not."""
    if position.outstanding is None or ours.principal is None:
        return None
    return position.outstanding in (ours.principal, max(ours.principal - ours.advance, 0))


def _is_status_same(said: LoanStatus, ours: Figures) -> bool:
    """A loan that is paid may be closed by the core a little later; others must agree."""
    if said is ours.status or said is LoanStatus.OTHER:
        return True
    return said is LoanStatus.ACTIVE and ours.status is LoanStatus.PAID_OFF


def _differing(position: Position, cause: Cause, ours: Figures | None) -> Comparison:
    return Comparison(
        as_of=position.as_of,
        cause=cause,
        dpd=position.dpd - (ours.dpd if ours else 0),
        overdue=position.overdue - (ours.overdue if ours else 0),
    )
