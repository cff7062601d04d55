"""What leaves the step: messages for the output topics, in the order in which they were decided.

Every message is made here, so the rules that hold for all of them stand in one place: a decision
carries the next ordinal of its subject, an alert leaves only when it is live, and what belongs to
the restricted lane leaves on topics of its own.
"""

from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from rules.catalogue import RESTRICTED
from schemas import crossing
from schemas.alert import Alert, Phase, Tier
from schemas.book_day import DayClosed
from schemas.case import Case
from schemas.case_file import CaseFile
from schemas.collection_trigger import CollectionTrigger, Op
from schemas.dead_letter import DeadLetter, DeadLetterReason
from schemas.decision import ControlNote, Decision, DecisionKind, TieOut
from schemas.health import Health, HealthKind
from schemas.instants import wire
from schemas.learned_model import LearnedModel
from schemas.model import Demotion, ModelStanding
from schemas.tier import BorrowerTier, TierChange
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress

_encode = msgspec.json.Encoder().encode

SEVERE: Final = Tier.SEVERE.word

ALERTS_RESTRICTED: Final = "alerts-restricted"
DECISIONS_RESTRICTED: Final = "decisions-restricted"
CASES_RESTRICTED: Final = "cases-restricted"


class Output(NamedTuple):
    """One message.

    Attributes:
        topic: Without the prefix.
        key: The Kafka key.
        value: JSON.
        urgent: Whether a checkpoint must not wait: a live severe alert, a retraction.
    """

    topic: str
    key: bytes
    value: bytes
    urgent: bool = False


class Outbox:
    """Collects the messages of one folded record."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.outputs: list[Output] = []

    def decide(
        self,
        *,
        subject_kind: str,
        subject_id: str,
        ordinal: int,
        kind: DecisionKind,
        at_ms: int,
        about: str | None = None,
        detail: str | None = None,
        alert: Alert | None = None,
        tier_change: TierChange | None = None,
        trigger: CollectionTrigger | None = None,
        control: ControlNote | None = None,
        tie_out: TieOut | None = None,
        day: DayClosed | None = None,
        demotion: Demotion | None = None,
        restricted: bool = False,
    ) -> None:
        """Write one decision; one of the restricted lane goes where compliance alone reads."""
        decision = Decision(
            decision_id=f"{subject_id}/{'restricted/' * restricted}{ordinal}",
            subject_kind=subject_kind,
            subject_id=subject_id,
            ordinal=ordinal,
            kind=kind,
            at=wire(at_ms),
            phase=self.phase,
            about=about,
            detail=detail,
            alert=alert,
            tier_change=tier_change,
            trigger=trigger,
            control=control,
            tie_out=tie_out,
            day=day,
            demotion=demotion,
        )
        topic = DECISIONS_RESTRICTED if restricted else "decisions"
        self.outputs.append(Output(topic, subject_id.encode(), _encode(decision)))

    def alert(self, alert: Alert) -> None:
        """Hand an alert to its readers, unless nobody is to see it yet.

        One of the restricted lane is never urgent: when a checkpoint is written would tell of it.
        """
        if self.phase is not Phase.LIVE:
            return
        key = (alert.borrower_id or alert.subject_id).encode()
        if alert.lane == RESTRICTED:
            self.outputs.append(Output(ALERTS_RESTRICTED, key, _encode(alert)))
        else:
            self.outputs.append(Output("alerts", key, _encode(alert), alert.tier == SEVERE))

    def tier(self, present: BorrowerTier, change: TierChange | None) -> None:
        """Hand out the present tier, and how it changed if it did, unless nobody is to see it."""
        if self.phase is not Phase.LIVE:
            return
        if change is not None:
            key = change.borrower_id.encode()
            self.outputs.append(Output("tier-changes", key, _encode(change), change.to == SEVERE))
        key = f"{present.borrower_id}/{present.legal_entity}".encode()
        self.outputs.append(Output("tiers", key, _encode(present)))

    def case(self, case: Case) -> None:
        """Hand out the present state of a case; one of the restricted lane to compliance alone."""
        topic = CASES_RESTRICTED if case.lane == RESTRICTED else "cases"
        self.outputs.append(Output(topic, case.case_id.encode(), _encode(case)))

    def case_file(self, file: CaseFile) -> None:
        """Hand out the story behind a borrower's cases."""
        self.outputs.append(Output("case-files", file.borrower_id.encode(), _encode(file)))

    def trigger(self, record: CollectionTrigger, *, ordinal: int, at_ms: int) -> None:
        """Decide what may be done about a borrower, and hand it to whoever does it."""
        self.decide(
            subject_kind="BORROWER",
            subject_id=record.borrower_id,
            ordinal=ordinal,
            kind=DecisionKind.TRIGGER,
            at_ms=at_ms,
            about=record.trigger_id,
            detail=record.op.value,
            trigger=record,
        )
        key, urgent = record.borrower_id.encode(), record.op is Op.RETRACT
        self.outputs.append(Output("collection-triggers", key, _encode(record), urgent))

    def dead_letter(
        self,
        reason: DeadLetterReason,
        *,
        message: str,
        field_path: str,
        payload: bytes,
        at_ms: int,
        borrower_id: str | None = None,
        event_id: str | None = None,
    ) -> None:
        """Put aside a journal record that could not be applied; its bytes stay in the journal."""
        digest = sha256(payload).hexdigest()
        letter = DeadLetter(
            letter_id=f"journal/{digest[:32]}",
            reason=reason,
            message=message,
            field_path=field_path,
            digest=digest,
            first_seen=wire(at_ms),
            borrower_id=borrower_id,
            event_id=event_id,
        )
        self.outputs.append(Output("dead-letters", letter.letter_id.encode(), _encode(letter)))

    def health(
        self,
        kind: HealthKind,
        *,
        subject: str,
        about: str,
        message: str,
        at_ms: int,
        ended: bool = False,
    ) -> None:
        """Report trouble of the watch itself; `about` makes the id the same on every fold."""
        finding = Health(
            health_id=f"{kind.value}/{subject}/{about}",
            kind=kind,
            subject=subject,
            message=message,
            at=wire(at_ms),
            phase=self.phase,
            ended=ended,
        )
        self.outputs.append(Output("health", subject.encode(), _encode(finding)))

    def model(self, standing: ModelStanding) -> None:
        """Hand out how a detector stands and fares."""
        self.outputs.append(Output("models", standing.detector.encode(), _encode(standing)))

    def progress(self, tick_at_ms: int) -> None:
        """Tell dispatch that all triggers up to this tick are told."""
        value = _encode(TriggerProgress(tick_at_ms=tick_at_ms))
        self.outputs.append(Output("collection-triggers", PROGRESS_KEY, value))

    def learned(self, model: LearnedModel) -> None:
        """Tell people what a model has come to that learns from outcomes; it decides nothing."""
        self.outputs.append(Output("learned-models", model.detector.encode(), _encode(model)))

    def cross(self, record: crossing.Crossing) -> None:
        """Tell crossing what is to be added up over all partitions."""
        key = crossing.key_of(record)
        self.outputs.append(Output("crossings", key, crossing.encode(record)))
