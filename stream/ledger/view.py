"""What a loan is like on a day: the one thing that rules, tiers, guards and people read.

All amounts are minor units of `currency`. Everything in doubt is shown and nothing of it is
counted: a view never calls somebody overdue because a record was wrong, late or missing.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec


class State(StrEnum):
    """Where a loan stands.

    `PENDING` is a loan without a contract or a schedule that can be counted.
    """

    PENDING = "PENDING"
    CURRENT = "CURRENT"
    OVERDUE = "OVERDUE"
    PAID_OFF = "PAID_OFF"
    WRITTEN_OFF = "WRITTEN_OFF"
    SOLD = "SOLD"
    SETTLED = "SETTLED"


class Cause(StrEnum):
    """Why a loan is quarantined: warnings go on, triggers do not (guard DATA_HEALTH)."""

    MISSING_PAYMENT = "MISSING_PAYMENT"
    ALLOCATION = "ALLOCATION"
    SCHEDULE = "SCHEDULE"
    DAY_ROLL = "DAY_ROLL"
    STATUS = "STATUS"
    UNKNOWN_LOAN = "UNKNOWN_LOAN"
    NO_POSITION = "NO_POSITION"
    IN_DOUBT = "IN_DOUBT"
    UNMATCHED_RETURN = "UNMATCHED_RETURN"


class LoanView(msgspec.Struct, frozen=True, kw_only=True):
    """One loan on one day.

    Attributes:
        loan_id: Whose view it is.
        on: The day that was asked for; payments up to its end are counted.
        counted_on: The day up to which days past due are counted; before `on` while stale.
        state: Where the loan stands.
        currency: Of all amounts.
        legal_entity: Whose claim it is; a borrower's tier is per legal entity.
        disbursed: When it was paid out, `None` before its contract came.
        owed: What has fallen due, fees included, waivers and what a version took over not.
        paid: What was settled of it.
        overdue: What is not, past due and outside its grace.
        left: All that is still to be paid, due or not; 0 unless the loan is open.
        ahead: Paid on instalments that are not due yet.
        advance: Kept aside: more than was due.
        applied: What schedule versions have used of the advance.
        incoming: Came after the cut-off and counts from the next day.
        suspense: Money of the borrower in this currency that names no loan, or several.
        held: Money of this loan in doubt, which is not counted.
        recovered: Came after the claim had been given up.
        compensated: Paid by somebody else for the borrower.
        payers: By whom: relation, and token where it is known.
        raw_dpd: Days past due, every minor unit counted.
        tier_dpd: The same over rests above the residue; it stops while money is in doubt.
        uncured_dpd: `tier_dpd` as if nobody else had paid for the borrower.
        oldest_due: The due date that `raw_dpd` counts from.
        overdue_since_ms: When its first day past due began.
        worst_dpd: The most days past due that the loan ever had.
        tier_floor: 0 to 3, from `tier_dpd` or `uncured_dpd`, and from probation.
        class_floor: From `raw_dpd` alone, by the contract's profile; `None` off the book.
        is_default: The profile's flag of default.
        is_forborne: In probation after a restructuring with arrears.
        max_dpd_before: The most days past due before that restructuring.
        clear_since: The day since which nothing is overdue, `None` while something is.
        oldest_unpaid_no: The number of the instalment that `raw_dpd` counts from, `None` if that is
            a fee.
        last_due_no: The number of the latest instalment that fell due, paid or not.
        next_due: When the next instalment falls due.
        next_amount: What is still to be paid of all that falls due on that day.
        due_soon: What is still to be paid of all that falls due within 28 days of `counted_on`;
            it moves with the day, and no loan is woken for it.
        is_stale: Days past due wait for a source.
        is_unverified: They were counted without one.
        quarantine: Why triggers are suppressed, empty if they are not.
    """

    loan_id: str
    on: date
    counted_on: date
    state: State
    currency: str = ""
    legal_entity: str = ""
    disbursed: date | None = None
    owed: int = 0
    paid: int = 0
    overdue: int = 0
    left: int = 0
    ahead: int = 0
    advance: int = 0
    applied: int = 0
    incoming: int = 0
    suspense: int = 0
    held: int = 0
    recovered: int = 0
    compensated: int = 0
    payers: tuple[str, ...] = ()
    raw_dpd: int = 0
    tier_dpd: int = 0
    uncured_dpd: int = 0
    oldest_due: date | None = None
    overdue_since_ms: int | None = None
    worst_dpd: int = 0
    tier_floor: int = 0
    class_floor: str | None = None
    is_default: bool = False
    is_forborne: bool = False
    max_dpd_before: int = 0
    clear_since: date | None = None
    oldest_unpaid_no: int | None = None
    last_due_no: int | None = None
    next_due: date | None = None
    next_amount: int = 0
    due_soon: int = 0
    is_stale: bool = False
    is_unverified: bool = False
    quarantine: tuple[Cause, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether monitoring of the loan has ended."""
        return self.state in (State.PAID_OFF, State.WRITTEN_OFF, State.SOLD, State.SETTLED)

    @property
    def is_open(self) -> bool:
        """Whether there is a claim that can be counted, and its monitoring goes on."""
        return self.state in (State.CURRENT, State.OVERDUE)

    @property
    def may_be_covered(self) -> bool:
        """Whether money that is here but not counted could pay what is overdue (AMOUNT_CHECK)."""
        uncounted = self.suspense + self.incoming + self.advance + self.held
        return 0 < self.overdue <= uncounted


class Worst(NamedTuple):
    """A borrower's worst loan with one legal entity, field by field."""

    raw_dpd: int = 0
    tier_dpd: int = 0
    uncured_dpd: int = 0
    tier_floor: int = 0


def worst_by_entity(views: Iterable[LoanView]) -> dict[str, Worst]:
    """Return the largest days past due and floor among a borrower's loans, by legal entity.

    Connected borrowers are not added up (ledger.md 4).

    Examples:
        >>> day = date(2026, 3, 10)
        >>> known = {"on": day, "counted_on": day, "state": State.OVERDUE, "legal_entity": "le1"}
        >>> worst = worst_by_entity(
        ...     [
        ...         LoanView(loan_id="ln_1", raw_dpd=5, tier_floor=2, **known),
        ...         LoanView(loan_id="ln_2", raw_dpd=1, tier_floor=1, **known),
        ...     ]
        ... )
        >>> worst["le1"].raw_dpd, worst["le1"].tier_floor
        (5, 2)
    """
    worst: dict[str, Worst] = {}
    for view in views:
        known = worst.get(view.legal_entity, Worst())
        own = (view.raw_dpd, view.tier_dpd, view.uncured_dpd, view.tier_floor)
        worst[view.legal_entity] = Worst(*map(max, known, own))
    return worst
