"""Records as the monitor writes them, for the tests of the desk."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.alert import (
    Alert,
    Cause,
    MeasureValue,
    Phase,
    RuleVersion,
    Text,
    Transition,
)
from schemas.case import Case, CaseEntry, CaseState, Done
from schemas.case_file import CaseFile
from schemas.collection_trigger import (
    Answer,
    Channel,
    CollectionAction,
    CollectionTrigger,
    Guard,
    GuardResult,
    Op,
    ProfileVersion,
)
from schemas.decision import ControlNote, Decision, DecisionKind, TieOut
from schemas.health import Health, HealthKind
from schemas.instants import HOUR_MS, MINUTE_MS, parse, wire
from schemas.money import Money
from schemas.tier import (
    Admission,
    AdmissionReason,
    Admitted,
    FloorFacts,
    PolicyVersion,
    TierChange,
    TierScore,
)

AT = "2026-11-20T03:00:00.000Z"
AT_MS = parse(AT)
SAID = Text(en="2 debits failed: no money", zh="两次扣款失败")


def later(minutes: float) -> str:
    return wire(AT_MS + int(minutes * MINUTE_MS))


def case(number: int = 1, version: int = 1, **more: Any) -> Case:
    borrower = more.pop("borrower_id", f"brw_{number}")
    fields: dict[str, Any] = {
        "case_id": f"{borrower}/default/1",
        "version": version,
        "borrower_id": borrower,
        "legal_entity": "default",
        "lane": "credit",
        "state": CaseState.NEW,
        "tier": "severe",
        "hard": True,
        "admission": "severe",
        "phase": Phase.LIVE,
        "opened_at": AT,
        "at": AT,
        "tier_since": AT,
        "reason": SAID,
        "clears_when": Text(en="a debit succeeds", zh="扣款成功"),
        "exposure": Money(amount_minor=1_000_00 * number, currency="CNY"),
        "signals": ("rp02_failed_debit",),
        "alert_ids": (f"{borrower}/rp02_failed_debit/1/1",),
        "ack_due_at": later(15),
        "outcome_due_at": later(24 * 60),
    }
    return Case(**fields | more)


def restricted(number: int = 1, version: int = 1, **more: Any) -> Case:
    of = {
        "case_id": f"brw_{number}/restricted/default/1",
        "lane": "restricted",
        "signals": ("aml01_structuring",),
        "reason": Text(en="secret reason", zh="秘密"),
    }
    return case(number, version, **of | more)


def entry(kind: str, action_id: str, **more: Any) -> CaseEntry:
    return CaseEntry(**{"at": AT, "kind": kind, "action_id": action_id, "operator": "ann"} | more)


def alert(number: int = 1, ordinal: int = 1, **more: Any) -> Alert:
    borrower = f"brw_{number}"
    fields: dict[str, Any] = {
        "alert_id": f"{borrower}/rp02_failed_debit/1/{ordinal}",
        "subject_kind": "BORROWER",
        "subject_id": borrower,
        "borrower_id": borrower,
        "signal": "RP02",
        "family": "repayment",
        "lane": "credit",
        "tier": "severe",
        "previous_tier": "none",
        "hard": True,
        "transition": Transition.OPENED,
        "cause": Cause.SIGNAL,
        "phase": Phase.LIVE,
        "episode": 1,
        "ordinal": ordinal,
        "effective_from": AT,
        "detected_at": AT,
        "title": SAID,
        "reason": SAID,
        "clears_when": SAID,
        "rule": RuleVersion(
            name="rp02_failed_debit", fingerprint="f", ruleset="credit", ruleset_version=1
        ),
        "measures": (MeasureValue(name="failed_debits", value=2, unit="count", threshold=">= 2"),),
    }
    return Alert(**fields | more)


def incident(segment: str = "food", ordinal: int = 1, **more: Any) -> Alert:
    of = {
        "alert_id": f"{segment}/g05_segment_sales/1/{ordinal}",
        "subject_kind": "SEGMENT",
        "subject_id": segment,
        "borrower_id": "",
        "signal": "G05",
        "rule": RuleVersion(
            name="g05_segment_sales", fingerprint="f", ruleset="segments", ruleset_version=1
        ),
    }
    return alert(ordinal=ordinal, **of | more)


def trigger(number: int = 1, ordinal: int = 1, op: Op = Op.DEFER, **more: Any) -> CollectionTrigger:
    guards = (
        GuardResult(guard=Guard.KILL_SWITCH, answer=Answer.ALLOW, detail="off", legal_basis="-"),
        GuardResult(
            guard=Guard.QUIET_HOURS, answer=Answer.DEFER, detail="night", legal_basis="-",
            until=later(300),
        ),
    )  # fmt: skip
    fields: dict[str, Any] = {
        "trigger_id": f"brw_{number}/t/1",
        "ordinal": ordinal,
        "op": op,
        "action": CollectionAction.REMIND,
        "channel": Channel.CALL,
        "borrower_id": f"brw_{number}",
        "loan_id": f"ln_{number}",
        "legal_entity": "default",
        "tier": "severe",
        "cause": Cause.SIGNAL,
        "phase": Phase.LIVE,
        "at": later(ordinal),
        "amount_due": Money(amount_minor=500_00, currency="CNY"),
        "reason": SAID,
        "profile": ProfileVersion(name="cn", version=1, draft=False),
        "guards": guards,
        "earliest_at": later(300) if op is Op.DEFER else None,
    }
    return CollectionTrigger(**fields | more)


def file(number: int = 1, at: str = AT) -> CaseFile:
    return CaseFile(borrower_id=f"brw_{number}", at=at, zone="Asia/Shanghai", currency="CNY")


def tier_change(to: str = "moderate", number: int = 1, **more: Any) -> TierChange:
    fields: dict[str, Any] = {
        "change_id": f"brw_1/default/{number}",
        "borrower_id": "brw_1",
        "legal_entity": "default",
        "sequence_no": number,
        "from_": "none",
        "to": to,
        "cause": Cause.SIGNAL,
        "phase": Phase.LIVE,
        "at": AT,
        "hard": False,
        "score": TierScore(total=0.5, families=()),
        "floor": FloorFacts(tier="none", dpd=0),
        "admission": Admission(to=Admitted.PERSON, reason=AdmissionReason.SECOND_FAMILY),
        "reason": SAID,
        "clears_when": SAID,
        "policy": PolicyVersion(name="default", version=1, fingerprint="f"),
        "ruleset": "credit",
        "ruleset_version": 1,
    }
    return TierChange(**fields | more)


def health(kind: HealthKind, subject: str, *, at: str = AT, ended: bool = False) -> Health:
    return Health(
        health_id=f"{kind.value}/{subject}/{at}/{ended}",
        kind=kind,
        subject=subject,
        message=f"{subject} is not well",
        at=at,
        phase=Phase.LIVE,
        ended=ended,
    )


def decision(kind: DecisionKind, subject: str = "brw_1", ordinal: int = 1, **more: Any) -> Decision:
    fields: dict[str, Any] = {
        "decision_id": f"{subject}/{ordinal}",
        "subject_kind": "BORROWER",
        "subject_id": subject,
        "ordinal": ordinal,
        "kind": kind,
        "at": AT,
        "phase": Phase.LIVE,
    }
    return Decision(**fields | more)


def morning() -> Decision:
    of = TieOut(ties={"tied": 99, "differs": 1}, causes={"late": 1})
    return decision(
        DecisionKind.MORNING, "#book", about="2026-11-19", tie_out=of, detail="1 of 100"
    )


def change(record_id: str = "ruleset-1", at: str = AT) -> Decision:
    note = ControlNote(
        record_id=record_id,
        subject="ruleset",
        author="ann",
        approver="bob",
        issued_at=at,
        digest="d",
    )
    return decision(DecisionKind.CONTROL_APPLIED, "#control", control=note, at=at)


def raw(record: Any) -> bytes:
    return msgspec.json.encode(record)


__all__ = ["AT", "AT_MS", "HOUR_MS", "CaseState", "Done"]
