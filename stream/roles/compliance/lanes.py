"""What a sequencer reads and writes: the open lane, and the restricted one beside it."""

from __future__ import annotations

from typing import Final, NamedTuple

from stream.compliance.apart import APART, DECISIONS_APART
from stream.compliance.fold import AUDIT, DECISIONS, HEALTH, LETTERS

ROLE: Final = "compliance"


class Source(NamedTuple):
    """A topic that is read: whether it has one partition, and whether all of it must be there."""

    topic: str
    is_one: bool = False
    is_whole: bool = True


class Lane(NamedTuple):
    """What a sequencer reads and writes, without the prefix.

    Attributes:
        name: Of its transactional id.
        sources: The topics that it reads.
        suffix: Of the topics that it writes.
        is_told: Whether metrics tell of it.
    """

    name: str
    sources: tuple[Source, ...]
    suffix: str
    is_told: bool


DESK: Final = Source(AUDIT, is_one=True)
OPEN: Final = Lane(
    ROLE,
    (Source(DECISIONS), DESK, Source(LETTERS, is_whole=False), Source(HEALTH, is_whole=False)),
    "",
    is_told=True,
)
RESTRICTED: Final = Lane(
    f"{ROLE}-{APART}", (Source(DECISIONS_APART), DESK), f"-{APART}", is_told=False
)
"""Nothing tells of it: no metric, and no health record."""
