"""The open loans of a borrower, as state rules name them: the ledger's views for a scene.

The ledger knows no rules (`stream.ledger` imports none), and rules know no ledger; here the two
meet. Loans that are over, and such as cannot be counted yet, are not judged.
"""

from datetime import date

from rules import scene
from stream.ledger import Ledger, LoanView, Times


def loans_of(ledger: Ledger, times: Times, on: date | None = None) -> dict[str, scene.Loan]:
    """Return the loans that rules may judge, by id, in order.

    Args:
        ledger: The borrower's.
        times: What time it is.
        on: A day of the past, at its end; now if `None`.

    Each loan is reckoned once at most: what was worked out for another answer of the same record
    is taken again.

    Examples:
        >>> loans_of(Ledger(), Times(0))
        {}
    """
    views = (ledger.view(loan_id, times, on) for loan_id in ledger.loans)
    return {view.loan_id: _loan(view) for view in views if view is not None and view.is_open}


def _loan(view: LoanView) -> scene.Loan:
    return scene.Loan(
        loan_id=view.loan_id,
        legal_entity=view.legal_entity,
        currency=view.currency,
        raw_dpd=view.raw_dpd,
        tier_dpd=view.tier_dpd,
        uncured_dpd=view.uncured_dpd,
        overdue=view.overdue,
        overdue_since_ms=view.overdue_since_ms,
        oldest_unpaid_no=view.oldest_unpaid_no,
        last_due_no=view.last_due_no,
        next_due=view.next_due,
        due_28d=view.due_soon,
        disbursed=view.disbursed,
        is_unverified=view.is_unverified,
        is_forborne=view.is_forborne,
    )
