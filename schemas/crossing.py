"""What the partitions tell crossing: totals of one business date of one feed.

Records of the topic `crossings`, keyed `feed/date`. Sent at least once and in any order: of one
partition, and of the source's own word, the highest `version` counts.
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.feed import StreamName, Totals
from schemas.tokens import Reference

Version = Annotated[int, msgspec.Meta(ge=1)]


class DayClosed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="day_closed"):
    """One partition has applied all that it has of the date: so much, duplicates left out."""

    source: Reference
    stream: StreamName
    business_date: date
    partition: Annotated[int, msgspec.Meta(ge=0)]
    version: Version
    totals: Totals


class Claimed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="claimed"):
    """What the source itself says, once for the cluster."""

    source: Reference
    stream: StreamName
    business_date: date
    version: Version
    totals: Totals


Crossing = DayClosed | Claimed

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Crossing] = msgspec.json.Decoder(Crossing)


def encode(record: Crossing) -> bytes:
    """Return the record as it stands on the topic."""
    return _encoder.encode(record)


def decode(value: bytes) -> Crossing:
    """Read one record.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    return _decoder.decode(value)


def key_of(record: Crossing) -> bytes:
    """Return the Kafka key: all that is said of one date of one feed meets in one partition."""
    return f"{record.source}/{record.stream}/{record.business_date}".encode()
