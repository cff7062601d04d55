"""What is told of an action: a decision, and a line in the history of the cases it concerns."""

from typing import Any

import msgspec

from schemas.case import CaseEntry, Done
from schemas.case_orders import CaseOrder, Endorse, kind_of
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from stream.decide.acting.said import Said
from stream.decide.borrower import Borrower
from stream.decide.cases.pairs import order_in, towards
from stream.decide.cases.telling import entry, put, with_entry
from stream.decide.cases.words import said_of
from stream.decide.turn import Turn, decide


def accept(
    borrower: Borrower,
    said: Said,
    turn: Turn,
    *,
    done: Done = Done.DONE,
    detail: str | None = None,
) -> None:
    """Note an action about the borrower, also in the history of the cases that it concerns."""
    note(borrower, said, turn, done=done)
    for entity in concerned(borrower, said.order):
        line = line_of(said, turn, done=done, detail=detail or said_of(said.order))
        after = with_entry(borrower.cases.open[entity], line)
        after = msgspec.structs.replace(after, last_action_id=said.record_id)
        put(borrower, entity, after, turn)


def note(borrower: Borrower, said: Said, turn: Turn, *, done: Done = Done.DONE) -> None:
    """Decide that an action counts."""
    borrower.references.actions[said.payload.subject] = said.record_id
    waits = ", waits for a second person" if done is Done.PENDING else ""
    detail = detail_of(said) + waits
    decide(borrower, DecisionKind.ACTION_NOTED, said.record_id, turn, detail=detail)


def detail_of(said: Said) -> str:
    """Return what was ordered, by whom, and who signed it."""
    actor, subject = said.actor, said.payload.subject
    of_case = getattr(said.order, "case_id", None)
    what = f"{kind_of(said.order)} of {of_case}" if of_case else subject
    if actor.operator_class is None:
        return f"{what} by {actor.name}, signed by {', '.join(sorted(actor.people))}"
    return f"{what} by {actor.name}, {actor.operator_class.value}, through the desk{_of_many(said)}"


def _of_many(said: Said) -> str:
    together = said.payload.together
    if together is None:
        return ""
    confirmed = f", confirmed by {together.confirmed_by}" if together.confirmed_by else ""
    return f", one of {together.orders}{confirmed}"


def refuse(borrower: Borrower, about: str, why: str, turn: Turn, *, is_alarm: bool) -> None:
    """Tell that an action does not count; an alarm tells whoever watches the watch, too."""
    decide(borrower, DecisionKind.ACTION_REFUSED, about, turn, detail=why)
    if is_alarm:
        turn.outbox.health(
            HealthKind.ACTION_REFUSED,
            subject=borrower.borrower_id,
            about=str(borrower.header.decisions),
            message=why,
            at_ms=turn.now_ms,
        )


def concerned(borrower: Borrower, order: Any) -> list[str]:
    """Return the legal entities of the open cases that an order concerns."""
    store = borrower.cases
    if isinstance(order, CaseOrder):
        entity = store.entity_of(order.case_id)
        return [] if entity is None else [entity]
    if isinstance(order, Endorse):
        pending = store.pending.get(order.record_id)
        order = order_in(pending) if pending else None
    if order is None:
        return []
    return sorted(key for key in store.open if towards(order) in (None, key))


def line_of(said: Said, turn: Turn, *, done: Done = Done.DONE, detail: str | None) -> CaseEntry:
    """Return the line of an action in the history of a case."""
    return entry(
        kind_of(said.order),
        turn,
        done=done,
        action_id=said.record_id,
        operator=said.actor.name,
        detail=detail,
    )
