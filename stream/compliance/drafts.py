"""What a decision becomes in the feed: tier changes, triggers, controls, the tie-out.

Payloads are put together field by field: of a decision goes into the feed what is named here, and
nothing else. Ids of events and free texts of sources stay out.
"""

from typing import Any, Final

from schemas.alert import Cause, MeasureValue, Text, Tier
from schemas.collection_trigger import CollectionTrigger, Op
from schemas.compliance import RecordKind
from schemas.control import Standing
from schemas.decision import Decision
from schemas.model import Check
from schemas.tier import TierChange
from stream.compliance.log import ALL, Draft, Log

REVISED: Final = frozenset({Cause.CORRECTION, Cause.LATE_DATA})
"""Causes by which a tier that was told before turns out to have been another."""
EXPLAINED: Final = frozenset({Tier.MODERATE.word, Tier.SEVERE.word})
"""Tiers after which something is done about a borrower (domain.md 4.5)."""
BORROWER: Final = "BORROWER"


def tier_change(decision: Decision, change: TierChange, log: Log) -> None:
    """Log a change, and where it is for the worse the decision with its explanation."""
    borrower_id, entity = change.borrower_id, change.legal_entity
    known = log.subject(borrower_id)
    before = known.changes.get(entity, "")
    draft = Draft(
        kind=RecordKind.TIER_CHANGE,
        origin=decision.decision_id,
        legal_entity=entity,
        as_of=change.at,
        payload=_change(change),
        borrower_id=borrower_id,
        correction_of=before if change.cause in REVISED else "",
    )
    record_id = log.append(draft)
    if change.to in EXPLAINED and Tier[change.to.upper()] > Tier[change.from_.upper()]:
        log.append(_explained(draft, change))
    known = log.subject(borrower_id)
    log.put(borrower_id, known.with_change(entity, record_id))


def _change(change: TierChange) -> dict[str, Any]:
    return {
        "change_id": change.change_id,
        "from": change.from_,
        "to": change.to,
        "cause": change.cause.value,
        "hard": change.hard,
        "simulated": change.simulated,
        "floor": {
            "tier": change.floor.tier,
            "dpd": change.floor.dpd,
            "unverified": change.floor.unverified,
            "forborne": change.floor.forborne,
        },
        "score": change.score.total,
        "keys": [f"{key.kind.value}:{key.name}" for key in change.keys],
        "signals": [_signal(each.rule, each.signal, each.tier) for each in change.warnings],
        "policy": f"{change.policy.name}/{change.policy.version}/{change.policy.fingerprint}",
        "ruleset": f"{change.ruleset}/{change.ruleset_version}",
    }


def _signal(rule: str, signal: str, tier: int) -> dict[str, Any]:
    return {"rule": rule, "signal": signal, "tier": Tier(tier).word}


def _explained(draft: Draft, change: TierChange) -> Draft:
    """Return the log of an automated decision: what, why, who looks, what the borrower is told."""
    factors = [_measure(each) for warning in change.warnings for each in warning.measures]
    payload = {
        "decision": f"tier {change.from_} to {change.to}",
        "record": change.change_id,
        "factors": [*factors, *(_measure(each) for each in change.measures)],
        "human_involvement": change.admission.to.value,
        "explanation": _text(change.reason),
        "ends_when": _text(change.clears_when),
    }
    return draft._replace(kind=RecordKind.AUTOMATED_DECISION_LOG, payload=payload, correction_of="")


def _measure(measure: MeasureValue) -> dict[str, Any]:
    return {
        "name": measure.name,
        "value": measure.value,
        "unit": measure.unit,
        "window": measure.window,
        "n": measure.n,
        "threshold": measure.threshold,
        "baseline": measure.baseline,
    }


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def trigger(decision: Decision, told: CollectionTrigger, log: Log) -> None:
    """Log what was proposed to be done about a borrower, and what was taken back."""
    if told.op not in {Op.PROPOSE, Op.RETRACT}:
        return  # nothing was decided to be done; CONDUCT_STATS counts it
    payload = {
        "decision": f"{told.op.value} {told.action.value} by {told.channel.value}",
        "record": f"{told.trigger_id}/{told.ordinal}",
        "tier": told.tier,
        "cause": told.cause.value,
        "amount_due": {
            "amount_minor": told.amount_due.amount_minor,
            "currency": told.amount_due.currency,
        },
        "profile": f"{told.profile.name}/{told.profile.version}",
        "guards": [
            {"guard": each.guard.value, "answer": each.answer.value, "basis": each.legal_basis}
            for each in told.guards
        ],
        "human_involvement": "approval" if told.approvals else "none",
        "explanation": _text(told.reason),
        "compensate": told.compensate,
        "simulated": told.simulated,
    }
    log.append(
        Draft(
            kind=RecordKind.AUTOMATED_DECISION_LOG,
            origin=decision.decision_id,
            legal_entity=told.legal_entity,
            as_of=told.at,
            payload=payload,
            borrower_id=told.borrower_id,
        )
    )


def control(decision: Decision, log: Log) -> None:
    """Log a change of what governs everybody, with who wanted it and who agreed."""
    note = decision.control
    if note is None:
        return
    log.append(
        Draft(
            kind=RecordKind.MODEL_CONFIG_CHANGE,
            origin=decision.decision_id,
            legal_entity=ALL,
            as_of=decision.at,
            payload={
                "record_id": note.record_id,
                "subject": note.subject,
                "supersedes": note.supersedes,
                "author": note.author,
                "approver": note.approver,
                "issued_at": note.issued_at,
                "digest": note.digest,
            },
        )
    )


def demotion(decision: Decision, log: Log) -> None:
    """Log that the machine no longer hears a detector: nobody signed that, a rule of the house did.

    People alone let it be heard again, which is a signed record.
    """
    told = decision.demotion
    if told is None:
        return
    log.append(
        Draft(
            kind=RecordKind.MODEL_CONFIG_CHANGE,
            origin=decision.decision_id,
            legal_entity=ALL,
            as_of=decision.at,
            payload={
                "subject": decision.subject_id,
                "version": told.version,
                "standing": Standing.SHADOW.value,
                "by": "rule",
                "rounds": told.rounds,
                "checks": [_check(each) for each in told.checks],
            },
        )
    )


def _check(check: Check) -> dict[str, Any]:
    return {
        "signal": check.signal,
        "verdict": check.verdict.value,
        "value": check.value,
        "critical": check.critical,
        "n": check.n,
    }


def morning(decision: Decision, log: Log) -> None:
    """Log how many loans tie out with the core; said again of a day, it corrects what was said."""
    tie_out = decision.tie_out
    if tie_out is None or decision.about is None:
        return
    known, day = log.subject(""), decision.about
    draft = Draft(
        kind=RecordKind.DATA_QUALITY,
        origin=decision.decision_id,
        legal_entity=ALL,
        as_of=decision.at,
        period=day,
        payload={"tie_out": {"loans": tie_out.ties, "causes": tie_out.causes}},
        correction_of=known.changes.get(day, ""),
    )
    record_id = log.append(draft)
    log.put("", log.subject("").only_change(day, record_id))
