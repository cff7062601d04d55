"""The life of a trigger: from what is intended, through what the guards say, to what is told.

    new -> SUPPRESS | NEED_APPROVAL | DEFER -> PROPOSE -> leave is given: done
                                                 |
                                                 +-> RETRACT -> as new

Told is what changes, once: a reason that stays the same is not repeated. A proposal that the
guards do not allow any more is retracted whatever they say now. Nothing is told before go-live.
"""

from typing import Final

from schemas.alert import Phase
from schemas.collection_trigger import Answer, Guard, Op
from schemas.instants import DAY_MS, HOUR_MS
from stream.decide.borrower import COLLECT, Borrower
from stream.decide.collection import words
from stream.decide.collection.ask import Ruling
from stream.decide.collection.asking import Asked, chosen_for, put
from stream.decide.collection.breaches import tell_unleft
from stream.decide.collection.ending import call_back, close, end
from stream.decide.collection.levels import note_levels
from stream.decide.collection.plan import MILD, eve_ms, intents_of, views_of
from stream.decide.collection.records import Said, tell
from stream.decide.collection.state import Intent, Trigger
from stream.decide.collection.windows import share
from stream.decide.feeds.wait import Wait
from stream.decide.turn import Turn
from stream.ledger import LoanView

PROPOSED_MS: Final = 12 * HOUR_MS
"""A proposal is good for no longer, even where every hour is allowed."""

THOUSAND: Final = 1000
OPS: Final = {
    Answer.DEFER: Op.DEFER,
    Answer.SUPPRESS: Op.SUPPRESS,
    Answer.NEED_APPROVAL: Op.NEED_APPROVAL,
}


def consider(borrower: Borrower, turn: Turn) -> None:
    """Let the triggers of a borrower follow what is known of it now.

    Before the first tick nobody knows what time it is: what is put off by an hour at the beginning
    of time would be asked again for each hour since.
    """
    if turn.outbox.phase is not Phase.LIVE or not turn.broadcast.position.now_ms:
        return
    note_levels(borrower)
    if _is_idle(borrower):
        return
    state, views = borrower.collection, views_of(borrower, turn)
    intents = intents_of(borrower, views)
    for trigger in state.open:
        if trigger.intent.trigger_id not in intents:
            end(borrower, trigger, views.get(trigger.intent.loan_id), turn)
    for trigger_id, intent in intents.items():
        trigger = state.triggers.setdefault(
            trigger_id, Trigger(intent=intent, since_ms=turn.now_ms)
        )
        _go_on(borrower, trigger, intent, views[intent.loan_id], turn)
    if state.contacts:
        tell_unleft(borrower, turn)
    if state.triggers or state.contacts:
        state.forget(turn.now_ms, intents)
        borrower.changed.add("collection")
    _wait(borrower, views, turn)


def _is_idle(borrower: Borrower) -> bool:
    """Whether nothing can be intended, and nothing goes on: who is overdue has a tier."""
    header = borrower.header
    if header.tier or header.is_collecting or COLLECT in header.waits:
        return False
    return not borrower.collection.contacts


def _go_on(
    borrower: Borrower, trigger: Trigger, intent: Intent, view: LoanView, turn: Turn
) -> None:
    if trigger.permit_ids:
        call_back(borrower, trigger, view, turn)
        return
    if _is_given_up(borrower, trigger, turn):
        if trigger.over_ms is None:
            close(borrower, trigger, Said(Op.RETRACT, words.GIVEN_UP), turn)
        return
    trigger.over_ms = None
    is_same = trigger.intent.amount == intent.amount
    trigger.intent = intent
    asked = put(borrower, trigger, view, turn)
    guard, ruling = asked.decided
    if guard is None and _is_held_out(borrower, turn):
        ruling = Ruling(Answer.SUPPRESS, "held out")
    if ruling.answer is Answer.ALLOW:
        _propose(borrower, trigger, asked, turn, is_same=is_same)
    else:
        _refuse(borrower, trigger, (guard, ruling), asked, turn)


def _propose(
    borrower: Borrower, trigger: Trigger, asked: Asked, turn: Turn, *, is_same: bool
) -> None:
    _, ruling = asked.decided
    now_ms, until_ms = turn.now_ms, turn.now_ms + PROPOSED_MS
    if ruling.until_ms is not None:
        until_ms = min(until_ms, ruling.until_ms)
    was_until_ms = trigger.until_ms or 0
    if trigger.op is Op.PROPOSE:
        if now_ms >= was_until_ms:
            trigger.op = Op.RETRACT
            trigger.end_proposal(now_ms)
            tell(borrower, trigger, Said(Op.RETRACT, words.EXPIRED), turn)
        elif is_same and was_until_ms <= until_ms:
            return
        else:
            until_ms = min(until_ms, was_until_ms)
    trigger.op, trigger.guard, trigger.opened_ms = Op.PROPOSE, None, now_ms
    trigger.until_ms = trigger.ask_ms = until_ms
    trigger.ended_ms = 0
    turn.broadcast.count_proposal(now_ms)
    said = Said(Op.PROPOSE, words.INTENDED[trigger.intent.action], asked)
    tell(borrower, trigger, said, turn)


def _refuse(
    borrower: Borrower,
    trigger: Trigger,
    decided: tuple[Guard | None, Ruling],
    asked: Asked,
    turn: Turn,
) -> None:
    guard, ruling = decided
    was_proposed, was_told = trigger.op is Op.PROPOSE, (trigger.op, trigger.guard, trigger.until_ms)
    op = Op.RETRACT if was_proposed else OPS[ruling.answer]
    if was_proposed:
        trigger.end_proposal(turn.now_ms)
    trigger.ask_ms = ruling.until_ms
    trigger.until_ms = ruling.until_ms if ruling.answer is Answer.DEFER else None
    trigger.guard = guard
    if was_told[:2] == (Op.RETRACT, guard) or was_told == (op, guard, trigger.until_ms):
        return
    trigger.op = op
    reason = words.HELD_OUT if guard is None else words.WHY[guard]
    if was_proposed and trigger.has_lapsed and ruling.answer is Answer.DEFER:
        reason = words.EXPIRED
    tell(borrower, trigger, Said(op, reason, asked), turn)


def _is_given_up(borrower: Borrower, trigger: Trigger, turn: Turn) -> bool:
    if not trigger.intent.is_by_tier:
        return False
    edition = chosen_for(borrower, trigger.intent.loan_id, turn).edition_at(turn.now_ms)
    return turn.now_ms >= trigger.since_ms + edition.give_up_days.value * DAY_MS


def _is_held_out(borrower: Borrower, turn: Turn) -> bool:
    """Whether a mild borrower is one of the share that no machine contacts."""
    permille = turn.broadcast.governance.hold_out_permille
    if borrower.header.tier != MILD or not permille:
        return False
    return share(f"hold-out/{borrower.borrower_id}", THOUSAND) < permille


def _wait(borrower: Borrower, views: dict[str, LoanView], turn: Turn) -> None:
    """Wait for the first instant at which time alone may change something."""
    state = borrower.collection
    instants = [each.ask_ms for each in state.open if each.ask_ms is not None]
    instants += [each.by_ms for each in state.contacts.values() if each.by_ms is not None]
    eve = eve_ms(borrower, views, turn)
    if eve is not None:
        instants.append(eve)
    waits = {COLLECT: Wait(max(min(instants), turn.now_ms + 1), by_tick=True)} if instants else {}
    borrower.wait(waits, of=COLLECT)
    is_collecting = bool(state.open)
    if borrower.header.is_collecting is not is_collecting:
        borrower.header.is_collecting = is_collecting
        borrower.changed.add("header")
