"""Writes the JSON Schema files of what others write and read: `python -m schemas.generate`.

The structs are the truth; the files in `schemas/json/` are made from them, and a test fails
when they are not current.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.alert import Alert
from schemas.case import Case
from schemas.case_file import CaseFile
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    Assign,
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
from schemas.collection_trigger import CollectionTrigger
from schemas.compliance import CompliancePayload, ComplianceRecord
from schemas.control import ActionPayload, ControlPayload
from schemas.dead_letter import DeadLetter
from schemas.decision import Decision
from schemas.desk_audit import DeskAudit
from schemas.envelope import TYPES
from schemas.health import Health
from schemas.journal import JournalRecord
from schemas.learned_model import LearnedModel
from schemas.loan_release import Release
from schemas.model import ModelStanding
from schemas.page import Page
from schemas.permit import CollectionOutcome, Permit
from schemas.signing import Signed, Trust
from schemas.tier import BorrowerTier, TierChange
from schemas.trigger_progress import TriggerProgress

FOLDER: Final = Path(__file__).with_name("json")

DOCUMENTS: Final[dict[str, Any]] = {
    **TYPES,
    "alert.v1": Alert,
    "decision.v1": Decision,
    "tier.v1": BorrowerTier,
    "tier_change.v1": TierChange,
    "compliance_record.v1": ComplianceRecord,
    "compliance_payload.v1": CompliancePayload,
    "dead_letter.v1": DeadLetter,
    "health.v1": Health,
    "model.v1": ModelStanding,
    "collection_trigger.v1": CollectionTrigger,
    "trigger_progress.v1": TriggerProgress,
    "permit.v1": Permit,
    "page.v1": Page,
    "collection_outcome.v1": CollectionOutcome,
    "control_payload.v1": ControlPayload,
    "action_payload.v1": ActionPayload,
    "release_quarantine.v1": Release,
    "approve_trigger.v1": ApproveTrigger,
    "hold.v1": PutOnHold,
    "lift_hold.v1": LiftHold,
    "case.v1": Case,
    "case_file.v1": CaseFile,
    "claim.v1": Claim,
    "give_back.v1": GiveBack,
    "assign.v1": Assign,
    "acknowledge.v1": Acknowledge,
    "triage.v1": TriageCase,
    "measure.v1": TakeMeasure,
    "wait.v1": Wait,
    "note.v1": AddNote,
    "outcome.v1": SayOutcome,
    "close.v1": CloseCase,
    "endorse.v1": Endorse,
    "desk_audit.v1": DeskAudit,
    "signed.v1": Signed,
    "trust.v1": Trust,
    "journal.v1": JournalRecord,
    "learned_model.v1": LearnedModel,
}
"""The document's name and the type that it describes; the stream types are the `data` alone."""


def texts() -> dict[str, str]:
    """Return file name and content of every schema."""
    return {f"{name}.json": _text(name, of) for name, of in DOCUMENTS.items()}


def _text(name: str, of: Any) -> str:
    (reference,), components = msgspec.json.schema_components([of])
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **reference,
        "$defs": components,
    }
    text = msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode()
    return text + "\n"


def main() -> None:
    """Write the files, and remove those that nothing describes any more."""
    FOLDER.mkdir(exist_ok=True)
    current = texts()
    for name, text in current.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for file in FOLDER.glob("*.json"):
        if file.name not in current:
            file.unlink()


if __name__ == "__main__":
    main()
