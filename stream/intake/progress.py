"""How far the feeds have come, as ingest tells the ticker: records of `source-progress`.

Ingest writes a `Progress` after the journal has acknowledged all that came before a clock, a
heartbeat or a closed date in that partition. So nothing that is made of it overtakes an event
that it vouches for, wherever that is.

An event that waits for its party is not read yet. Where such events were sent before, `after`
says how far each partition of `unresolved` must have been looked at until the progress counts;
its owner says with `Held` how far it has looked, and the earliest event of each feed that waits.
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.journal import EpochMs
from schemas.tokens import Reference

Offset = Annotated[int, msgspec.Meta(ge=0)]


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="progress"):
    """What one source has said in one partition of a stream's topic (named without prefix).

    One of the three: what time it is, that it lives, which business date it has closed.
    """

    source: Reference
    stream: str
    topic: str
    partition: int
    clock_at_ms: EpochMs | None = None
    alive_at_ms: EpochMs | None = None
    closed: date | None = None
    after: tuple[Offset, ...] = ()

    @property
    def key(self) -> str:
        """The Kafka key: the latest of each counts, so each of the three has its own."""
        what = "clock" if self.clock_at_ms is not None else "alive"
        what = "closed" if self.closed is not None else what
        return f"{self.source}:{self.stream}:{self.topic}:{self.partition}:{what}"


class Held(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="held"):
    """What waits in one partition of `unresolved`.

    Attributes:
        partition: Which.
        read: The next offset to look at.
        earliest_ms: By feed, the time of the earliest event that waits.
    """

    partition: int
    read: Offset
    earliest_ms: dict[str, EpochMs] = {}

    @property
    def key(self) -> str:
        """The Kafka key."""
        return f"unresolved:{self.partition}"


Told = Progress | Held
"""A record of `source-progress`."""

_decoder: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told)


def encode(told: Told) -> bytes:
    """Return the record as it stands on `source-progress`."""
    return msgspec.json.encode(told)


def decode(value: bytes) -> Told:
    """Read one record of `source-progress`.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    return _decoder.decode(value)
