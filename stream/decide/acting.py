"""One signed action of an operator: who it is, whether it may be, and what comes of it.

    signatures, class -> order -> seen before? in time? -> noted -> obeyed, or waits for a second
                                                        -> refused

Whatever is forged, or signed by somebody who may not, changes nothing: a decision and a health
record say so. What somebody who may was refused, since another was first or the case is not where
it was thought to be, is a line in the case's history. Everything about the restricted lane stays
in it.
"""

from typing import Any, Final

import msgspec

from schemas import journal
from schemas.case import CaseEntry, CaseState, Done, is_restricted
from schemas.case_orders import CaseOrder, Endorse, kind_of
from schemas.control import ActionPayload
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.instants import to_ms
from schemas.personal_data import is_in_words
from schemas.signing import SignatureRefusedError, Trust
from schemas.tier_orders import SnoozeTier
from stream.decide.actions import BorrowerOrder, Order, obey, order_of
from stream.decide.borrower import Borrower
from stream.decide.broadcast import RefusedError, refuse_repetition, refuse_seen
from stream.decide.cases import follow as cases
from stream.decide.cases.apart import close_apart, follow_apart
from stream.decide.cases.flow import moved
from stream.decide.cases.pairs import (
    endorsed,
    named,
    needs_second,
    order_in,
    refuse_long_snooze,
    towards,
    wait_for_second,
)
from stream.decide.cases.rights import (
    Actor,
    actor_of,
    refuse_unless_entitled,
    refuse_unless_of_compliance,
)
from stream.decide.cases.telling import entry, put, with_entry
from stream.decide.cases.words import said_of, written_in
from stream.decide.collection import orders
from stream.decide.step import conclude
from stream.decide.turn import Turn, decide

UNREAD: Final = (SignatureRefusedError, RefusedError, msgspec.DecodeError, RecursionError)
"""Why an action does not count, or cannot be read at all."""

UNREADABLE: Final = "action"
"""What a refusal is about where not even an id can be read."""

SECOND: Final = frozenset({"#second"})
"""Stands for whoever endorses it."""

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


def act(borrower: Borrower, action: journal.Action, trust: Trust, turn: Turn) -> None:
    """Fold one action about a borrower, or a case that is not restricted."""
    seen = borrower.references.seen_actions
    payload = _payload_of(action)
    try:
        said = _read(action, trust, borrower)
        refuse_seen(said.record_id, seen)
    except UNREAD as error:
        about = payload.record_id if payload else UNREADABLE
        _refuse(borrower, about, str(error), turn, is_alarm=True)
        return
    seen.append(said.record_id)
    borrower.changed.add("references")
    try:
        _do(borrower, said, turn)
    except RefusedError as error:
        is_alarm = not isinstance(said.order, CaseOrder | Endorse)
        _refuse(borrower, said.record_id, str(error), turn, is_alarm=is_alarm)
        for entity in _about(borrower, said.order):
            line = _line(said, turn, done=Done.REFUSED, detail=str(error))
            put(borrower, entity, with_entry(borrower.cases.open[entity], line), turn)


def act_apart(borrower: Borrower, action: journal.Action, trust: Trust, turn: Turn) -> None:
    """Fold one action about a restricted case; nobody but compliance learns that there was one."""
    restricted, payload = borrower.restricted, _payload_of(action)
    borrower.changed.add("restricted")
    try:
        said = _read(action, trust, borrower, apart=True)
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


def is_apart(action: journal.Action) -> bool:
    """Whether an action is about a case of the restricted lane."""
    payload = _payload_of(action)
    return payload is not None and is_restricted(payload.body.get("case_id"))


def _payload_of(action: journal.Action) -> ActionPayload | None:
    try:
        return _payload(action.signed.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read(action: journal.Action, trust: Trust, borrower: Borrower, *, apart: bool = False) -> Said:
    """Return what was signed, and by whom.

    Raises:
        SignatureRefusedError: If the signatures do not count.
        RefusedError: If whoever signed it may not.
        msgspec.DecodeError: If it is no action, or asks for something and does not say what.
    """
    payload = _payload(action.signed.payload)
    actor = actor_of(payload, action.signed, trust)
    order = order_of(payload.body)
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
            _accept(borrower, said, turn)
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
    _note(borrower, said, turn)
    line = _line(said, turn, detail=said_of(order))
    after = msgspec.structs.replace(with_entry(after, line), last_action_id=said.record_id)
    put(borrower, entity, after, turn)
    if after.state is CaseState.CLOSED:
        cases.close(borrower, entity)
    cases.follow(borrower, turn)


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
    noted, detail = DecisionKind.ACTION_NOTED, _detail(said)
    decide(borrower, noted, said.record_id, turn, detail=detail, restricted=True)
    line = _line(said, turn, detail=said_of(order))
    after = msgspec.structs.replace(with_entry(after, line), last_action_id=said.record_id)
    put(borrower, entity, after, turn)
    if after.state is CaseState.CLOSED:
        close_apart(borrower)


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
        _accept(borrower, said, turn, done=Done.PENDING)
        cases.follow(borrower, turn)
        return
    _accept(borrower, said, turn)
    _obey(borrower, order, actor.people, signed_ms, turn)


def _endorse(borrower: Borrower, said: Said, record_id: str, turn: Turn) -> None:
    """Be the second person of what waits for one."""
    pending = endorsed(borrower, record_id, said.actor)
    order, people = order_in(pending), said.actor.people | {pending.operator}
    if isinstance(order, orders.Order):
        orders.refuse_in_vain(borrower, order, people)
    _accept(borrower, said, turn, detail=named(pending))
    del borrower.cases.pending[record_id]
    borrower.changed.add("cases")
    _obey(borrower, order, people, pending.signed_ms, turn)


def _obey(
    borrower: Borrower, order: BorrowerOrder, people: frozenset[str], at_ms: int, turn: Turn
) -> None:
    change = obey(borrower, order, people, at_ms, turn)
    conclude(borrower, change, turn, look=True, collect=isinstance(order, orders.Order))


# --- what is told of it


def _accept(
    borrower: Borrower,
    said: Said,
    turn: Turn,
    *,
    done: Done = Done.DONE,
    detail: str | None = None,
) -> None:
    """Note an action about the borrower, also in the history of the cases that it concerns."""
    _note(borrower, said, turn, done=done)
    for entity in _about(borrower, said.order):
        line = _line(said, turn, done=done, detail=detail or said_of(said.order))
        after = with_entry(borrower.cases.open[entity], line)
        after = msgspec.structs.replace(after, last_action_id=said.record_id)
        put(borrower, entity, after, turn)


def _note(borrower: Borrower, said: Said, turn: Turn, *, done: Done = Done.DONE) -> None:
    borrower.references.actions[said.payload.subject] = said.record_id
    waits = ", waits for a second person" if done is Done.PENDING else ""
    detail = _detail(said) + waits
    decide(borrower, DecisionKind.ACTION_NOTED, said.record_id, turn, detail=detail)


def _detail(said: Said) -> str:
    actor, subject = said.actor, said.payload.subject
    of_case = getattr(said.order, "case_id", None)
    what = f"{kind_of(said.order)} of {of_case}" if of_case else subject
    if actor.operator_class is None:
        return f"{what} by {actor.name}, signed by {', '.join(sorted(actor.people))}"
    return f"{what} by {actor.name}, {actor.operator_class.value}, through the desk"


def _refuse(borrower: Borrower, about: str, why: str, turn: Turn, *, is_alarm: bool) -> None:
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


def _about(borrower: Borrower, order: Any) -> list[str]:
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


def _line(said: Said, turn: Turn, *, done: Done = Done.DONE, detail: str | None) -> CaseEntry:
    return entry(
        kind_of(said.order),
        turn,
        done=done,
        action_id=said.record_id,
        operator=said.actor.name,
        detail=detail,
    )
