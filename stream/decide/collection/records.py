"""One step of a trigger's life as a record, for the topic and for the decisions."""

from typing import NamedTuple

from schemas.alert import Text, Tier
from schemas.collection_trigger import (
    Answer,
    CollectionTrigger,
    GuardResult,
    Op,
    ProfileVersion,
)
from schemas.instants import wire
from schemas.money import Money
from stream.decide.alerts import is_simulated
from stream.decide.borrower import Borrower
from stream.decide.collection.asking import Asked, chosen_for
from stream.decide.collection.levels import credit_alerts
from stream.decide.collection.state import Trigger
from stream.decide.turn import Turn


class Said(NamedTuple):
    """What is to be said of a trigger.

    Attributes:
        op: What it may or may not.
        reason: Why.
        asked: What the guards said, `None` where they were not asked.
        compensate: Whether the contact has happened, or may be happening.
    """

    op: Op
    reason: Text
    asked: Asked | None = None
    compensate: bool = False


def tell(borrower: Borrower, trigger: Trigger, said: Said, turn: Turn) -> None:
    """Write the next record of a trigger; it has taken on what is told of it already."""
    trigger.ordinal += 1
    borrower.changed.add("collection")
    record = _record(borrower, trigger, said, turn)
    turn.outbox.trigger(record, ordinal=borrower.next_ordinal(), at_ms=turn.now_ms)


def _record(borrower: Borrower, trigger: Trigger, said: Said, turn: Turn) -> CollectionTrigger:
    intent = trigger.intent
    chosen = chosen_for(borrower, intent.loan_id, turn)
    state = borrower.tier.entities.get(intent.legal_entity)
    is_proposed, is_deferred = said.op is Op.PROPOSE, said.op is Op.DEFER
    until = None if trigger.until_ms is None else wire(trigger.until_ms)
    return CollectionTrigger(
        trigger_id=intent.trigger_id,
        ordinal=trigger.ordinal,
        op=said.op,
        action=intent.action,
        channel=intent.channel,
        borrower_id=borrower.borrower_id,
        loan_id=intent.loan_id,
        legal_entity=intent.legal_entity,
        tier=Tier(intent.level).word,
        cause=turn.cause,
        phase=turn.outbox.phase,
        at=wire(turn.now_ms),
        amount_due=Money(amount_minor=intent.amount, currency=intent.currency),
        reason=said.reason,
        profile=ProfileVersion(
            name=chosen.name, version=chosen.profile.version, draft=chosen.profile.draft
        ),
        guards=_results(said.asked),
        earliest_at=wire(turn.now_ms) if is_proposed else until if is_deferred else None,
        latest_at=until if is_proposed else None,
        expires_at=until if is_proposed else None,
        rung_dpd=intent.rung_dpd,
        sequence_no=intent.sequence_no or None,
        alert_ids=credit_alerts(borrower, state) if state else (),
        approvals=tuple(trigger.approvals),
        compensate=said.compensate,
        simulated=is_simulated(borrower),
    )


def _results(asked: Asked | None) -> tuple[GuardResult, ...]:
    if asked is None:
        return ()
    basis = asked.ask.edition.legal_basis
    return tuple(
        GuardResult(
            guard=guard,
            answer=ruling.answer,
            detail=ruling.detail,
            legal_basis=basis[guard],
            until=wire(ruling.until_ms)
            if ruling.answer is Answer.DEFER and ruling.until_ms is not None
            else None,
        )
        for guard, ruling in asked.rulings.items()
    )
