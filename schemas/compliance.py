"""`compliance_record.v1`: what compliance and regulators read, one sequence over everything.

A record is never changed: what turns out otherwise is a new record that names the old one in
`correction_of`. Nobody is named: a borrower is a `subject`, a pseudonym of this feed alone, which
nobody can trace back once the subject's key is destroyed. Beside a record on its topic stands its
leaf in the Merkle log (docs/record.md).
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.instants import Instant
from schemas.tokens import BorrowerId, Code, Reference


class RecordKind(StrEnum):
    """What a record is about (domain.md 5.1)."""

    TIER_CHANGE = "TIER_CHANGE"
    TIER_SNAPSHOT = "TIER_SNAPSHOT"
    CLASS_FLOOR_DIFF = "CLASS_FLOOR_DIFF"
    FUND_MISUSE = "FUND_MISUSE"
    SEGMENT_INCIDENT = "SEGMENT_INCIDENT"
    CONDUCT_STATS = "CONDUCT_STATS"
    ROLL_RATE = "ROLL_RATE"
    PARTNER_METRICS = "PARTNER_METRICS"
    MODEL_CONFIG_CHANGE = "MODEL_CONFIG_CHANGE"
    AUTOMATED_DECISION_LOG = "AUTOMATED_DECISION_LOG"
    DATA_QUALITY = "DATA_QUALITY"
    ACCESS_REPORT = "ACCESS_REPORT"
    INCIDENT = "INCIDENT"
    RELEASE = "RELEASE"
    RESTRICTED_WARNING = "RESTRICTED_WARNING"
    """This and the next two stand in the feed of the restricted lane alone."""
    RESTRICTED_DECISION = "RESTRICTED_DECISION"
    RESTRICTED_ACCESS = "RESTRICTED_ACCESS"


class Disclosure(StrEnum):
    """Who may get a record beside the people of compliance."""

    INTERNAL = "INTERNAL"
    ON_REQUEST = "ON_REQUEST"
    RELEASED = "RELEASED"
    SUBJECT = "SUBJECT"
    RESTRICTED = "RESTRICTED"
    """Nobody else: not even that there is one."""


class ComplianceRecord(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="compliance_record.v1",
):
    """One record of the feed.

    Attributes:
        record_id: Made of kind and origin, the same whoever makes the record.
        seq: From 1 on without a gap; what a reader acknowledges.
        log_index: Its place in the Merkle log, from 0 on.
        period: The day or month that it is about, ISO 8601.
        as_of: When what it says was decided.
        logged_at: When it was written; never before the record in front of it.
        subject: The pseudonym, if it is about a borrower.
        prev_hash: The leaf of the subject's record before this one.
        payload_digest: SHA-256 of the payload's canonical JSON.
    """

    record_id: str
    seq: int
    log_index: int
    kind: RecordKind
    tenant: str
    legal_entity: str
    jurisdiction: str
    period: str
    as_of: str
    logged_at: str
    schema_version: int
    legal_basis: str
    disclosure_class: Disclosure
    payload: dict[str, Any]
    payload_digest: str
    subject: str = ""
    prev_hash: str = ""
    correction_of: str = ""


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it stands on its topic, with its leaf in hex; the salt is kept apart."""

    leaf: str
    record: ComplianceRecord


Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Seq = Annotated[int, msgspec.Meta(ge=1)]


class ReleaseHeld(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="release"):
    """A person lets a held record go out, and says what was done about it."""

    held_id: Reference
    action: Code


class DiscardHeld(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="discard"):
    """A person finds that a held record is none; that it was held stays in the log."""

    held_id: Reference
    reason: Reason


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="acknowledge"):
    """A reader of the feed has the records `first_seq` to `last_seq`."""

    consumer: Code
    first_seq: Seq
    last_seq: Seq


class EraseSubject(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="erase"):
    """Destroy a borrower's key: nobody can trace its records any more, and their leaves stay."""

    borrower_id: BorrowerId
    legal_basis: Reason


class ReportIncident(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="incident"):
    """A person reports an incident, or how it went on: `incident_id` is the same then.

    `aware_at` and `classified_at` start the clocks of the regime that is named.
    """

    incident_id: Reference
    regime: Code
    severity: Code
    summary: Reason
    began_at: Instant
    aware_at: Instant
    classified_at: Instant | None = None
    subjects: Annotated[int, msgspec.Meta(ge=0)] | None = None
    records: Annotated[int, msgspec.Meta(ge=0)] | None = None


ComplianceBody = ReleaseHeld | DiscardHeld | Acknowledge | EraseSubject | ReportIncident


class CompliancePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures of a compliance action cover; `record_id` may be used once."""

    record_id: Reference
    author: Code
    issued_at: Instant
    body: ComplianceBody
