"""When time alone changes what a loan is like, so that no loan is looked at in vain.

A loan that owes nothing until its next due date sleeps until then; one that is overdue is looked
at every day.
"""

from collections.abc import Iterator

from stream.ledger.account.course import Course
from stream.ledger.account.probation import WATCH_DAYS
from stream.ledger.loan import Loan
from stream.ledger.quarantine import last_said
from stream.ledger.records.days import Day, start_ms
from stream.ledger.rolling import Counted, Wake, max_wait, sources_of
from stream.ledger.tieout import DAYS_WITHOUT_POSITION


def wakes_of(loan: Loan, now: Counted) -> list[Wake]:
    """Return when the loan must be looked at next; empty if only a record can change it."""
    reckoning, course = loan.reckoning(), loan.course(now.today)
    if reckoning is None or course is None:
        return []
    if reckoning.ending.status(now.today) is not None:
        return []
    wakes = []
    if roll_to := min(_rolls(loan, course, now.day), default=None):
        wakes.append(_at_roll(roll_to, loan, now))
    if day := min(_calendar_days(loan, course, now.today), default=None):
        begins_ms = start_ms(day, reckoning.zone)
        wakes.append(Wake(begins_ms, 0, begins_ms, ()))
    return wakes


def _rolls(loan: Loan, course: Course, rolled: Day) -> Iterator[Day]:
    """Yield days after `rolled` to which the roll changes something."""
    for account in course.accounts:
        due = account.due_by(rolled)
        for item in account.items[min(account.open_from, due) : due + 1]:
            if item.due > rolled:
                yield item.due
            elif item.rest:
                yield max(rolled, item.last_day) + 1
        if account.forborne is not None and account.forborne.since + WATCH_DAYS > rolled:
            yield account.forborne.since + WATCH_DAYS
    tie_out = loan.state.tie_out
    if tie_out.position is not None and tie_out.comparison is None:
        yield max(rolled, tie_out.position.as_of) + 1


def _calendar_days(loan: Loan, course: Course, today: Day) -> Iterator[Day]:
    """Yield days after `today` that change something whatever the sources say."""
    if course.waiting:
        yield max(course.waiting[0].day, today + 1)
    for account in course.accounts:
        if account.advance and account.may_draw() and account.fallen < len(account.items):
            yield account.items[account.fallen].due
    unsaid = last_said(loan) + DAYS_WITHOUT_POSITION + 1
    if unsaid > today:
        yield unsaid


def _at_roll(roll_to: Day, loan: Loan, now: Counted) -> Wake:
    waits = 0 if now.closed >= roll_to - 1 else max_wait(loan.state)
    return Wake(
        at_ms=start_ms(roll_to, loan.zone),
        through=roll_to - 1,
        by_ms=start_ms(roll_to + waits, loan.zone),
        sources=sources_of(loan.state),
    )
