"""What was said by an order, as a line of a case's history shows it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.case_orders import (
    AddNote,
    Assign,
    Endorse,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
)
from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.instants import to_ms, wire
from schemas.loan_release import Release
from schemas.tier_orders import ReleaseTier, SnoozeTier

_SAID: Final[Mapping[type, Callable[[Any], str]]] = {
    AddNote: lambda order: order.text,
    Assign: lambda order: order.holder,
    TriageCase: lambda order: order.triage.value,
    TakeMeasure: lambda order: order.measure.value,
    SayOutcome: lambda order: order.outcome.value,
    Wait: lambda order: f"until {wire(to_ms(order.until))}: {order.reason}",
    SnoozeTier: lambda order: f"until {wire(to_ms(order.until))}: {order.reason}",
    PutOnHold: lambda order: f"{order.hold}: {order.reason}",
    LiftHold: lambda order: f"{order.hold}: {order.reason}",
    ApproveTrigger: lambda order: order.trigger_id,
    ReleaseTier: lambda order: order.tier,
    Release: lambda order: f"{order.loan_id}: {order.in_doubt.value}",
    Endorse: lambda order: order.record_id,
}


def said_of(order: Any) -> str | None:
    """Return what an order says beside its kind and its case.

    Examples:
        >>> said_of(Assign(case_id="brw_31c/default/1", holder="ann"))
        'ann'
    """
    said = _SAID.get(type(order))
    return None if said is None else said(order)


def written_in(order: Any) -> str:
    """Return what a person wrote in an order, empty if nothing."""
    return str(getattr(order, "text", None) or getattr(order, "reason", None) or "")
