"""From when to when a loan was in distress, as known today: what an early warning is to foresee.

    late        so many days past due or more, by what the borrower itself has paid (rests above
                the residue; grace as in the tier's floor)
    forborne    restructured with arrears, as long as that is watched
    given up    written off, or settled for less: from then on

A loan that was sold says nothing from then on of what has become of it. What is in doubt is no
distress, and nothing is known from there on.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.loan_terms import LoanStatus
from stream.ledger.account.account import Account
from stream.ledger.account.course import Course
from stream.ledger.account.ending import is_paid_off
from stream.ledger.account.probation import probation_end
from stream.ledger.arrears import late_until
from stream.ledger.loan import Loan
from stream.ledger.records.days import LAST_DAY, Day
from stream.ledger.rolling import Counted

BAD_ENDS: Final = frozenset({LoanStatus.WRITTEN_OFF, LoanStatus.SETTLED})


class Distress(NamedTuple):
    """A loan's distress.

    Attributes:
        spans: Each from its first day up to the first one after it.
        known: The last day of which it is known; `LAST_DAY` of a loan that is over.
        sold: The day from which on nobody tells of it, `LAST_DAY` if that is not so.
    """

    spans: tuple[tuple[Day, Day], ...]
    known: Day
    sold: Day = LAST_DAY

    def holds(self, day: Day) -> bool:
        """Whether it was in distress on a day."""
        return any(begin <= day < end for begin, end in self.spans)

    def begins(self, after: Day, last: Day) -> bool:
        """Whether it came to be in distress after one day, and by the end of another."""
        return any(after < begin <= last for begin, _ in self.spans)


def distress(loan: Loan, now: Counted, *, days_late: int) -> Distress | None:
    """Return when a loan was in distress, `None` without a contract and a schedule.

    Args:
        loan: The loan.
        now: How far it is counted.
        days_late: From so many days past due on it is.
    """
    reckoning, course = loan.reckoning(), loan.course(now.today)
    terms = loan.state.terms
    if reckoning is None or course is None or terms is None or not course.own.items:
        return None
    over = reckoning.ending.over(now.today)
    end, status = over if over is not None else (LAST_DAY, LoanStatus.ACTIVE)
    spans = [span for span in _spans(course, now.day, days_late) if span[0] < end]
    if status in BAD_ENDS:
        spans.append((end, LAST_DAY))
    is_over = over is not None or is_paid_off(course.claim, terms)
    known = LAST_DAY if is_over else min(now.day, now.closed + 1, _sure(course))
    sold = end if status is LoanStatus.SOLD else LAST_DAY
    return Distress(tuple(sorted(spans)), known, sold)


def _spans(course: Course, day: Day, days_late: int) -> Iterator[tuple[Day, Day]]:
    account = course.own
    for item in account.items[: account.due_by(day)]:
        begin, end = max(item.last_day + 1, item.due + days_late), late_until(account, item)
        if begin <= day and begin < end:
            yield begin, end
    if account.forborne is not None and account.forborne.since <= _sure(course):
        yield account.forborne.since, _watched_until(account, day)


def _watched_until(account: Account, day: Day) -> Day:
    return probation_end(account, day) or LAST_DAY


def _sure(course: Course) -> Day:
    """Return the last day before money in doubt that could have paid what was due."""
    return min((each.day - 1 for each in course.held if each.may_pay), default=LAST_DAY)
