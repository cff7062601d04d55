"""How far the sources' own clocks have come, and when that makes a tick.

Ingest writes a `Progress` after the journal has acknowledged all that came before a clock
record in that partition. The ticker folds them: the latest of each key, and of those the least,
once every partition of every stream has said something. So a tick never overtakes an event
that its clock vouches for, wherever it is.
"""

from typing import Final

import msgspec

from schemas.journal import EpochMs
from schemas.tokens import Reference
from schemas.topics import STREAM_TOPICS

QUIET_TICKS: Final = 10
"""How many times in a row nothing new is kept quiet; called once a second: 10 s."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One source's clock in one partition of a stream's topic (named without prefix)."""

    source: Reference
    stream: str
    topic: str
    partition: int
    clock_at_ms: EpochMs

    @property
    def key(self) -> str:
        """The Kafka key: the latest of each counts."""
        return f"{self.source}:{self.stream}:{self.topic}:{self.partition}"


_decoder = msgspec.json.Decoder(Progress)


def encode(progress: Progress) -> bytes:
    """Return the record as it stands on `source-progress`."""
    return msgspec.json.encode(progress)


def decode(value: bytes) -> Progress:
    """Read one record of `source-progress`.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    return _decoder.decode(value)


class Reached:
    """The clock that all have reached.

    Args:
        partitions: How many partitions each stream's topic has.

    Examples:
        >>> reached = Reached(partitions=1)
        >>> for topic, stream in STREAM_TOPICS.items():
        ...     reached.clock_at_ms is None
        ...     reached.learn(
        ...         Progress(
        ...             source="core", stream=stream, topic=topic, partition=0, clock_at_ms=60_000
        ...         )
        ...     )
        True
        True
        True
        >>> reached.clock_at_ms
        60000
    """

    def __init__(self, partitions: int) -> None:
        self._expected = {(topic, p) for topic in STREAM_TOPICS for p in range(partitions)}
        self._latest: dict[tuple[str, str, int], int] = {}

    def learn(self, progress: Progress) -> None:
        """Take one record in; an older one than known, or of a place unknown, changes nothing."""
        if (progress.topic, progress.partition) not in self._expected:
            return
        place = (progress.source, progress.topic, progress.partition)
        self._latest[place] = max(progress.clock_at_ms, self._latest.get(place, 0))

    @property
    def clock_at_ms(self) -> int | None:
        """The least of the latest clocks; `None` while a partition has said nothing."""
        heard = {(topic, partition) for _, topic, partition in self._latest}
        return min(self._latest.values()) if heard == self._expected else None


class Pace:
    """Says, once a second, whether a tick is due: at once for a new clock, else now and then."""

    def __init__(self) -> None:
        self._clock_at_ms: int | None = None
        self._quiet = QUIET_TICKS

    def due(self, clock_at_ms: int | None) -> bool:
        """Whether to tick now.

        Args:
            clock_at_ms: The clock that all have reached.
        """
        moved = clock_at_ms != self._clock_at_ms
        self._quiet += 1
        if not moved and self._quiet < QUIET_TICKS:
            return False
        self._clock_at_ms, self._quiet = clock_at_ms, 0
        return True
