"""Dead letters of intake: what could not be taken, whole, with reason, field and origin."""

import base64
from hashlib import sha256
from typing import Final

from schemas.dead_letter import DeadLetter, DeadLetterReason, Origin
from schemas.envelope import DecodeError
from schemas.instants import wire

LONGEST_TEXT: Final = 500
"""Characters of a message or a path: both may quote what somebody sent."""


def letter(
    error: DecodeError,
    raw: bytes | None,
    origin: Origin,
    wall_now_ms: int,
    *,
    event_id: str | None = None,
) -> DeadLetter:
    """Return the dead letter of `raw`, which was refused with `error`.

    The id is made of the origin, so that a record read twice makes the same letter. Where
    personal data was found the letter carries no more than the digest.
    """
    kept = raw is not None and error.reason is not DeadLetterReason.PII_FOUND
    return DeadLetter(
        letter_id=f"{origin.topic}/{origin.partition}/{origin.offset}",
        reason=error.reason,
        message=str(error)[:LONGEST_TEXT],
        field_path=error.field_path[:LONGEST_TEXT],
        digest=sha256(raw or b"").hexdigest(),
        first_seen=wire(wall_now_ms),
        origin=origin,
        event_id=event_id,
        payload=base64.b64encode(raw).decode() if raw is not None and kept else None,
    )
