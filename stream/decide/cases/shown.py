"""What a case shows of what others know: ledger, tier, segment, holds, orders that wait."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from msgspec.structs import replace

from schemas.case import Case, CaseEntry, Done
from schemas.case_orders import kind_of
from schemas.instants import DAY_MS, wire
from schemas.money import Money
from schemas.reference import HoldKind
from schemas.tier import AdmissionReason, Admitted
from stream.decide.borrower import Borrower
from stream.decide.cases.pairs import order_in, towards
from stream.decide.cases.words import said_of
from stream.decide.collection.asking import holds_of
from stream.decide.collection.plan import views_of
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.tiers.state import TierState
from stream.decide.turn import Turn
from stream.ledger import LoanView

NEUTRAL: Final = "HOLD"
"""A hold of which nobody is told why: the law's, and compliance's, which look the same."""

UNTOLD: Final = frozenset({HoldKind.LEGAL, HoldKind.COMPLIANCE})


def is_admitted(state: TierState) -> bool:
    """Whether a person is to look."""
    return state.admission.startswith(f"{Admitted.PERSON.value}/")


def is_snoozed(state: TierState) -> bool:
    """Whether a person would be to look, and was put off."""
    return state.admission.endswith(f"/{AdmissionReason.SNOOZED.value}")


def refreshed(case: Case, borrower: Borrower, turn: Turn) -> Case:
    """Return a case with what is known now."""
    entity = case.legal_entity
    state = borrower.tier.entities.get(entity, TierState())
    facts, snooze = state.facts, borrower.references.snoozes.get(entity)
    return replace(
        case,
        admission=state.admission.partition("/")[2],
        dpd=facts.dpd,
        urgent_at=None if facts.next_due_ms is None else wire(facts.next_due_ms + DAY_MS),
        segment=borrower.segment,
        damped=borrower.member.damped,
        snoozed_until=wire(snooze.until_ms) if snooze and is_snoozed(state) else None,
        holds=holds_in_force(borrower, turn.now_ms),
        pending=pending_of(borrower, entity),
        last_action_id=borrower.references.actions.get(borrower.borrower_id),
        **owed(borrower, entity, turn),
    )


def owed(borrower: Borrower, entity: str, turn: Turn) -> dict[str, Any]:
    """Return what is owed towards a legal entity, in all and overdue.

    In the currency of most of its loans: amounts of others are in the case's file.
    """
    views = [
        view
        for view in views_of(borrower, turn).values()
        if (view.legal_entity or DEFAULT_ENTITY) == entity
    ]
    if not views:
        return {"exposure": None, "overdue": None}
    counts = Counter(view.currency for view in views)
    currency = max(sorted(counts), key=lambda each: counts[each])
    own = [view for view in views if view.currency == currency]
    return {"exposure": _money(own, "left"), "overdue": _money(own, "overdue")}


def _money(views: Iterable[LoanView], name: str) -> Money:
    views = list(views)
    total = sum(getattr(view, name) for view in views)
    return Money(amount_minor=total, currency=views[0].currency)


def holds_in_force(borrower: Borrower, now_ms: int) -> tuple[str, ...]:
    """Return the kinds of the holds that are in force, or wait for a review."""
    kinds = {
        each.kind
        for each in holds_of(borrower)
        if each.since_ms <= now_ms
        and (each.until_ms is None or now_ms < each.until_ms or each.reviewed)
    }
    return tuple(sorted({NEUTRAL if kind in UNTOLD else kind.value for kind in kinds}))


def pending_of(borrower: Borrower, entity: str) -> tuple[CaseEntry, ...]:
    """Return the orders towards a legal entity that wait for a second person, by time."""
    waiting = []
    for record_id, each in sorted(borrower.cases.pending.items()):
        order = order_in(each)
        if towards(order) in (None, entity):
            waiting.append(
                CaseEntry(
                    at=wire(each.noted_ms),
                    kind=kind_of(order),
                    done=Done.PENDING,
                    action_id=record_id,
                    operator=each.operator,
                    detail=said_of(order),
                )
            )
    return tuple(sorted(waiting, key=lambda entry: entry.at))


def hold_turns(borrower: Borrower, now_ms: int) -> list[int]:
    """Return when holds begin and end from now on."""
    ends = (at_ms for each in holds_of(borrower) for at_ms in (each.since_ms, each.until_ms))
    return [at_ms for at_ms in ends if at_ms is not None and at_ms > now_ms]
