"""Makes the view of one loan on one day (`view.py` says what each field is)."""

from typing import Any, Final

from stream.ledger.account.course import Course
from stream.ledger.account.ending import is_paid_off
from stream.ledger.account.entries import Rank
from stream.ledger.account.probation import is_watched
from stream.ledger.account.reckoning import Reckoning
from stream.ledger.account.standing import Standing, standing
from stream.ledger.loan import Loan
from stream.ledger.quarantine import causes
from stream.ledger.records.days import Day, date_of, local_day, start_ms
from stream.ledger.records.terms import Terms
from stream.ledger.rolling import Counted
from stream.ledger.view import LoanView, State

MILD: Final = 1
MODERATE: Final = 2


def look(loan: Loan, on: Day, now: Counted, suspense: int) -> LoanView:
    """Return the view of a loan at the end of day `on`.

    Args:
        loan: The loan.
        on: The day; payments up to its end are counted.
        now: How far the loan is counted.
        suspense: The borrower's in the loan's currency, minor units.
    """
    terms, reckoning, course = loan.state.terms, loan.reckoning(), loan.course(on)
    if terms is None or reckoning is None or course is None:
        return LoanView(
            loan_id=loan.loan_id,
            on=date_of(on),
            counted_on=date_of(on),
            state=State.PENDING,
            quarantine=causes(loan, on, None),
        )
    day = min(on, now.day)
    tier_day = _tier_day(course, day)
    claim = standing(course.claim, day, tier_day)
    own = claim if course.own is course.claim else standing(course.own, day, tier_day)
    state = _state(reckoning, course, terms, claim, on)
    fields = _amounts(course, claim) | _history(course, terms, own)
    if state in (State.CURRENT, State.OVERDUE):
        fields |= _days(reckoning, course, (claim, own), day, now)
        fields["quarantine"] = causes(loan, on, course)
    elif state is State.PENDING:
        fields["quarantine"] = causes(loan, on, course)
    return LoanView(
        loan_id=loan.loan_id,
        on=date_of(on),
        counted_on=date_of(day),
        state=state,
        currency=terms.currency,
        legal_entity=terms.legal_entity,
        disbursed=date_of(terms.disbursed),
        incoming=_incoming(course, reckoning, on),
        suspense=suspense,
        is_stale=day < on,
        is_unverified=day > now.closed + 1,
        **fields,
    )


def _tier_day(course: Course, day: Day) -> Day:
    """Return the day to which days past due count for tiers: they stop before money in doubt."""
    return min((each.day - 1 for each in course.held if each.may_pay), default=day)


def _state(reckoning: Reckoning, course: Course, terms: Terms, claim: Standing, on: Day) -> State:
    ended = reckoning.ending.status(on)
    if ended is not None:
        return State(ended)
    if not course.claim.items:
        return State.PENDING
    if is_paid_off(course.claim, terms):
        return State.PAID_OFF
    return State.OVERDUE if claim.overdue else State.CURRENT


def _amounts(course: Course, claim: Standing) -> dict[str, Any]:
    return {
        "owed": claim.owed,
        "paid": claim.paid,
        "ahead": claim.ahead,
        "advance": course.claim.advance,
        "applied": course.claim.applied,
        "recovered": course.claim.recovered,
        "held": sum(each.amount for each in course.held),
        "compensated": course.compensated,
        "payers": tuple(dict.fromkeys(course.payers)),
    }


def _history(course: Course, terms: Terms, own: Standing) -> dict[str, Any]:
    forborne = course.own.forborne
    since = None if own.tier_dpd else date_of(course.own.cleared or terms.disbursed)
    return {
        "worst_dpd": course.claim.worst,
        "max_dpd_before": forborne.max_dpd_before if forborne else 0,
        "clear_since": since,
    }


def _days(
    reckoning: Reckoning,
    course: Course,
    standings: tuple[Standing, Standing],
    day: Day,
    now: Counted,
) -> dict[str, Any]:
    claim, own = standings
    watched = is_watched(course.own, day) and not _may_not_be_forborne(course)
    dpd = max(claim.tier_dpd, own.tier_dpd)
    profile = reckoning.profile
    return {
        "overdue": claim.overdue,
        "left": course.claim.left,
        "raw_dpd": claim.raw_dpd,
        "tier_dpd": claim.tier_dpd,
        "uncured_dpd": own.tier_dpd,
        "oldest_due": date_of(claim.oldest_due) if claim.oldest_due else None,
        "overdue_since_ms": (
            start_ms(claim.oldest_due + 1, reckoning.zone) if claim.oldest_due else None
        ),
        "worst_dpd": max(course.claim.worst, claim.raw_dpd),
        "tier_floor": _floor(reckoning, dpd, day, now, watched=watched),
        "class_floor": profile.class_floor(claim.raw_dpd, day),
        "is_default": profile.is_default(
            claim.raw_dpd, claim.overdue, course.claim.left, reckoning.currency
        ),
        "is_forborne": watched,
        "oldest_unpaid_no": claim.oldest_no,
        "last_due_no": claim.last_no,
        "next_due": date_of(claim.next_due) if claim.next_due else None,
        "next_amount": claim.next_amount,
        "due_soon": claim.soon,
    }


def _may_not_be_forborne(course: Course) -> bool:
    """Whether money in doubt could have paid what was overdue when the loan was restructured."""
    forborne = course.own.forborne
    return forborne is not None and any(
        each.may_pay and each.day <= forborne.since for each in course.held
    )


def _floor(reckoning: Reckoning, dpd: int, day: Day, now: Counted, *, watched: bool) -> int:
    """Return the tier's floor; what no source has verified raises it to moderate at most."""
    tier_floor = reckoning.profile.tier_floor
    floor = tier_floor(dpd)
    if watched:
        floor = max(floor, MODERATE if dpd else MILD)
    if day > now.closed + 1 and floor > MODERATE:
        verified_dpd = max(dpd - (day - now.closed - 1), 0) if now.closed else 0
        floor = max(tier_floor(verified_dpd), MODERATE)
    return floor


def _incoming(course: Course, reckoning: Reckoning, on: Day) -> int:
    """Return what came by the end of `on` and counts from the next day."""
    return sum(
        entry.amount
        for entry in course.waiting
        if entry.rank == Rank.PAYMENT and local_day(entry.at_ms, reckoning.zone) <= on
    )
