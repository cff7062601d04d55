"""An action about a restricted case; nobody but compliance learns that there was one."""

import msgspec

from schemas import journal
from schemas.case import CaseState, is_restricted
from schemas.case_orders import CaseOrder, kind_of
from schemas.decision import DecisionKind
from schemas.personal_data import is_in_words
from schemas.signing import Trust
from stream.decide.acting.said import UNREAD, UNREADABLE, Said, payload_of, read
from stream.decide.acting.told import detail_of, line_of
from stream.decide.borrower import Borrower
from stream.decide.cases.apart import close_apart, follow_apart
from stream.decide.cases.flow import moved
from stream.decide.cases.telling import put, with_entry
from stream.decide.cases.words import said_of, written_in
from stream.decide.governance import RefusedError, refuse_repetition
from stream.decide.turn import Turn, decide


def is_apart(action: journal.Action) -> bool:
    """Whether an action is about a case of the restricted lane."""
    payload = payload_of(action)
    return payload is not None and is_restricted(payload.body.get("case_id"))


def act_apart(borrower: Borrower, action: journal.Action, trust: Trust, turn: Turn) -> None:
    """Fold one action about a restricted case; nobody but compliance learns that there was one."""
    restricted, payload = borrower.restricted, payload_of(action)
    borrower.changed.add("restricted")
    try:
        said = read(action, trust, borrower, turn, apart=True)
        refuse_repetition(
            said.record_id,
            said.payload.supersedes,
            seen=restricted.seen_actions,
            in_force=restricted.action,
        )
        restricted.seen_actions.append(said.record_id)
        _work_apart(borrower, said, turn)
    except UNREAD as error:
        about = payload.record_id if payload else UNREADABLE
        refused = DecisionKind.ACTION_REFUSED
        decide(borrower, refused, about, turn, detail=str(error), restricted=True)
    follow_apart(borrower, turn)
    borrower.rearm()


def _work_apart(borrower: Borrower, said: Said, turn: Turn) -> None:
    """Do something about a restricted case."""
    order, store = said.order, borrower.restricted.cases
    if not isinstance(order, CaseOrder) or kind_of(order) == "assign":
        raise RefusedError("expected an order about a restricted case")
    if is_in_words(written_in(order)):
        raise RefusedError("expected words without personal data: a number, an address")
    entity = store.entity_of(order.case_id)
    if entity is None:
        raise RefusedError(f"expected a case that is open, got `{order.case_id}`")
    after = moved(store.open[entity], order, said.actor.name, turn.now_ms)
    borrower.restricted.action = said.record_id
    noted, detail = DecisionKind.ACTION_NOTED, detail_of(said)
    decide(borrower, noted, said.record_id, turn, detail=detail, restricted=True)
    line = line_of(said, turn, detail=said_of(order))
    after = msgspec.structs.replace(with_entry(after, line), last_action_id=said.record_id)
    put(borrower, entity, after, turn)
    if after.state is CaseState.CLOSED:
        close_apart(borrower)
