"""One signed action as it is read: who it is, whether it may be, and what is ordered."""

from typing import Final

import msgspec

from schemas import journal
from schemas.case_orders import CaseOrder, Endorse, kind_of
from schemas.control import ActionPayload
from schemas.operators import OPERATOR_LINKS
from schemas.signing import SignatureRefusedError, Trust
from stream.decide.actions import Order, order_of
from stream.decide.borrower import Borrower
from stream.decide.cases.rights import (
    Actor,
    actor_of,
    refuse_if_linked,
    refuse_unless_confirmed,
    refuse_unless_entitled,
    refuse_unless_of_compliance,
)
from stream.decide.governance import RefusedError
from stream.decide.turn import Turn

UNREAD: Final = (SignatureRefusedError, RefusedError, msgspec.DecodeError, RecursionError)
"""Why an action does not count, or cannot be read at all."""

UNREADABLE: Final = "action"
"""What a refusal is about where not even an id can be read."""

_payload: Final = msgspec.json.Decoder(ActionPayload).decode


class Said(msgspec.Struct, frozen=True):
    """An action as it was read: what was signed, by whom, and what is ordered."""

    payload: ActionPayload
    actor: Actor
    order: Order | None

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self.payload.record_id


def payload_of(action: journal.Action) -> ActionPayload | None:
    """Return what an action says, whoever signed it; `None` if it cannot be read."""
    try:
        return _payload(action.signed.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read(
    action: journal.Action, trust: Trust, borrower: Borrower, turn: Turn, *, apart: bool = False
) -> Said:
    """Return what was signed, and by whom.

    Raises:
        SignatureRefusedError: If the signatures do not count.
        RefusedError: If whoever signed it may not.
        msgspec.DecodeError: If it is no action, or asks for something and does not say what.
    """
    payload = _payload(action.signed.payload)
    actor = actor_of(payload, action.signed, trust)
    order = order_of(payload.body)
    links = turn.broadcast.lists.get(OPERATOR_LINKS, ())
    refuse_if_linked(actor, payload.together, borrower.borrower_id, links)
    refuse_unless_confirmed(actor, payload.together)
    if apart:
        refuse_unless_of_compliance(actor)
    elif order is not None:
        refuse_unless_entitled(actor, kind_of(order))
    is_of_case = isinstance(order, CaseOrder | Endorse)
    if is_of_case and actor.operator_class is None and actor.name not in actor.people:
        raise RefusedError(f"expected the signature of the operator `{actor.name}`")
    is_strict = is_of_case or actor.operator_class is not None
    if is_strict and payload.subject != borrower.borrower_id:
        raise RefusedError(f"expected the subject `{borrower.borrower_id}`")
    return Said(payload, actor, order)
