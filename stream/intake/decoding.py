"""Reads one JSON value as a struct; whatever is wrong with it names its field."""

from typing import TypeVar

import msgspec

from schemas.dead_letter import DeadLetterReason
from schemas.envelope import MAX_BYTES, DecodeError

T = TypeVar("T")


def refuse_large(raw: bytes) -> None:
    """Pass if a record is not too large.

    Raises:
        DecodeError: If it is.
    """
    if len(raw) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES} bytes, got {len(raw)}"
        raise DecodeError(DeadLetterReason.TOO_LARGE, "$", message)


def decode_as(decoder: msgspec.json.Decoder[T], raw: bytes, place: str) -> T:
    """Read JSON.

    Args:
        decoder: Of what is expected.
        raw: The bytes.
        place: The path of the value in its record.

    Raises:
        DecodeError: If it is something else.
    """
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
