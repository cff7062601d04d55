"""Which topic and key a line of a file goes to: both follow from what it says.

What a source says of its feed (clock, heartbeat, closed date) goes into every partition of the
topic of its stream, or of all three streams where it names none. A line that is no envelope is sent
all the same, without a key: to judge it is ingest's office, and so it ends where somebody will
look at it, among the dead letters.
"""

from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from schemas.envelope import DecodeError, Envelope, EventBody, decode
from schemas.instants import to_ms
from schemas.topics import STREAM_TOPICS
from stream.intake.admit import IN_BAND, TYPES
from stream.intake.keys import feed_topics, record_key

REFERENCES: Final = "references"
CLOCK_TYPE: Final = "clock.v1"
TOPIC_OF_THE_UNREADABLE: Final = next(iter(STREAM_TOPICS))
TOPIC_OF: Final = {name: topic for topic, names in TYPES.items() for name in names} | dict.fromkeys(
    IN_BAND, TOPIC_OF_THE_UNREADABLE
)


class Routed(NamedTuple):
    """Where a line goes.

    Attributes:
        topic: Without prefix; for what is said of a feed, one of those that it goes to.
        key: None where there is none.
        record_id: The event's id; of a line without one `sha256:` and its digest in hex, which
            stands in its dead letter too.
        envelope: What the line says, None if it is no envelope.
        problem: Why it is none, and where; empty if it is one.
    """

    topic: str
    key: str | None
    record_id: str
    envelope: Envelope | None
    problem: str = ""


class _Head(msgspec.Struct):
    type: str = ""
    id: str = ""


_decode_head = msgspec.json.Decoder(_Head).decode


def route(raw: bytes) -> Routed:
    """Say where a line goes; never raises.

    Examples:
        >>> routed = route(b'{"type":"party_link.v1","id":"l1"}')
        >>> routed.topic, routed.key, routed.record_id, routed.problem
        ('references', None, 'l1', '$.source: Object missing required field `source`')
    """
    try:
        envelope = decode(raw)
    except DecodeError as error:
        return _unreadable(raw, f"{error.field_path}: {error}")
    key = record_key(envelope.data)
    topics = feed_topics(envelope.data) or (TOPIC_OF[envelope.type],)
    return Routed(topics[0], key, envelope.id, envelope)


def arrival_ms(envelope: Envelope) -> int:
    """Return when a record arrives on the input clock: `observed_at` if it says so, or `time`."""
    data = envelope.data
    if isinstance(data, EventBody) and data.observed_at is not None:
        return to_ms(data.observed_at)
    return envelope.at_ms


def _unreadable(raw: bytes, problem: str) -> Routed:
    try:
        head = _decode_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _Head()
    topic = TOPIC_OF.get(head.type, TOPIC_OF_THE_UNREADABLE)
    record_id = head.id or f"sha256:{sha256(raw).hexdigest()}"
    return Routed(topic, None, record_id, None, problem)
