"""What the partitions tell crossing: totals of one business date of one feed.

Records of the topic `crossings`, keyed `feed/date`. What the partitions say is of one tick, which
all of them have had: so the sum is of one place in the log, and not of several.
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.feed import StreamName, Totals
from schemas.journal import EpochMs
from schemas.tokens import Reference


class DayClosed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="day_closed"):
    """One partition has applied all that it has of the date: so much, duplicates left out.

    `at_ms` is the time of the tick at which that was so.
    """

    source: Reference
    stream: StreamName
    business_date: date
    partition: Annotated[int, msgspec.Meta(ge=0)]
    at_ms: EpochMs
    totals: Totals


class Claimed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="claimed"):
    """What the source itself says, once for the cluster; its highest `version` counts."""

    source: Reference
    stream: StreamName
    business_date: date
    version: Annotated[int, msgspec.Meta(ge=1, le=999)]
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
