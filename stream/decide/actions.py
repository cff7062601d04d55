"""What signed actions of operators ask of the step; whatever else they say is noted alone."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from schemas import loan_release
from schemas.alert import Cause, Tier
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    Assign,
    CaseOrder,
    Claim,
    CloseCase,
    Endorse,
    GiveBack,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
)
from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.instants import to_ms
from schemas.tier_orders import ReleaseTier, SnoozeTier
from stream.decide import ledger
from stream.decide.borrower import Borrower
from stream.decide.collection import orders
from stream.decide.tiers.facts import Facts, Release, Snooze
from stream.decide.turn import Turn
from stream.ledger import LedgerChange
from stream.ledger.change import IGNORED

BorrowerOrder = loan_release.Release | ReleaseTier | SnoozeTier | orders.Order
"""What is ordered about a borrower, whether there is a case or not."""

Order = BorrowerOrder | CaseOrder | Endorse

ORDERS: Final[Mapping[str, type[Order]]] = {
    "release_quarantine": loan_release.Release,
    "release_tier": ReleaseTier,
    "snooze_tier": SnoozeTier,
    "approve_trigger": ApproveTrigger,
    "hold": PutOnHold,
    "lift_hold": LiftHold,
    "claim": Claim,
    "give_back": GiveBack,
    "assign": Assign,
    "acknowledge": Acknowledge,
    "triage": TriageCase,
    "measure": TakeMeasure,
    "wait": Wait,
    "note": AddNote,
    "outcome": SayOutcome,
    "close": CloseCase,
    "endorse": Endorse,
}


def order_of(body: Mapping[str, Any]) -> Order | None:
    """Return what is to be done, `None` if the action is only to be known.

    Raises:
        msgspec.ValidationError: If it asks for something and does not say what.
    """
    order = ORDERS.get(str(body.get("kind")))
    return None if order is None else msgspec.convert(body, order)


def obey(
    borrower: Borrower, order: BorrowerOrder, people: frozenset[str], at_ms: int, turn: Turn
) -> LedgerChange:
    """Do what was signed at that time.

    Whether enough people signed is the tier's to say, and to tell.
    """
    references = borrower.references
    match order:
        case loan_release.Release():
            return ledger.release(borrower, order, turn)
        case ReleaseTier(legal_entity=entity, tier=word):
            tier = Tier[word.upper()].value
            references.releases[entity] = Release(tier=tier, at_ms=at_ms, people=people)
        case SnoozeTier(legal_entity=entity):
            references.snoozes[entity] = Snooze(
                at_ms=at_ms, until_ms=to_ms(order.until), reason=order.reason, people=people
            )
        case _:
            turn.cause = Cause.OPERATOR
            orders.obey(borrower, order, people, turn)
    borrower.changed.add("references")
    return IGNORED


def with_orders(borrower: Borrower, entity: str, facts: Facts) -> Facts:
    """Return the facts towards a legal entity with what people signed about it."""
    references = borrower.references
    release, snooze = references.releases.get(entity), references.snoozes.get(entity)
    if (release, snooze) == (facts.release, facts.snooze):
        return facts
    return msgspec.structs.replace(facts, release=release, snooze=snooze)
