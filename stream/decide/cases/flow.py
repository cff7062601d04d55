"""What one order makes of one case, or why it is refused.

    NEW -> ACKED -> TRIAGED -> ACTION <-> WAIT -> OUTCOME -> CLOSED

Only the holder acts on a case; anybody who works cases may acknowledge one that nobody holds, and
write a note. Steps may be skipped forward: who claims has seen it, and who does more, too. An
outcome is not said of what nobody has seen, and nothing is closed without one.
"""

from typing import Any, Final

from msgspec.structs import replace

from schemas.case import Case, CaseState
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    Assign,
    CaseOrder,
    Claim,
    CloseCase,
    GiveBack,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
)
from schemas.instants import DAY_MS, to_ms, wire
from stream.decide.cases.deadlines import LAST_MS
from stream.decide.governance import RefusedError

WAIT_MOST_MS: Final = 30 * DAY_MS
"""No wait is longer: what nobody wants to see for so long has an outcome."""

BEFORE_TRIAGE: Final = (CaseState.NEW, CaseState.ACKED)


def moved(case: Case, order: CaseOrder, operator: str, now_ms: int) -> Case:
    """Return a case after an order.

    Raises:
        RefusedError: If it cannot be obeyed; the text says why.
    """
    match order:
        case Claim():
            return _claimed(case, operator, now_ms)
        case AddNote():
            return case
        case Assign(holder=holder):
            if holder == case.holder:
                raise RefusedError(f"`{holder}` holds it already")
            return replace(case, holder=holder)
        case Acknowledge():
            return _acknowledged(case, operator, now_ms)
        case _:
            _refuse_unless_held(case, operator)
            return _worked(case, order, now_ms)


def _worked(case: Case, order: CaseOrder, now_ms: int) -> Case:
    """Return a case after an order of its holder."""
    if isinstance(order, GiveBack):
        return replace(case, holder=None)
    if isinstance(order, CloseCase):
        if case.outcome is None:
            raise RefusedError("expected an outcome before it is closed, it has none")
        return replace(case, state=CaseState.CLOSED, closed_at=wire(now_ms))
    if isinstance(order, SayOutcome):
        return _with_outcome(case, order, now_ms)
    if case.state is CaseState.OUTCOME:
        raise RefusedError(f"its outcome has been said: {case.outcome}; close it")
    seen = _seen(case, now_ms)
    match order:
        case TriageCase(triage=triage):
            state = CaseState.TRIAGED if case.state in BEFORE_TRIAGE else case.state
            return replace(seen, triage=triage, state=state)
        case TakeMeasure(measure=measure):
            return replace(seen, measure=measure, state=CaseState.ACTION, wait_until=None)
        case Wait(until=until):
            return _waiting(seen, to_ms(until), now_ms)
        case _:
            raise RefusedError("expected an order about a case")


def _claimed(case: Case, operator: str, now_ms: int) -> Case:
    if case.holder == operator:
        raise RefusedError("you hold it already")
    if case.holder is not None:
        raise RefusedError(f"`{case.holder}` holds it")
    return replace(_seen(case, now_ms), holder=operator)


def _acknowledged(case: Case, operator: str, now_ms: int) -> Case:
    if case.holder not in (None, operator):
        raise RefusedError(f"`{case.holder}` holds it")
    if case.ack_due_at is None:
        raise RefusedError("it is acknowledged already")
    return _seen(case, now_ms)


def _refuse_unless_held(case: Case, operator: str) -> None:
    if case.holder is None:
        raise RefusedError("nobody holds it: claim it first")
    if case.holder != operator:
        raise RefusedError(f"`{case.holder}` holds it")


def _seen(case: Case, now_ms: int) -> Case:
    """Return a case as seen, if it was not."""
    if case.ack_due_at is None:
        return case
    state = CaseState.ACKED if case.state is CaseState.NEW else case.state
    return replace(case, acked_at=wire(now_ms), ack_due_at=None, state=state)


def _with_outcome(case: Case, order: SayOutcome, now_ms: int) -> Case:
    if case.state is CaseState.NEW:
        raise RefusedError("expected a case that somebody has seen: acknowledge it first")
    said: dict[str, Any] = {"outcome_due_at": None, "wait_until": None}
    return replace(_seen(case, now_ms), state=CaseState.OUTCOME, outcome=order.outcome, **said)


def _waiting(case: Case, until_ms: int, now_ms: int) -> Case:
    if not now_ms < until_ms <= now_ms + WAIT_MOST_MS:
        latest = wire(min(now_ms + WAIT_MOST_MS, LAST_MS))
        raise RefusedError(f"expected an instant from now to {latest}, got {wire(until_ms)}")
    return replace(case, state=CaseState.WAIT, wait_until=wire(until_ms))
