"""What operators sign about contacts: releases, holds, and the end of holds."""

from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.collection_trigger import Op
from schemas.instants import to_ms
from schemas.reference import HoldKind
from stream.decide.borrower import Borrower
from stream.decide.collection.breaches import put_hold
from stream.decide.collection.guards.holds import PEOPLE
from stream.decide.collection.state import Held
from stream.decide.governance import RefusedError
from stream.decide.turn import Turn

Order = ApproveTrigger | PutOnHold | LiftHold


def refuse_in_vain(borrower: Borrower, order: Order, people: frozenset[str]) -> None:
    """Pass if an order can be obeyed.

    Raises:
        RefusedError: If too few signed, or it is about what is not there.
    """
    state = borrower.collection
    match order:
        case ApproveTrigger(trigger_id=trigger_id):
            trigger = state.triggers.get(trigger_id)
            if trigger is None or trigger.over_ms is not None or trigger.op is not Op.NEED_APPROVAL:
                raise RefusedError(f"expected a trigger that waits for people, got `{trigger_id}`")
        case LiftHold() if len(people) < PEOPLE:
            raise RefusedError("expected two people to lift a hold, got one")
        case LiftHold() if not any(_is_meant(each, order) for each in state.holds):
            raise RefusedError(f"expected a hold {order.hold} that was set here, found none")


def obey(borrower: Borrower, order: Order, people: frozenset[str], turn: Turn) -> None:
    """Do what was signed."""
    state = borrower.collection
    match order:
        case ApproveTrigger(trigger_id=trigger_id):
            trigger = state.triggers[trigger_id]
            trigger.approvals = sorted({*trigger.approvals, *people})
        case PutOnHold():
            until_ms = to_ms(order.until) if order.until else None
            kind = HoldKind(order.hold)
            put_hold(
                borrower,
                Held(
                    kind=kind, since_ms=turn.now_ms, until_ms=until_ms, loan_id=order.loan_id or ""
                ),
            )
        case LiftHold():
            state.holds = [each for each in state.holds if not _is_meant(each, order)]
    borrower.changed.add("collection")


def _is_meant(held: Held, order: LiftHold) -> bool:
    return held.kind.value == order.hold and held.loan_id == (order.loan_id or "")
