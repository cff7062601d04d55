"""`dead_letter.v1`: what could not be taken, with the reason, the field and where it came from.

Nothing is lost: the letter carries the original bytes (base64), so that it can be looked at,
mended and driven again. Only where personal data was found it carries no more than a digest and
the path of the field.
"""

from enum import StrEnum

import msgspec


class DeadLetterReason(StrEnum):
    """Why a record was not taken."""

    NOT_JSON = "NOT_JSON"
    TOO_DEEP = "TOO_DEEP"
    TOO_LARGE = "TOO_LARGE"
    SCHEMA = "SCHEMA"
    MISSING_KEY = "MISSING_KEY"
    CURRENCY = "CURRENCY"
    TIMESTAMP = "TIMESTAMP"
    PII_FOUND = "PII_FOUND"
    UNKNOWN_PARTY = "UNKNOWN_PARTY"
    BORROWER_MISMATCH = "BORROWER_MISMATCH"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    TOO_LATE = "TOO_LATE"
    POISON = "POISON"
    UNDELIVERED = "UNDELIVERED"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record stood."""

    topic: str
    partition: int
    offset: int


class DeadLetter(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="dead_letter.v1",
):
    """One record that was not taken.

    `letter_id` is made of the origin (ingest) or of borrower and event (`step`), so a record
    read twice makes the same letter. `payload` is base64; `digest` is SHA-256, hex.
    """

    letter_id: str
    reason: DeadLetterReason
    message: str
    field_path: str
    digest: str
    first_seen: str
    origin: Origin | None = None
    event_id: str | None = None
    borrower_id: str | None = None
    payload: str | None = None
