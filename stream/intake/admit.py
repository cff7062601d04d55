"""One record of a source in, exactly one outcome out: nothing is lost and nothing raises.

    bytes -> decode -> right topic? -> not from the future? -> events | references
          -> actions, permits, outcomes

Everything that a sender can get wrong ends as a dead letter with its reason, and so does what
nobody thought of (`POISON`): a record that stops a worker would stop it again after each start.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from schemas.dead_letter import DeadLetterReason, Origin
from schemas.envelope import DecodeError, Envelope, EventBody, decode
from schemas.feed import BusinessDateClosed, Heartbeat
from schemas.header import EventData
from schemas.instants import DAY_MS, from_ms, to_ms
from schemas.reference import ReferenceData
from schemas.topics import STREAM_TOPICS
from stream.intake.actions import read_action
from stream.intake.contacts import read_outcome, read_permit
from stream.intake.events import admit_event
from stream.intake.letters import letter
from stream.intake.links import Links
from stream.intake.outcomes import Alive, BorrowersRecord, Clock, Closed, Outcome, admitted
from stream.intake.references import admit_reference

AHEAD_MS: Final = DAY_MS
"""How far a record's times may lie after its arrival: clocks differ by minutes, zones by hours."""

ONE_DAY: Final = timedelta(days=1)

ADMITTED_AS_IT_IS: Final[Mapping[str, Callable[[bytes, Links, int], BorrowersRecord]]] = {
    "desk-actions": read_action,
    "permits": read_permit,
    "collection-outcomes": read_outcome,
}
"""Topics that carry no envelopes, and what reads a record of each."""

IN_BAND: Final = ("clock.v1", "heartbeat.v1", "business_date_closed.v1")
"""What a source says of its own feed, on the topic of the stream."""

TYPES: Final = {
    "repayments": ("repayment.v1", *IN_BAND),
    "settlements": ("settlement.v1", *IN_BAND),
    "pos-clearing": ("pos_clearing.v1", *IN_BAND),
    "references": (
        "loan_contract.v1",
        "repayment_schedule.v1",
        "loan_position.v1",
        "borrower_profile.v1",
        "party_link.v1",
        "token_alias.v1",
        "contact_state.v1",
    ),
}
"""What belongs on which topic of envelopes."""


def admit(
    raw: bytes | None, *, topic: str, origin: Origin, links: Links, wall_now_ms: int
) -> Outcome:
    """Say what becomes of one record; never raises.

    Args:
        raw: Its bytes, anything at all; `None` for a tombstone.
        topic: Where it was sent, without the prefix: one of `TYPES`, or of
            `ADMITTED_AS_IT_IS`.
        origin: Where it stood.
        links: Who is who.
        wall_now_ms: When it arrived.
    """
    try:
        return _admit(raw, topic, links, wall_now_ms)
    except DecodeError as error:
        return letter(error, raw, origin, wall_now_ms)
    except Exception as error:  # noqa: BLE001 - see the module
        poison = DecodeError(
            DeadLetterReason.POISON, "$", f"cannot be taken: {type(error).__name__}"
        )
        return letter(poison, raw, origin, wall_now_ms)


def _admit(raw: bytes | None, topic: str, links: Links, wall_now_ms: int) -> Outcome:
    if raw is None:
        raise DecodeError(DeadLetterReason.SCHEMA, "$", "expected a record, got a tombstone")
    if topic in ADMITTED_AS_IT_IS:
        return admitted([ADMITTED_AS_IT_IS[topic](raw, links, wall_now_ms)])
    envelope = decode(raw)
    data = envelope.data
    _refuse_foreign(envelope, topic)
    _refuse_future(envelope, wall_now_ms)
    if isinstance(data, EventBody):
        return admit_event(envelope, data, raw, links, wall_now_ms)
    if isinstance(data, ReferenceData):
        return admit_reference(envelope, data, raw, links, wall_now_ms)
    if isinstance(data, Heartbeat | BusinessDateClosed):
        return _admit_promise(envelope, data, topic)
    return Clock(envelope.source, envelope.at_ms)


def _admit_promise(
    envelope: Envelope, data: Heartbeat | BusinessDateClosed, topic: str
) -> Alive | Closed:
    stream = STREAM_TOPICS[topic]
    if data.stream not in (None, stream):
        message = f"expected `{stream}` on {topic}, got `{data.stream}`"
        raise DecodeError(DeadLetterReason.SCHEMA, "$.data.stream", message)
    if isinstance(data, Heartbeat):
        return Alive(envelope.source, envelope.at_ms)
    if data.business_date > from_ms(envelope.at_ms).date() + ONE_DAY:
        message = "expected a date that has begun, somewhere, by the record's `time`"
        raise DecodeError(DeadLetterReason.TIMESTAMP, "$.data.business_date", message)
    return Closed(envelope.source, data)


def _refuse_foreign(envelope: Envelope, topic: str) -> None:
    if envelope.type not in TYPES[topic]:
        message = f"expected {' or '.join(TYPES[topic])} on {topic}, got `{envelope.type}`"
        raise DecodeError(DeadLetterReason.SCHEMA, "$.type", message)


def _refuse_future(envelope: Envelope, wall_now_ms: int) -> None:
    latest_ms = wall_now_ms + AHEAD_MS
    if envelope.at_ms > latest_ms:
        raise _not_its_time("$.time")
    observed_at = envelope.data.observed_at if isinstance(envelope.data, EventData) else None
    if observed_at is not None and not 0 <= to_ms(observed_at) <= latest_ms:
        raise _not_its_time("$.data.observed_at")


def _not_its_time(field_path: str) -> DecodeError:
    message = "expected a time after 1970-01-01 and no later than a day from now"
    return DecodeError(DeadLetterReason.TIMESTAMP, field_path, message)
