"""What the events of all three streams have in common (domain.md 2.1)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

import msgspec

from schemas.instants import Instant
from schemas.tokens import Code, Reference


class OpenEnum(StrEnum):
    """An enum of the wire whose unknown values read as `OTHER` instead of being refused."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("OTHER") if isinstance(value, str) and value != "OTHER" else None


class RecordKind(StrEnum):
    """Whether a record stands alone or changes an earlier one (domain.md 2.6)."""

    ORIGINAL = "ORIGINAL"
    CORRECTION = "CORRECTION"
    REVERSAL = "REVERSAL"
    CANCEL = "CANCEL"


class Quality(OpenEnum):
    """What the source says of its own record; `TEST` never reaches a decision."""

    LATE = "LATE"
    ESTIMATED = "ESTIMATED"
    BACKFILL = "BACKFILL"
    UNRECONCILED = "UNRECONCILED"
    PARTIAL_FIELDS = "PARTIAL_FIELDS"
    TEST = "TEST"
    OTHER = "OTHER"


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The header fields, which stand inside `data` of the envelope."""

    record_kind: RecordKind = RecordKind.ORIGINAL
    record_version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    idempotency_key: Reference | None = None
    original_event_id: Reference | None = None
    observed_at: Instant | None = None
    booking_date: date | None = None
    tz: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$(?!\n)")] | None = None
    tenant_id: Code | None = None
    legal_entity: Code | None = None
    id_key_version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    trace_id: Reference | None = None
    quality: tuple[Quality, ...] = ()
