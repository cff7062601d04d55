"""Contacts as they are reported: leave that was given, what came of it, and what had no leave.

Leave for what was not proposed, and a contact without leave, is a breach of conduct (H14): a
decision and a health record. It counts against the caps all the same.
"""

from typing import Final

from schemas import journal
from schemas.collection_trigger import Channel, Op
from schemas.control import Clock
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.instants import DAY_MS, MINUTE_MS, to_ms, wire
from schemas.permit import OutcomeKind, Permit
from schemas.reference import HoldKind
from stream.decide.borrower import Borrower
from stream.decide.collection import words
from stream.decide.collection.profiles import DEFAULT
from stream.decide.collection.records import Said, tell
from stream.decide.collection.state import UNREACHED_MOST, Contact, Held, Trigger
from stream.decide.turn import Turn, decide

PERMIT_LATE_MS: Final = 10 * MINUTE_MS
"""So long an outcome may be here before its permit: they come by different topics."""

TALKED: Final = frozenset(
    {
        OutcomeKind.CONTACTED,
        OutcomeKind.PROMISED,
        OutcomeKind.REFUSED,
        OutcomeKind.DISPUTED,
        OutcomeKind.HARDSHIP_CLAIMED,
        OutcomeKind.COMPLAINT,
        OutcomeKind.WRONG_PARTY,
    }
)
"""Outcomes in which somebody was spoken to, on a call."""


def note_permit(borrower: Borrower, record: journal.Permit, turn: Turn) -> None:
    """Note that leave was given; a permit that was noted before changes nothing."""
    state, permit = borrower.collection, record.data
    known = state.contacts.get(permit.permit_id)
    if known is not None and known.by_ms is None:
        return
    trigger = state.triggers.get(permit.trigger_id)
    flaw = _flaw(trigger, permit, turn)
    good_ms = max(0, to_ms(permit.valid_until) - to_ms(permit.granted_at))
    state.contacts[permit.permit_id] = Contact(
        channel=permit.channel,
        at_ms=known.at_ms if known else turn.now_ms,
        until_ms=turn.now_ms + good_ms,
        trigger_id=permit.trigger_id,
        talked=known.talked if known else False,
    )
    borrower.changed.add("collection")
    decide(borrower, DecisionKind.PERMIT_NOTED, permit.permit_id, turn, detail=permit.trigger_id)
    if flaw:
        _breach(borrower, permit.permit_id, flaw, turn)
    if trigger is not None:
        trigger.permit_ids.append(permit.permit_id)
        if flaw or not (trigger.is_proposed or trigger.has_lapsed):
            trigger.over_ms, trigger.op, trigger.ask_ms = turn.now_ms, Op.RETRACT, None
            tell(borrower, trigger, Said(Op.RETRACT, words.LATE_LEAVE, compensate=True), turn)


def _flaw(trigger: Trigger | None, permit: Permit, turn: Turn) -> str:
    """Return what is wrong with a permit, empty if nothing is.

    One that was granted while the trigger was proposed, and comes after its end, is none.
    """
    if trigger is None:
        return f"leave for `{permit.trigger_id}`, which is no trigger"
    if trigger.permit_ids:
        return f"leave for `{permit.trigger_id}`, which had leave already"
    if permit.channel is not trigger.intent.channel:
        return f"leave for {permit.channel.value} where {trigger.intent.channel.value} was proposed"
    granted_ms = _granted_ms(permit, turn)
    ended_ms = trigger.ended_ms or trigger.until_ms or 0
    if not trigger.opened_ms:
        return f"leave for `{permit.trigger_id}`, which was never proposed"
    if granted_ms >= ended_ms:
        return f"leave for `{permit.trigger_id}`, which ended at {wire(ended_ms)}"
    return ""


def _granted_ms(permit: Permit, turn: Turn) -> int:
    """Return when leave was given, by the clock in force."""
    is_wall = turn.broadcast.governance.clock is Clock.WALL
    return min(to_ms(permit.granted_at), turn.now_ms) if is_wall else turn.now_ms


def note_outcome(borrower: Borrower, record: journal.Outcome, turn: Turn) -> None:
    """Note what came of a contact, once, and hold what it asks to hold."""
    state, said = borrower.collection, record.data
    if said.outcome_id in state.outcomes:
        return
    state.outcomes[said.outcome_id] = turn.now_ms
    borrower.changed.add("collection")
    name = said.permit_id or said.outcome_id
    contact = state.contacts.get(name)
    if contact is None:
        by_ms = turn.now_ms + PERMIT_LATE_MS if said.permit_id else None
        contact = state.contacts[name] = Contact(
            channel=said.channel,
            at_ms=turn.now_ms,
            until_ms=turn.now_ms,
            trigger_id=said.trigger_id or "",
            by_ms=by_ms,
        )
        if by_ms is None:
            _breach(borrower, said.outcome_id, "a contact for which nobody gave leave", turn)
    elif contact.channel is not said.channel:
        text = f"a contact by {said.channel.value} with leave for {contact.channel.value}"
        _breach(borrower, said.outcome_id, text, turn)
    is_talk = said.channel is Channel.CALL and said.outcome in TALKED
    contact.talked = contact.talked or is_talk
    decide(borrower, DecisionKind.OUTCOME_NOTED, said.outcome_id, turn, detail=said.outcome.value)
    _note_reached(borrower, said.outcome, turn)
    _hold_for(borrower, said.outcome, said.channel, turn)


def _note_reached(borrower: Borrower, outcome: OutcomeKind, turn: Turn) -> None:
    """Note an attempt at which nobody was reached; somebody else is not the borrower."""
    unreached_ms = borrower.collection.unreached_ms
    if outcome is OutcomeKind.UNREACHABLE:
        unreached_ms.append(turn.now_ms)
        del unreached_ms[:-UNREACHED_MOST]
    elif outcome in TALKED and outcome is not OutcomeKind.WRONG_PARTY:
        unreached_ms.clear()


def _hold_for(borrower: Borrower, outcome: OutcomeKind, channel: Channel, turn: Turn) -> None:
    match outcome:
        case OutcomeKind.DISPUTED:
            hold_for_days(borrower, HoldKind.DISPUTE, "", turn)
        case OutcomeKind.HARDSHIP_CLAIMED:
            hold_for_days(borrower, HoldKind.HARDSHIP, "", turn)
        case OutcomeKind.COMPLAINT:
            put_hold(borrower, Held(kind=HoldKind.COMPLAINT, since_ms=turn.now_ms))
        case OutcomeKind.WRONG_PARTY:
            borrower.collection.wrong_ms[channel] = turn.now_ms


def hold_for_days(borrower: Borrower, kind: HoldKind, loan_id: str, turn: Turn) -> None:
    """Hold for as long as the profile says, and then until people have looked."""
    name, _ = borrower.collection.profiles.get(loan_id, (DEFAULT, 0))
    edition = turn.broadcast.conduct.choose(name).edition_at(turn.now_ms)
    days = edition.dispute_days if kind is HoldKind.DISPUTE else edition.hardship_days
    until_ms = turn.now_ms + days.value * DAY_MS
    put_hold(
        borrower,
        Held(kind=kind, since_ms=turn.now_ms, until_ms=until_ms, loan_id=loan_id, reviewed=True),
    )


def put_hold(borrower: Borrower, held: Held) -> None:
    """Hold from now on, in the place of a hold of its kind that ends no later."""
    state = borrower.collection
    state.holds = [each for each in state.holds if not _covers(held, each)] + [held]
    borrower.changed.add("collection")


def _covers(held: Held, before: Held) -> bool:
    of, of_before = ((each.kind, each.loan_id, each.reviewed) for each in (held, before))
    if of != of_before:
        return False
    return held.until_ms is None or (
        before.until_ms is not None and before.until_ms <= held.until_ms
    )


def tell_unleft(borrower: Borrower, turn: Turn) -> None:
    """Tell of contacts whose permit has not come in time: there is none."""
    for name, contact in sorted(borrower.collection.contacts.items()):
        if contact.by_ms is not None and contact.by_ms <= turn.now_ms:
            contact.by_ms = None
            borrower.changed.add("collection")
            _breach(borrower, name, f"a contact under `{name}`, which is no permit", turn)


def _breach(borrower: Borrower, about: str, text: str, turn: Turn) -> None:
    decide(borrower, DecisionKind.CONDUCT_BREACH, about, turn, detail=text)
    turn.outbox.health(
        HealthKind.CONDUCT_BREACH,
        subject=borrower.borrower_id,
        about=about,
        message=text,
        at_ms=turn.now_ms,
    )
