"""The feed of the restricted lane: a sequence, a log and keys of its own, of which nobody hears.

It is made of `decisions-restricted` and of what the desk did in the lane. It writes to topics of
its own alone: what it cannot read is a record of its own, too, and no health record. Its
pseudonyms are of keys of its own and its heads of a name of its own, so that nobody can join it
with the other feed, or take a head of the one for one of the other (docs/restricted.md).
"""

from typing import Any, Final

import msgspec

from schemas.alert import Alert, Phase
from schemas.compliance import RecordKind
from schemas.decision import Decision, DecisionKind
from schemas.desk_audit import DeskAudit
from schemas.instants import wire
from stream.compliance.fold import AUDIT, UNREADABLE
from stream.compliance.folding import Folding
from stream.compliance.log import ALL, Draft

DECISIONS_APART: Final = "decisions-restricted"
APART: Final = "restricted"
TOLD: Final = frozenset(
    {DecisionKind.ACTION_NOTED, DecisionKind.ACTION_REFUSED, DecisionKind.RULE_FAILED}
)

_decision: Final = msgspec.json.Decoder(Decision).decode
_audit: Final = msgspec.json.Decoder(DeskAudit).decode


class FeedApart(Folding):
    """The fold."""

    def _take(self, topic: str, partition: int, offset: int, value: bytes) -> None:
        try:
            draft = _seen(_audit(value)) if topic == AUDIT else _decided(_decision(value))
            if draft is not None:
                self._log.append(draft)
        except UNREADABLE as error:
            if topic != AUDIT:  # the other feed says so of the desk's lines
                about = f"{topic}/{partition}/{offset}"
                self._log.append(_unread(about, str(error), wire(self._state.core.clock_ms)))


def _decided(decision: Decision) -> Draft | None:
    """Return what a decision becomes; nothing before go-live, as in the other feed."""
    if decision.phase is not Phase.LIVE:
        return None
    if decision.alert is not None:
        return _draft(RecordKind.RESTRICTED_WARNING, decision, _warning(decision.alert))
    if decision.kind not in TOLD:
        return None
    payload = {"what": decision.kind.value, "about": decision.about, "detail": decision.detail}
    return _draft(RecordKind.RESTRICTED_DECISION, decision, payload)


def _draft(kind: RecordKind, decision: Decision, payload: dict[str, Any]) -> Draft:
    return Draft(
        kind=kind,
        origin=decision.decision_id,
        legal_entity=ALL,
        as_of=decision.at,
        payload=payload,
        borrower_id=decision.subject_id,
    )


def _warning(alert: Alert) -> dict[str, Any]:
    return {
        "warning": alert.alert_id,
        "signal": alert.signal,
        "rule": f"{alert.rule.name}/{alert.rule.fingerprint}",
        "ruleset": f"{alert.rule.ruleset}/{alert.rule.ruleset_version}",
        "tier": alert.tier,
        "previous_tier": alert.previous_tier,
        "transition": alert.transition.value,
        "cause": alert.cause.value,
        "first_seen": alert.effective_from,
        "reason": {"en": alert.reason.en, "zh": alert.reason.zh},
        "measures": [
            {"name": each.name, "value": each.value, "unit": each.unit} for each in alert.measures
        ],
        "simulated": alert.simulated,
    }


def _seen(line: DeskAudit) -> Draft | None:
    """Return what a line of the desk's audit becomes, if it is of the lane."""
    if not line.restricted:
        return None
    return Draft(
        kind=RecordKind.RESTRICTED_ACCESS,
        origin=line.audit_id,
        legal_entity=ALL,
        as_of=line.at,
        payload={
            "operator": line.operator,
            "what": line.what,
            "case": line.case_id,
            "detail": line.detail,
        },
        borrower_id=line.borrower_id or "",
    )


def _unread(about: str, why: str, at: str) -> Draft:
    return Draft(
        kind=RecordKind.RESTRICTED_DECISION,
        origin=about,
        legal_entity=ALL,
        as_of=at,
        payload={"what": "unread_record", "about": about, "detail": why},
    )
