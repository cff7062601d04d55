"""What the ledger says of a borrower, as the tier takes it: facts by legal entity.

Loans that are over, and such as cannot be counted yet, hold nobody up; one whose only schedule is
in doubt takes nothing back either. Days past due, probation and
what of that is verified have become one floor in the ledger already (ledger.md 4 to 6).
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from stream.decide.tiers.facts import Facts, Payments
from stream.ledger import Cause, Ledger, LoanView, Punctuality, State, Times

DEFAULT_ENTITY: Final = "default"
"""The legal entity of loans that name none."""


UNKNOWN_MS: Final = (1 << 62, 1 << 62, 1 << 62)
"""Since when a floor is gone that nobody can tell: not before now."""


class _Open(NamedTuple):
    view: LoanView
    paid: Punctuality


def facts_of(ledger: Ledger, times: Times) -> dict[str, Facts]:
    """Return the facts of a borrower towards each legal entity to which it owes.

    Examples:
        >>> facts_of(Ledger(), Times(0))
        {}
    """
    by_entity: dict[str, list[_Open]] = {}
    for loan_id in ledger.loans:
        view, paid = ledger.view(loan_id, times), ledger.punctuality(loan_id, times)
        if view is None or paid is None or not (view.is_open or _is_in_doubt(view)):
            continue
        if not view.is_open:
            paid = paid._replace(left_ms=UNKNOWN_MS)
        entity = view.legal_entity or DEFAULT_ENTITY
        by_entity.setdefault(entity, []).append(_Open(view, paid))
    return {entity: _facts(loans) for entity, loans in by_entity.items()}


def _is_in_doubt(view: LoanView) -> bool:
    return view.state is State.PENDING and Cause.IN_DOUBT in view.quarantine


def _facts(loans: list[_Open]) -> Facts:
    views = [view for view, _ in loans]
    return Facts(
        floor=max(view.tier_floor for view in views),
        dpd=max(max(view.tier_dpd, view.uncured_dpd) for view in views),
        unverified=any(view.is_unverified for view in views),
        forborne=any(view.is_forborne for view in views),
        disbursed_ms=min(paid.disbursed_ms for _, paid in loans),
        next_due_ms=_first(paid.next_due_ms for _, paid in loans),
        loans=tuple(_payments(paid) for _, paid in loans),
        left_ms=_last(paid.left_ms for _, paid in loans),
    )


def _payments(paid: Punctuality) -> Payments:
    return Payments(
        last_due_ms=paid.last_due_ms,
        on_time_due_ms=paid.on_time_due_ms,
        interval_days=paid.interval_days,
    )


def _last(left_ms: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    one, two, three = (max(of_tier) for of_tier in zip(*left_ms, strict=True))
    return one, two, three


def _first(instants_ms: Iterable[int | None]) -> int | None:
    return min((each for each in instants_ms if each is not None), default=None)
