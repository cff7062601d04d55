"""What operators do: an action signed by the desk becomes a record of the borrower's journal.

The signature is checked in the fold. Here no more is asked than whose action it is, which is
what the payload's `subject` says.
"""

from typing import TypeVar

import msgspec

from schemas.control import ActionPayload
from schemas.dead_letter import DeadLetterReason
from schemas.envelope import MAX_BYTES, DecodeError
from schemas.journal import Action
from schemas.signing import Signed
from schemas.tokens import BorrowerId
from stream.intake.links import Links


class _Subject(ActionPayload, frozen=True, kw_only=True):
    """An action about a borrower."""

    subject: BorrowerId


T = TypeVar("T")

_signed = msgspec.json.Decoder(Signed)
_payload = msgspec.json.Decoder(_Subject)


def read_action(raw: bytes, links: Links, wall_now_ms: int) -> Action:
    """Return the journal record of one record of the topic `desk-actions`.

    Raises:
        DecodeError: If it is not a signed record, or its payload is not about a borrower.
    """
    if len(raw) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES} bytes, got {len(raw)}"
        raise DecodeError(DeadLetterReason.TOO_LARGE, "$", message)
    signed = _decode(_signed, raw, "$")
    payload = _decode(_payload, signed.payload.encode(), "$.payload")
    return Action(
        borrower_id=links.oldest(payload.subject), wall_arrival_at_ms=wall_now_ms, signed=signed
    )


def _decode(decoder: msgspec.json.Decoder[T], raw: bytes, place: str) -> T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        field_path = place + path.rstrip("`").removeprefix("$")
        raise DecodeError(DeadLetterReason.SCHEMA, field_path, message) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"expected JSON in UTF-8: {error}"
        raise DecodeError(DeadLetterReason.NOT_JSON, place, message) from error
    except RecursionError as error:
        message = "expected a record that nests less deep"
        raise DecodeError(DeadLetterReason.TOO_DEEP, place, message) from error
