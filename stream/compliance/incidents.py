"""Incidents: drafts that health records make, what a person reports, and what is due by when.

Some trouble of the watch may be an incident whose regime has clocks (domain.md 5.1). The machine
says so with a draft, and no more: whether it is one, of which regime and how grave, a person says,
by a signed report that names the draft, or discards it. A draft names no borrower.
"""

from typing import Any, Final

import msgspec

from schemas.alert import Phase
from schemas.compliance import RecordKind, ReportIncident
from schemas.health import Health, HealthKind
from schemas.instants import HOUR_MS, parse, to_ms, wire
from stream.compliance.held import NothingHeldError, take
from stream.compliance.log import ALL, Draft, Log
from stream.compliance.state import Held, Reported, State

CLOCKS: Final = {
    "DORA": (
        ("initial", "classified", 4),
        ("initial_latest", "aware", 24),
        ("intermediate", "classified", 72),
    ),
    "CAC": (("initial", "aware", 4),),
    "CAC_CRITICAL": (("initial", "aware", 1),),
}
"""By regime: what is due, from when on, within how many hours (domain.md 5.1 [S-34, S-35]).

Final reports, due after a month or 30 days, are a person's to plan."""

DRAFTED: Final[dict[HealthKind, tuple[str, ...]]] = {
    HealthKind.CONDUCT_BREACH: (),
    HealthKind.BROKEN_TOTALS: ("DORA", "CAC"),
    HealthKind.CONTROL_REFUSED: ("DORA", "CAC"),
    HealthKind.ACTION_REFUSED: ("DORA", "CAC"),
    HealthKind.COMPLIANCE_REFUSED: ("DORA", "CAC"),
}
"""Trouble that may be an incident, and regimes that it may be one of [D].

H14: a supervisor's of conduct, which has no clock here. H05: data that is not what was sent. A
record that does not count may have been forged."""

BY_SUBJECT: Final = frozenset({HealthKind.BROKEN_TOTALS})
"""Each subject is a feed, and a draft of its own; of others there is one draft a day."""

_decode: Final = msgspec.json.Decoder(Health).decode


def note(value: bytes, state: State) -> None:
    """Take a health record: it makes a draft, or is one more of a draft that waits.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    health = _decode(value)
    if health.phase is not Phase.LIVE or health.kind not in DRAFTED:
        return
    scope = health.subject if health.kind in BY_SUBJECT else ""
    known = _waiting(health, scope, state)
    if known is not None:
        held_id, held = known
        more = {"last_at": health.at, "count": held.payload["count"] + (not health.ended)}
        ended = {"ended_at": health.at} if health.ended else {}
        payload = {**held.payload, **more, **ended}
        state.held.put(held_id, msgspec.structs.replace(held, payload=payload))
    elif not health.ended:
        held_id = f"incident/{health.kind.value}/{scope or ALL}/{health.at}"
        state.held.put(held_id, _drafted(health, scope))


def _waiting(health: Health, scope: str, state: State) -> tuple[str, Held] | None:
    """Return the draft that a health record belongs to, if one waits."""
    for held_id, held in state.held.items():
        payload = held.payload
        is_same = held.kind == RecordKind.INCIDENT.value and (
            payload["health"],
            payload["scope"],
        ) == (health.kind.value, scope)
        if is_same and (scope or held.period == health.at[:10]):
            return held_id, held
    return None


def _drafted(health: Health, scope: str) -> Held:
    at_ms = parse(health.at)
    would_be_due = {
        regime: due for regime in DRAFTED[health.kind] if (due := _due(regime, at_ms, None))
    }
    payload: dict[str, Any] = {
        "health": health.kind.value,
        "scope": scope,
        "first_at": health.at,
        "last_at": health.at,
        "count": 1,
        "would_be_due": would_be_due,
    }
    return Held(
        kind=RecordKind.INCIDENT.value,
        borrower_id="",
        legal_entity=ALL,
        as_of=health.at,
        period=health.at[:10],
        payload=payload,
    )


def report(
    body: ReportIncident, *, record_id: str, by: str, at: str, state: State, log: Log
) -> None:
    """Log what a person reports; a draft that the report names is done with.

    Raises:
        NothingHeldError: If the draft that it names does not wait.
    """
    known = state.incidents.get(body.incident_id)
    payload = {
        "incident_id": body.incident_id,
        "regime": body.regime,
        "severity": body.severity,
        "summary": body.summary,
        "began_at": wire(to_ms(body.began_at)),
        "aware_at": wire(to_ms(body.aware_at)),
        "subjects": body.subjects,
        "records": body.records,
        "due": clocks_of(body),
        "reported_by": by,
    }
    if body.held_id is not None:
        payload["draft"] = _draft_of(body.held_id, state).payload
    draft = Draft(
        kind=RecordKind.INCIDENT,
        origin=record_id,
        legal_entity=ALL,
        as_of=at,
        payload=payload,
        correction_of=known.record_id if known else "",
    )
    state.incidents.put(body.incident_id, Reported(record_id=log.append(draft)))


def _draft_of(held_id: str, state: State) -> Held:
    held = state.held.get(held_id)
    if held is None or held.kind != RecordKind.INCIDENT.value:
        raise NothingHeldError(f"expected the id of a draft of an incident, got `{held_id}`")
    return take(held_id, state)


def clocks_of(body: ReportIncident) -> dict[str, str]:
    """Return what is due when by the incident's regime; nothing for a regime without clocks here.

    What counts from the classification is not due before there is one.
    """
    classified_ms = None if body.classified_at is None else to_ms(body.classified_at)
    return _due(body.regime, to_ms(body.aware_at), classified_ms)


def _due(regime: str, aware_ms: int, classified_ms: int | None) -> dict[str, str]:
    begins = {"aware": aware_ms, "classified": classified_ms}
    return {
        what: wire(start_ms + hours * HOUR_MS)
        for what, since, hours in CLOCKS.get(regime, ())
        if (start_ms := begins[since]) is not None
    }


def form_of(held_id: str, held: Held) -> dict[str, Any]:
    """Return what a person fills in to report a draft: regime, severity and summary are theirs."""
    return {
        "incident_id": held_id,
        "held_id": held_id,
        "regime": "",
        "severity": "",
        "summary": "",
        "began_at": held.payload["first_at"],
        "aware_at": held.payload["first_at"],
        "records": held.payload["count"],
    }
