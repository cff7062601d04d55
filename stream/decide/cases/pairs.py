"""Orders that wait for a second person: signed by one through the desk, endorsed by another.

Who signs with a key of one's own has another sign the same record, and nothing waits.
"""

from typing import Any, Final

import msgspec

from schemas.alert import Tier
from schemas.case_orders import kind_of
from schemas.collection_orders import ApproveTrigger, LiftHold
from schemas.instants import HOUR_MS, to_ms
from schemas.operators import May
from schemas.tier_orders import ReleaseTier, SnoozeTier
from stream.decide.actions import BorrowerOrder, order_of
from stream.decide.borrower import Borrower
from stream.decide.cases.rights import Actor
from stream.decide.cases.state import Pending
from stream.decide.collection.guards.holds import PEOPLE
from stream.decide.governance import RefusedError
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.state import TierState

LAPSE_MS: Final = 24 * HOUR_MS
"""So long a first signature waits for the second."""


def order_in(pending: Pending) -> BorrowerOrder:
    """Return the order that waits."""
    order: Any = order_of(msgspec.json.decode(pending.body))
    return order  # type: ignore[no-any-return]


def towards(order: Any) -> str | None:
    """Return the legal entity that an order is about, `None` for all."""
    return order.legal_entity if isinstance(order, ReleaseTier | SnoozeTier) else None


def needs_second(borrower: Borrower, order: Any, people: frozenset[str]) -> bool:
    """Whether an order takes more people than have signed it."""
    match order:
        case ApproveTrigger(trigger_id=trigger_id):
            approved = borrower.collection.triggers[trigger_id].approvals
            return len(people | set(approved)) < PEOPLE
        case LiftHold():
            return len(people) < PEOPLE
        case ReleaseTier(tier=word):
            return len(people) < DEFAULT.release_people(Tier[word.upper()])
        case SnoozeTier(legal_entity=entity):
            tier = _tier(borrower, entity)
            return tier > 0 and len(people) < DEFAULT.snooze.people[tier - 1]
        case _:
            return False


def refuse_long_snooze(borrower: Borrower, order: SnoozeTier, at_ms: int) -> None:
    """Pass if a snooze ends soon enough for the tier.

    Raises:
        RefusedError: If it does not, or there is nothing to be put off.
    """
    tier = _tier(borrower, order.legal_entity)
    if not tier:
        raise RefusedError(f"expected a tier towards `{order.legal_entity}`, there is none")
    hours = DEFAULT.snooze.most_hours[tier - 1]
    if not at_ms < to_ms(order.until) <= at_ms + hours * HOUR_MS:
        raise RefusedError(f"expected an end within {hours} hours of a {Tier(tier).word} tier")


def _tier(borrower: Borrower, entity: str) -> int:
    return borrower.tier.entities.get(entity, TierState()).tier


def wait_for_second(
    borrower: Borrower, order: Any, record_id: str, operator: str, times_ms: tuple[int, int]
) -> None:
    """Keep an order until another person endorses it.

    Args:
        borrower: About whom.
        order: What is ordered.
        record_id: By which it is endorsed.
        operator: Who has signed it.
        times_ms: When it was signed, and when it was folded.

    Raises:
        RefusedError: If the same waits already.
    """
    body = msgspec.json.encode(order)
    for known_id, known in borrower.cases.pending.items():
        if known.body == body:
            raise RefusedError(f"`{known.operator}` has asked for it: endorse `{known_id}`")
    signed_ms, noted_ms = times_ms
    borrower.cases.pending[record_id] = Pending(
        operator=operator,
        signed_ms=signed_ms,
        noted_ms=noted_ms,
        lapses_ms=noted_ms + LAPSE_MS,
        body=body,
    )
    borrower.changed.add("cases")


def endorsed(borrower: Borrower, record_id: str, actor: Actor) -> Pending:
    """Return the order that somebody may endorse.

    Raises:
        RefusedError: If nothing waits under that id, it is one's own, or takes another right.
    """
    pending = borrower.cases.pending.get(record_id)
    if pending is None:
        raise RefusedError(f"nothing waits for a second person under `{record_id}`")
    if pending.operator in (actor.name, *actor.people):
        raise RefusedError(f"expected another person than `{pending.operator}`")
    order = order_in(pending)
    if isinstance(order, SnoozeTier) and not actor.may(May.SNOOZE_SEVERE):
        raise RefusedError(f"expected somebody who may {May.SNOOZE_SEVERE.value}")
    return pending


def named(pending: Pending) -> str:
    """Say what waits, and whose it is."""
    return f"{kind_of(order_in(pending))} of {pending.operator}"
