"""One more line of a case's history, and one more version of its record."""

from typing import Final

from msgspec.structs import replace

from rules.catalogue import RESTRICTED
from schemas.case import Case, CaseEntry, Done
from schemas.instants import wire
from stream.decide.borrower import Borrower
from stream.decide.turn import Turn

ENTRIES_MOST: Final = 40
"""So many lines of its history a case shows; all actions are in `decisions`."""


def entry(
    kind: str,
    turn: Turn,
    *,
    done: Done = Done.DONE,
    action_id: str | None = None,
    operator: str | None = None,
    detail: str | None = None,
) -> CaseEntry:
    """Return a line of now."""
    at = wire(turn.now_ms)
    return CaseEntry(
        at=at, kind=kind, done=done, action_id=action_id, operator=operator, detail=detail
    )


def with_entry(case: Case, line: CaseEntry) -> Case:
    """Return a case with one more line."""
    return replace(case, entries=(*case.entries, line)[-ENTRIES_MOST:])


def put(borrower: Borrower, key: str, case: Case, turn: Turn) -> None:
    """Tell the next version of a case and keep it, unless nothing has changed.

    Args:
        borrower: Whose.
        key: Under which it is kept: the legal entity.
        case: As it now is, with the version before.
        turn: Where and when.
    """
    is_restricted = case.lane == RESTRICTED
    cases = borrower.restricted.cases if is_restricted else borrower.cases
    if cases.open.get(key) == case:
        return
    told = replace(case, version=case.version + 1, at=wire(turn.now_ms))
    cases.open[key] = told
    borrower.changed.add("restricted" if is_restricted else "cases")
    turn.outbox.case(told)
