"""The complaint pack: what was known of a borrower at an instant, and what came out later.

Made of the borrower's decisions alone, which carry what they rest on: measures with thresholds,
rules and policies with versions, guards with their basis, ids of events, freshness of the data.
What was decided up to the instant was known then; what was decided later and takes something of
that back stands apart, so that nobody takes it for known.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from schemas.alert import Alert, Cause, Transition
from schemas.collection_trigger import Op
from schemas.decision import Decision, DecisionKind
from schemas.instants import parse

TAKEN_BACK: Final = frozenset({Cause.CORRECTION, Cause.LATE_DATA})
ENDED: Final = frozenset({Transition.CLEARED, Transition.WITHDRAWN})
NOTED: Final = frozenset(
    {
        DecisionKind.ACTION_NOTED,
        DecisionKind.ACTION_REFUSED,
        DecisionKind.SUPERSEDED,
        DecisionKind.VERSION_CONFLICT,
        DecisionKind.IN_DOUBT,
        DecisionKind.TOO_LATE,
        DecisionKind.MODELS_RESTORED,
    }
)


def pack_of(
    borrower_id: str,
    decisions: Iterable[Decision],
    controls: Iterable[Decision],
    *,
    as_of: str,
    made_at: str,
) -> dict[str, Any]:
    """Return the pack as plain data.

    Args:
        borrower_id: Whose.
        decisions: All about the borrower, in order.
        controls: All about what governs everybody, in order.
        as_of: The instant (RFC 3339).
        made_at: When the pack is made.
    """
    of = list(decisions)
    end_ms = parse(as_of)
    then = [each for each in of if parse(each.at) <= end_ms]
    later = [each for each in of if parse(each.at) > end_ms]
    return {
        "schema": "case_pack.v1",
        "borrower_id": borrower_id,
        "as_of": as_of,
        "made_at": made_at,
        "tier": _tiers(then),
        "open_warnings": [_plain(alert) for alert in _open(then)],
        "changes": [_plain(each.tier_change) for each in then if each.tier_change],
        "triggers": [_plain(each.trigger) for each in then if each.trigger],
        "noted": [_noted(each) for each in then if each.kind in NOTED],
        "in_force": _in_force(controls, end_ms),
        "later": [_later(each) for each in later if _takes_back(each)],
        "decisions": {"then": len(then), "later": len(later)},
    }


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _tiers(then: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return the tier towards each legal entity, with the change that brought it about."""
    last = {each.tier_change.legal_entity: each.tier_change for each in then if each.tier_change}
    return [
        {"legal_entity": entity, "tier": change.to, "since": change.at, "change": change.change_id}
        for entity, change in sorted(last.items())
    ]


def _open(then: Sequence[Decision]) -> list[Alert]:
    """Return the last word of each warning that was open."""
    last: dict[tuple[str, int], Alert] = {}
    for each in then:
        if each.alert is not None:
            last[each.alert.rule.name, each.alert.episode] = each.alert
    return [alert for alert in last.values() if alert.transition not in ENDED]


def _noted(decision: Decision) -> dict[str, Any]:
    return {
        "at": decision.at,
        "kind": decision.kind.value,
        "about": decision.about,
        "detail": decision.detail,
    }


def _in_force(controls: Iterable[Decision], end_ms: int) -> list[dict[str, Any]]:
    """Return the control record in force for each subject."""
    last: dict[str, dict[str, Any]] = {}
    for each in controls:
        if each.control is not None and parse(each.at) <= end_ms:
            last[each.control.subject] = {"since": each.at, **_plain(each.control)}
    return [last[subject] for subject in sorted(last)]


def _takes_back(decision: Decision) -> bool:
    """Whether a later decision says that something of what was known was not so."""
    change, alert, trigger = decision.tier_change, decision.alert, decision.trigger
    return bool(
        (change and change.cause in TAKEN_BACK)
        or (alert and (alert.cause in TAKEN_BACK or alert.transition is Transition.WITHDRAWN))
        or (trigger and trigger.op is Op.RETRACT)
    )


def _later(decision: Decision) -> dict[str, Any]:
    said = decision.tier_change or decision.alert or decision.trigger
    return {"at": decision.at, "kind": decision.kind.value, "said": _plain(said)}
