"""What time and the cause do to a case, in either lane."""

from msgspec.structs import replace

from schemas.alert import Tier
from schemas.case import Case, CaseState
from schemas.instants import parse, wire
from stream.decide.borrower import Borrower
from stream.decide.cases.deadlines import ack_due_ms, outcome_due_ms
from stream.decide.cases.telling import entry, with_entry
from stream.decide.turn import Turn


def escalated(borrower: Borrower, case: Case, tier: Tier, turn: Turn) -> Case:
    """Return a case that somebody has to see anew, and nobody waits with, or has an outcome of."""
    due_ms = outcome_due_ms(borrower, tier, turn)
    if case.outcome_due_at is not None:
        due_ms = min(due_ms, parse(case.outcome_due_at))
    is_put_aside = case.state in (CaseState.WAIT, CaseState.OUTCOME)
    return replace(
        case,
        state=CaseState.ACTION if is_put_aside else case.state,
        acked_at=None,
        ack_due_at=wire(ack_due_ms(tier, turn.now_ms)),
        outcome_due_at=wire(due_ms),
        outcome=None,
        wait_until=None,
    )


def waited(case: Case, turn: Turn) -> Case:
    """Return a case, back from its wait if that is over."""
    if case.wait_until is None or parse(case.wait_until) > turn.now_ms:
        return case
    after = replace(case, state=CaseState.ACTION, wait_until=None)
    return with_entry(after, entry("waited", turn))


def ended(case: Case, turn: Turn, *, goes_on: bool) -> Case:
    """Return a case, ended if its cause has, and returned if that is back."""
    if case.ended_at is None and not goes_on:
        return with_entry(replace(case, ended_at=wire(turn.now_ms)), entry("ended", turn))
    if case.ended_at is not None and goes_on:
        return with_entry(replace(case, ended_at=None), entry("returned", turn))
    return case
