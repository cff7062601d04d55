"""Who works at the desk: the classes of operators and what each may (domain.md 5.6).

One table for the desk's API, which refuses early, and for the fold, which decides.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final


class OperatorClass(StrEnum):
    """What somebody is at the lender."""

    DESK_OPERATOR = "DESK_OPERATOR"
    DESK_SUPERVISOR = "DESK_SUPERVISOR"
    COLLECTIONS = "COLLECTIONS"
    FRAUD_ANALYST = "FRAUD_ANALYST"
    COMPLIANCE = "COMPLIANCE"
    RISK_MODELLER = "RISK_MODELLER"
    CONFIG_APPROVER = "CONFIG_APPROVER"
    DATA_STEWARD = "DATA_STEWARD"
    AUDITOR = "AUDITOR"
    ADMIN = "ADMIN"


class May(StrEnum):
    """One thing that somebody may do or see."""

    SEE_CASES = "see_cases"
    SEE_EVIDENCE = "see_evidence"
    SEE_TRIGGERS = "see_triggers"
    SEE_RESTRICTED = "see_restricted"
    SEE_FIGURES = "see_figures"
    SEE_HEALTH = "see_health"
    SEE_AUDIT = "see_audit"
    WORK_CASES = "work_cases"
    CONTACT = "contact"
    APPROVE = "approve"
    ASSIGN = "assign"
    SNOOZE_SEVERE = "snooze_severe"
    SET_HOLD = "set_hold"
    RELEASE_FEED = "release_feed"
    RESOLVE = "resolve"
    """Ask whose a token is, one at a time, with a reason."""


_SEES: Final = frozenset({May.SEE_CASES, May.SEE_EVIDENCE, May.SEE_HEALTH, May.SEE_FIGURES})
_WORKS: Final = _SEES | {May.WORK_CASES, May.SET_HOLD}
_OPERATES: Final = _WORKS | {May.SEE_TRIGGERS, May.CONTACT, May.RESOLVE}

RIGHTS: Final[Mapping[OperatorClass, frozenset[May]]] = {
    OperatorClass.DESK_OPERATOR: _OPERATES,
    OperatorClass.DESK_SUPERVISOR: _OPERATES | {May.APPROVE, May.ASSIGN, May.SNOOZE_SEVERE},
    OperatorClass.COLLECTIONS: frozenset({May.SEE_CASES, May.SEE_TRIGGERS, May.CONTACT}),
    OperatorClass.FRAUD_ANALYST: _WORKS,
    OperatorClass.COMPLIANCE: frozenset(
        {May.SEE_CASES, May.SEE_EVIDENCE, May.SEE_TRIGGERS, May.SEE_RESTRICTED, May.SEE_HEALTH,
         May.SEE_FIGURES, May.SET_HOLD, May.RELEASE_FEED}
    ),
    OperatorClass.RISK_MODELLER: frozenset({May.SEE_FIGURES, May.SEE_HEALTH}),
    OperatorClass.CONFIG_APPROVER: frozenset({May.SEE_FIGURES, May.SEE_HEALTH}),
    OperatorClass.DATA_STEWARD: frozenset({May.SEE_HEALTH}),
    OperatorClass.AUDITOR: _SEES | {May.SEE_TRIGGERS, May.SEE_RESTRICTED, May.SEE_AUDIT},
    OperatorClass.ADMIN: frozenset({May.SEE_HEALTH}),
}  # fmt: skip
"""What each class may; what is not named here, nobody of the class may."""

RIGHT_OF_ORDER: Final[Mapping[str, May]] = {
    "claim": May.WORK_CASES,
    "give_back": May.WORK_CASES,
    "assign": May.ASSIGN,
    "acknowledge": May.WORK_CASES,
    "triage": May.WORK_CASES,
    "measure": May.WORK_CASES,
    "wait": May.WORK_CASES,
    "note": May.WORK_CASES,
    "outcome": May.WORK_CASES,
    "close": May.WORK_CASES,
    "endorse": May.APPROVE,
    "approve_trigger": May.CONTACT,
    "hold": May.SET_HOLD,
    "lift_hold": May.SET_HOLD,
    "release_tier": May.WORK_CASES,
    "snooze_tier": May.WORK_CASES,
    "release_quarantine": May.WORK_CASES,
}
"""What whoever gives an order must be allowed, by its kind."""


OPERATOR_LINKS: Final = "@operator_links"
"""The signed list of who is linked to which borrower, each as `ann/brw_31c` (domain.md 5.6)."""

ALONE: Final = 50
"""Of more orders given at once each takes a second person (domain.md 6.1)."""


def is_linked(operator: str, borrower_id: str, links: Collection[str]) -> bool:
    """Say whether somebody has to keep away from a borrower: kin, owner, guarantor, friend.

    Examples:
        >>> is_linked("ann", "brw_31c", {"ann/brw_31c"}), is_linked("ben", "brw_31c", ())
        (True, False)
    """
    return f"{operator}/{borrower_id}" in links


def may(classes: frozenset[OperatorClass], what: May) -> bool:
    """Say whether somebody of these classes may do it.

    Examples:
        >>> may(frozenset({OperatorClass.AUDITOR}), May.WORK_CASES)
        False
    """
    return any(what in RIGHTS[each] for each in classes)
