"""The envelope: one record of a topic or of a JSON Lines file, decoded and validated.

A CloudEvents 1.0 object whose `type` says what `data` is. `decode` looks at every byte once, in
this order: size, JSON, depth, type, personal data in undeclared fields, schema, currency,
business key. It raises one `DecodeError` with a reason, the path of the field and a sentence;
it never raises anything else for data. docs/envelope.md is the page for people who write such
records.
"""

from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from schemas import business_key, personal_data
from schemas.dead_letter import DeadLetterReason
from schemas.feed import BusinessDateClosed, Heartbeat
from schemas.instants import Instant, to_ms, wire
from schemas.pos_clearing import PosClearing
from schemas.reference import (
    BorrowerProfile,
    ContactState,
    LoanContract,
    LoanPosition,
    PartyLink,
    ReferenceData,
    RepaymentSchedule,
    TokenAlias,
)
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from schemas.tokens import Reference

MAX_BYTES: Final = 256 * 1024
"""No event comes near this; a broker takes 1 MiB."""

MAX_DEPTH: Final = 8
"""Events nest four deep."""


class ClockData(msgspec.Struct, frozen=True):
    """A clock record says nothing but its `time`: the source has sent all that came before."""


EventBody = Repayment | Settlement | PosClearing
FeedBody = ClockData | Heartbeat | BusinessDateClosed
Body = EventBody | ReferenceData | FeedBody

TYPES: Final[dict[str, type[Body]]] = {
    "repayment.v1": Repayment,
    "settlement.v1": Settlement,
    "pos_clearing.v1": PosClearing,
    "loan_contract.v1": LoanContract,
    "repayment_schedule.v1": RepaymentSchedule,
    "loan_position.v1": LoanPosition,
    "borrower_profile.v1": BorrowerProfile,
    "party_link.v1": PartyLink,
    "token_alias.v1": TokenAlias,
    "contact_state.v1": ContactState,
    "clock.v1": ClockData,
    "heartbeat.v1": Heartbeat,
    "business_date_closed.v1": BusinessDateClosed,
}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One validated record.

    `business_key` is empty for what is no event.
    """

    id: str
    source: str
    type: str
    at_ms: int
    data: Body
    business_key: str = ""


class _Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """The CloudEvents attributes, without the data."""

    id: Reference
    source: Reference
    type: str
    time: Instant
    specversion: str = "1.0"
    subject: Reference | None = None
    dataschema: str | None = None
    datacontenttype: str | None = None


Converted = TypeVar("Converted")

ATTRIBUTES: Final = frozenset((*_Attributes.__struct_fields__, "data"))


class DecodeError(ValueError):
    """A record that cannot be taken; `str()` is the sentence."""

    def __init__(self, reason: DeadLetterReason, field_path: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field_path = field_path


def decode(raw: bytes) -> Envelope:
    """Read one envelope.

    Raises:
        DecodeError: With the reason, the path of the field, and what was expected.
    """
    fields = _parse(raw)
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:  # fewer cannot nest deeper
        _refuse_deep(fields)
    data_type = _data_type(fields.get("type"))
    _refuse_personal_data(fields, data_type)
    attributes = _convert(fields, _Attributes, "$")
    data = _convert(fields.get("data"), data_type, "$.data")
    return Envelope(
        id=attributes.id,
        source=attributes.source,
        type=attributes.type,
        at_ms=_at_ms(attributes),
        data=data,
        business_key=_key(attributes.source, data),
    )


def encode(
    *, record_id: str, source: str, record_type: str, at_ms: int, data: Body | dict[str, Any]
) -> bytes:
    """Write one envelope, without a line end.

    Examples:
        >>> encode(record_id="c1", source="s", record_type="clock.v1", at_ms=0, data={})
        b'{"specversion":"1.0","type":"clock.v1","source":"s","id":"c1",\
"time":"1970-01-01T00:00:00.000Z","data":{}}'
    """
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "type": record_type,
            "source": source,
            "id": record_id,
            "time": wire(at_ms),
            "data": data,
        }
    )


def _parse(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BYTES:
        raise DecodeError(
            DeadLetterReason.TOO_LARGE, "$", f"expected at most {MAX_BYTES} bytes, got {len(raw)}"
        )
    try:
        fields = msgspec.json.decode(raw)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(
            DeadLetterReason.NOT_JSON, "$", f"expected JSON in UTF-8: {error}"
        ) from error
    if not isinstance(fields, dict):
        raise DecodeError(
            DeadLetterReason.SCHEMA, "$", f"expected an object, got `{type(fields).__name__}`"
        )
    return fields


def _too_deep() -> DecodeError:
    return DecodeError(
        DeadLetterReason.TOO_DEEP, "$", f"expected at most {MAX_DEPTH} levels of nesting"
    )


def _refuse_deep(value: Any, level: int = 0) -> None:
    if level > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, dict):
        for each in value.values():
            if isinstance(each, dict | list):
                _refuse_deep(each, level + 1)
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict | list):
                _refuse_deep(each, level + 1)


def _data_type(name: Any) -> type[Body]:
    found = TYPES.get(name) if isinstance(name, str) else None
    if found is None:
        known = ", ".join(TYPES)
        raise DecodeError(
            DeadLetterReason.SCHEMA, "$.type", f"expected one of {known}, got `{str(name)[:40]}`"
        )
    return found


@cache
def _declared(data_type: type[Body]) -> frozenset[str]:
    return frozenset(data_type.__struct_fields__)


def _refuse_personal_data(fields: dict[str, Any], data_type: type[Body]) -> None:
    data = fields.get("data")
    undeclared = [("$", name, fields[name]) for name in fields.keys() - ATTRIBUTES]
    if isinstance(data, dict):
        undeclared += [("$.data", name, data[name]) for name in data.keys() - _declared(data_type)]
    for place, name, value in undeclared:
        path = personal_data.find({name: value}, place)
        if path is not None:
            raise DecodeError(
                DeadLetterReason.PII_FOUND,
                path,
                "expected no personal data, found some in a field that no schema declares",
            )


def _convert(value: Any, wanted: type[Converted], place: str) -> Converted:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        field_path = place + path.rstrip("`").removeprefix("$")
        if "missing required field" in message:
            field_path += "." + message.rpartition("field `")[2].rstrip("`")
            raise DecodeError(DeadLetterReason.MISSING_KEY, field_path, message) from error
        of_currency = field_path.endswith(".currency") or "ISO 4217" in message
        reason = DeadLetterReason.CURRENCY if of_currency else DeadLetterReason.SCHEMA
        raise DecodeError(reason, field_path, message) from error


def _at_ms(attributes: _Attributes) -> int:
    at_ms = to_ms(attributes.time)
    if at_ms < 0:
        raise DecodeError(
            DeadLetterReason.TIMESTAMP, "$.time", "expected an instant after 1970-01-01"
        )
    return at_ms


def _key(source: str, data: Body) -> str:
    if not isinstance(data, EventBody):
        return ""
    try:
        return business_key.business_key(source, data)
    except business_key.MissingKeyError as error:
        raise DecodeError(DeadLetterReason.MISSING_KEY, error.field_path, str(error)) from error
