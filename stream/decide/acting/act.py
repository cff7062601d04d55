"""An operator's action about a borrower, or about a case that is not restricted.

signatures, class -> order -> seen before? in time? -> noted -> obeyed, or waits for a second
                                                    -> refused
"""

from typing import Final

import msgspec

from schemas import journal
from schemas.case import CaseState, Done
from schemas.case_orders import CaseOrder, Endorse
from schemas.control import ActionPayload
from schemas.instants import to_ms
from schemas.personal_data import is_in_words
from schemas.signing import Trust
from schemas.tier_orders import SnoozeTier
from stream.decide.acting.said import UNREAD, UNREADABLE, Said, payload_of, read
from stream.decide.acting.told import accept, concerned, line_of, note, refuse
from stream.decide.actions import BorrowerOrder, obey
from stream.decide.borrower import Borrower
from stream.decide.cases import follow as cases
from stream.decide.cases import lessons
from stream.decide.cases.flow import moved
from stream.decide.cases.pairs import (
    endorsed,
    named,
    needs_second,
    order_in,
    refuse_long_snooze,
    wait_for_second,
)
from stream.decide.cases.telling import put, with_entry
from stream.decide.cases.words import said_of, written_in
from stream.decide.collection import orders
from stream.decide.governance import RefusedError, refuse_seen
from stream.decide.step import conclude
from stream.decide.turn import Turn

SECOND: Final = frozenset({"#second"})
"""Stands for whoever endorses it."""


def act(borrower: Borrower, action: journal.Action, trust: Trust, turn: Turn) -> None:
    """Fold one action about a borrower, or a case that is not restricted."""
    seen = borrower.references.seen_actions
    payload = payload_of(action)
    try:
        said = read(action, trust, borrower, turn)
        refuse_seen(said.record_id, seen)
    except UNREAD as error:
        about = payload.record_id if payload else UNREADABLE
        refuse(borrower, about, str(error), turn, is_alarm=True)
        return
    seen.append(said.record_id)
    borrower.changed.add("references")
    try:
        _do(borrower, said, turn)
    except RefusedError as error:
        is_alarm = not isinstance(said.order, CaseOrder | Endorse)
        refuse(borrower, said.record_id, str(error), turn, is_alarm=is_alarm)
        for entity in concerned(borrower, said.order):
            line = line_of(said, turn, done=Done.REFUSED, detail=str(error))
            put(borrower, entity, with_entry(borrower.cases.open[entity], line), turn)


def _do(borrower: Borrower, said: Said, turn: Turn) -> None:
    """Do what was signed by somebody who may.

    Raises:
        RefusedError: If it cannot be done; nothing has changed then.
    """
    _refuse_late(borrower, said.payload)
    if is_in_words(written_in(said.order)):
        raise RefusedError("expected words without personal data: a number, an address")
    match said.order:
        case None:
            accept(borrower, said, turn)
        case Endorse(record_id=record_id):
            _endorse(borrower, said, record_id, turn)
        case _ if isinstance(said.order, CaseOrder):
            _work(borrower, said, said.order, turn)
        case order:
            _order(borrower, said, order, turn)


def _refuse_late(borrower: Borrower, payload: ActionPayload) -> None:
    in_force = borrower.references.actions.get(payload.subject)
    if payload.supersedes == in_force:
        return
    lines = (line for case in borrower.cases.open.values() for line in case.entries)
    first = next((line for line in lines if in_force and line.action_id == in_force), None)
    who = f": `{first.operator}` was first with `{first.kind}`" if first else ""
    raise RefusedError(f"expected to supersede `{in_force}`, got `{payload.supersedes}`{who}")


def _work(borrower: Borrower, said: Said, order: CaseOrder, turn: Turn) -> None:
    """Do something about a case."""
    entity = borrower.cases.entity_of(order.case_id)
    if entity is None:
        raise RefusedError(f"expected a case that is open, got `{order.case_id}`")
    before = borrower.cases.open[entity]
    after = moved(before, order, said.actor.name, turn.now_ms)
    note(borrower, said, turn)
    line = line_of(said, turn, detail=said_of(order))
    after = msgspec.structs.replace(with_entry(after, line), last_action_id=said.record_id)
    put(borrower, entity, after, turn)
    if after.state is CaseState.CLOSED:
        lessons.teach(borrower, after, turn)
        cases.close(borrower, entity)
    cases.follow(borrower, turn)


def _order(borrower: Borrower, said: Said, order: BorrowerOrder, turn: Turn) -> None:
    """Do something about the borrower, or let it wait for a second person."""
    actor, is_desk = said.actor, said.actor.operator_class is not None
    signed_ms = min(to_ms(said.payload.issued_at), turn.now_ms)
    if isinstance(order, orders.Order):
        orders.refuse_in_vain(borrower, order, actor.people | SECOND if is_desk else actor.people)
    if is_desk and isinstance(order, SnoozeTier):
        refuse_long_snooze(borrower, order, signed_ms)
    if is_desk and needs_second(borrower, order, actor.people):
        times_ms = (signed_ms, turn.now_ms)
        wait_for_second(borrower, order, said.record_id, actor.name, times_ms)
        accept(borrower, said, turn, done=Done.PENDING)
        cases.follow(borrower, turn)
        return
    accept(borrower, said, turn)
    _obey(borrower, order, actor.people, signed_ms, turn)


def _endorse(borrower: Borrower, said: Said, record_id: str, turn: Turn) -> None:
    """Be the second person of what waits for one."""
    pending = endorsed(borrower, record_id, said.actor)
    order, people = order_in(pending), said.actor.people | {pending.operator}
    if isinstance(order, orders.Order):
        orders.refuse_in_vain(borrower, order, people)
    accept(borrower, said, turn, detail=named(pending))
    del borrower.cases.pending[record_id]
    borrower.changed.add("cases")
    _obey(borrower, order, people, pending.signed_ms, turn)


def _obey(
    borrower: Borrower, order: BorrowerOrder, people: frozenset[str], at_ms: int, turn: Turn
) -> None:
    change = obey(borrower, order, people, at_ms, turn)
    conclude(borrower, change, turn, look=True, collect=isinstance(order, orders.Order))
