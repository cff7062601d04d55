"""A small stand-in for the fold: what an order makes of a case, and what may be ordered."""

from typing import Any

from msgspec.structs import replace

from schemas.case import Case, CaseEntry, CaseOutcome, CaseState, Done, Measure, Triage
from schemas.desk_view import Advice, PossibleAction, Why
from schemas.operators import May

RIGHTS = {
    **dict.fromkeys(("claim", "acknowledge", "triage", "measure", "wait"), May.WORK_CASES),
    **dict.fromkeys(("note", "outcome", "close", "give_back"), May.WORK_CASES),
    **dict.fromkeys(("snooze_tier", "release_tier"), May.WORK_CASES),
    **dict.fromkeys(("hold", "lift_hold"), May.SET_HOLD),
    **dict.fromkeys(("approve_trigger", "endorse"), May.APPROVE),
    "assign": May.ASSIGN,
}
MISSING = {
    "lift_hold": "no_hold",
    "approve_trigger": "no_trigger",
    "endorse": "no_pending",
    "release_tier": "no_tier",
}
NEXT = {
    CaseState.NEW: Advice.ACKNOWLEDGE,
    CaseState.ACKED: Advice.TRIAGE,
    CaseState.TRIAGED: Advice.MEASURE,
    CaseState.ACTION: Advice.OUTCOME,
    CaseState.WAIT: Advice.WAIT,
    CaseState.OUTCOME: Advice.CLOSE,
    CaseState.CLOSED: Advice.WAIT,
}


def why_not(kind: str, case: Case, operator: str, rights: set[May]) -> Why | None:
    """Return why an order is not to be given, `None` if it is."""
    if RIGHTS[kind] not in rights:
        return Why(code="right", params={"right": RIGHTS[kind]})
    if case.state is CaseState.CLOSED:
        return Why(code="closed")
    if kind == "claim" and case.holder == operator:
        return Why(code="held_already")
    if case.holder not in {None, operator}:
        return Why(code="held_by", params={"holder": case.holder or ""})
    return _by_state(kind, case)


def _by_state(kind: str, case: Case) -> Why | None:
    if case.holder is None and kind not in {"claim", "note", "acknowledge", "hold"}:
        return Why(code="not_held")
    if (kind == "acknowledge") is not (case.state is CaseState.NEW) and kind in {
        "acknowledge",
        "triage",
    }:
        return Why(code="state", params={"state": case.state})
    if kind == "close" and case.outcome is None:
        return Why(code="no_outcome")
    return Why(code=MISSING[kind]) if kind in MISSING else None


def actions(case: Case, operator: str, rights: set[May]) -> tuple[PossibleAction, ...]:
    """Return every order, with why it is not to be given."""
    whys = {kind: why_not(kind, case, operator, rights) for kind in RIGHTS}
    return tuple(
        PossibleAction(kind=kind, allowed=why is None, why=why) for kind, why in whys.items()
    )


def entry(order: dict[str, Any], operator: str, at: str, record_id: str) -> CaseEntry:
    """Return the line of a case's history that an order makes."""
    detail = next((str(value) for name, value in order.items() if name != "kind"), None)
    return CaseEntry(
        at=at,
        kind=order["kind"],
        done=Done.DONE,
        action_id=record_id,
        operator=operator,
        detail=detail,
    )


def applied(case: Case, order: dict[str, Any], made: CaseEntry) -> Case:
    """Return the case after an order."""
    changes: dict[str, Any] = {
        "claim": lambda: {"holder": made.operator},
        "give_back": lambda: {"holder": None},
        "acknowledge": lambda: {"state": CaseState.ACKED, "acked_at": made.at, "ack_due_at": None},
        "triage": lambda: {"state": CaseState.TRIAGED, "triage": Triage(order["triage"])},
        "measure": lambda: {"state": CaseState.ACTION, "measure": Measure(order["measure"])},
        "wait": lambda: {"state": CaseState.WAIT, "wait_until": order["until"]},
        "outcome": lambda: {
            "state": CaseState.OUTCOME,
            "outcome": CaseOutcome(order["outcome"]),
            "outcome_due_at": None,
        },
        "close": lambda: {"state": CaseState.CLOSED, "closed_at": made.at},
    }.get(order["kind"], dict)()
    entries = (*case.entries, made)
    return replace(case, version=case.version + 1, at=made.at, entries=entries, **changes)
