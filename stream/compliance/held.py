"""What goes out only when a person has said so: incidents of a segment, misuse of funds.

A warning that could become one is held. Somebody with the right releases it, and says what was
done, or discards it, and says why; either is in the log, as is who signed.
"""

from typing import Final

from schemas.alert import Alert, Transition
from schemas.compliance import DiscardHeld, RecordKind, ReleaseHeld
from stream.compliance.drafts import BORROWER
from stream.compliance.log import ALL, Draft, Log
from stream.compliance.state import Held, State

FUND_MISUSE: Final = frozenset({"F04", "F05", "F06", "F07"})
"""Signals of the use of funds against the purpose (domain.md 3.3)."""
SEGMENT_INCIDENT: Final = frozenset({"G01", "G03", "G05", "G06", "G12"})
"""Signals of a whole segment (domain.md 3.6)."""
WORSE: Final = frozenset({Transition.OPENED, Transition.ESCALATED, Transition.CARRIED})


class NothingHeldError(ValueError):
    """No record of this id waits for a person."""


def hold(alert: Alert, subject_kind: str, state: State) -> None:
    """Hold what a warning could become, if it is of such a signal."""
    kind = _kind(alert, subject_kind)
    if kind is None or alert.transition not in WORSE or alert.simulated:
        return
    state.held.put(
        alert.alert_id,
        Held(
            kind=kind.value,
            borrower_id=alert.borrower_id,
            legal_entity=ALL,
            as_of=alert.detected_at,
            period=alert.detected_at[:10],
            payload={
                "warning": alert.alert_id,
                "signal": alert.signal,
                "tier": alert.tier,
                "first_seen": alert.effective_from,
                "scope": alert.subject_id,
                "measures": [
                    {"name": each.name, "value": each.value, "unit": each.unit}
                    for each in alert.measures
                ],
            },
        ),
    )


def _kind(alert: Alert, subject_kind: str) -> RecordKind | None:
    if subject_kind == BORROWER and alert.signal in FUND_MISUSE:
        return RecordKind.FUND_MISUSE
    if subject_kind != BORROWER and alert.signal in SEGMENT_INCIDENT:
        return RecordKind.SEGMENT_INCIDENT
    return None


def release(body: ReleaseHeld, by: str, state: State, log: Log) -> None:
    """Let a held record go out.

    Raises:
        NothingHeldError: If nothing of this id is held, or it takes more than a release.
    """
    known = state.held.get(body.held_id)
    if known is not None and known.kind == RecordKind.INCIDENT.value:
        raise NothingHeldError("expected a report of the incident, with its regime, not a release")
    held = take(body.held_id, state)
    log.append(
        Draft(
            kind=RecordKind(held.kind),
            origin=body.held_id,
            legal_entity=held.legal_entity,
            as_of=held.as_of,
            period=held.period,
            payload={**held.payload, "action": body.action, "released_by": by},
            borrower_id=held.borrower_id,
        )
    )


def discard(body: DiscardHeld, by: str, at: str, state: State, log: Log) -> None:
    """Keep a held record back for good, and log that it was.

    Raises:
        NothingHeldError: If nothing of this id is held.
    """
    held = take(body.held_id, state)
    log.append(
        Draft(
            kind=RecordKind.RELEASE,
            origin=body.held_id,
            legal_entity=held.legal_entity,
            as_of=at,
            payload={
                "kind": held.kind,
                "warning": body.held_id,
                "discarded_by": by,
                "reason": body.reason,
            },
            borrower_id=held.borrower_id,
        )
    )


def take(held_id: str, state: State) -> Held:
    """Return what is held under an id, and hold it no more.

    Raises:
        NothingHeldError: If nothing is.
    """
    held = state.held.get(held_id)
    if held is None:
        raise NothingHeldError(f"expected the id of a held record, got `{held_id}`")
    state.held.drop(held_id)
    return held
