"""Permits of the last gate and outcomes of executors: each becomes a record of the borrower.

Permits are our own, outcomes come from outside: nobody's remark gets further than a dead letter.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from schemas import journal, permit, personal_data
from schemas.dead_letter import DeadLetterReason
from schemas.envelope import DecodeError
from schemas.instants import DAY_MS, to_ms
from stream.intake.decoding import decode_as, refuse_large
from stream.intake.links import Links

AHEAD_MS: Final = DAY_MS
"""How far a time may lie after the arrival: clocks differ by minutes, zones by hours."""

TAG: Final = "schema"

_permit = msgspec.json.Decoder(permit.Permit)
_outcome = msgspec.json.Decoder(permit.CollectionOutcome)
_any: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def read_permit(raw: bytes, links: Links, wall_now_ms: int) -> journal.Permit:
    """Return the journal record of one record of the topic `permits`.

    Raises:
        DecodeError: If it is no permit, or ends before it begins.
    """
    refuse_large(raw)
    data = decode_as(_permit, raw, "$")
    _refuse_personal_data(raw, permit.Permit)
    _refuse_future(data.granted_at, "$.granted_at", wall_now_ms)
    if data.valid_until < data.granted_at:
        message = "expected an instant after `granted_at`"
        raise DecodeError(DeadLetterReason.TIMESTAMP, "$.valid_until", message)
    borrower_id = links.oldest(data.borrower_id)
    return journal.Permit(borrower_id=borrower_id, wall_arrival_at_ms=wall_now_ms, data=data)


def read_outcome(raw: bytes, links: Links, wall_now_ms: int) -> journal.Outcome:
    """Return the journal record of one record of the topic `collection-outcomes`.

    Raises:
        DecodeError: If it is no outcome, or says something that no schema declares and that may
            be personal data.
    """
    refuse_large(raw)
    data = decode_as(_outcome, raw, "$")
    _refuse_personal_data(raw, permit.CollectionOutcome)
    _refuse_future(data.at, "$.at", wall_now_ms)
    borrower_id = links.oldest(data.borrower_id)
    return journal.Outcome(borrower_id=borrower_id, wall_arrival_at_ms=wall_now_ms, data=data)


def _refuse_personal_data(raw: bytes, declared: type[msgspec.Struct]) -> None:
    known = {TAG, *declared.__struct_fields__}
    for name, value in decode_as(_any, raw, "$").items():
        path = None if name in known else personal_data.find({name: value}, "$")
        if path is not None:
            message = "expected no personal data, found some in a field that no schema declares"
            raise DecodeError(DeadLetterReason.PII_FOUND, path, message)


def _refuse_future(instant: datetime, field_path: str, wall_now_ms: int) -> None:
    if not 0 <= to_ms(instant) <= wall_now_ms + AHEAD_MS:
        message = "expected a time after 1970-01-01 and no later than a day from now"
        raise DecodeError(DeadLetterReason.TIMESTAMP, field_path, message)
