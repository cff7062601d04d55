"""What became of a borrower that was judged: bad, good, or nothing that can be said.

Bad is what a severe warning is to foresee (domain.md 6): within the horizon some loan came to be 30
days past due, was restructured with arrears, or was written off or settled for less. All else is
good, a loan that was paid off among it. It is what is known when the judgement matures: what was
corrected before counts as corrected, and nothing that is known later does.

Void, so that nobody learns of it:

* the borrower was in distress when it was judged, as known then or now: nothing was to be foreseen;
* a loan is not counted up to the end of the horizon, since a source is out or money is in doubt:
  neither what is bad nor what is good by then, lest an outage teach that all is well;
* a loan was sold before anything happened: nobody tells of it.
"""

from typing import Final

from stream.decide.borrower import Borrower
from stream.decide.ews.rhythm import HORIZON_DAYS
from stream.ledger import Distress, Times

DAYS_LATE: Final = 30
"""Days past due that a severe warning is to foresee (domain.md 6, precision by tier)."""


def may_be_judged(borrower: Borrower, times: Times, day: int) -> bool:
    """Whether there is something to be foreseen: an open loan, and no distress yet."""
    ledger = borrower.ledger
    views = (ledger.view(loan_id, times) for loan_id in ledger.loans)
    is_open = any(view is not None and view.is_open for view in views)
    return is_open and not any(each.holds(day) for each in _distress(borrower, times))


def is_bad(borrower: Borrower, times: Times, day: int) -> bool | None:
    """Return what became of a borrower that was judged on a day, `None` if it is void."""
    last, found = day + HORIZON_DAYS - 1, _distress(borrower, times)
    if not found or any(each.holds(day) or each.known < last for each in found):
        return None
    if any(each.begins(day, last) for each in found):
        return True
    return None if any(each.sold <= last for each in found) else False


def _distress(borrower: Borrower, times: Times) -> list[Distress]:
    ledger = borrower.ledger
    each = (ledger.distress(loan_id, times, days_late=DAYS_LATE) for loan_id in ledger.loans)
    return [found for found in each if found is not None]
