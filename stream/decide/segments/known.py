"""What crossing has answered about each segment, and which incidents are open.

    #segment/<id>           one segment
    #segment/book/all       what concerns all borrowers: collection, the tie-out

Invariants: a higher version replaces a lower one, and nothing else changes; so an answer that
comes again, or late, leaves no trace.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final
from zlib import crc32

import msgspec

from schemas.alert import Transition
from schemas.journal import (
    Answered,
    CollectionSnapshot,
    MorningRecord,
    SegmentSnapshot,
    SegmentTiers,
)

PREFIX: Final = b"#segment/"
BOOK: Final = "book/all"
"""The subject of what concerns all borrowers; no segment's id has a slash."""
OUTAGE_DAYS: Final = 14
"""So long an outage is remembered for attempts that are told late [D]."""


class Incident(msgspec.Struct, array_like=True, kw_only=True):
    """One signal of one segment: the episode's number, its last transition's, and its tier."""

    number: int = 0
    ordinal: int = 0
    tier: int = 0

    def move(self, tier: int) -> Transition | None:
        """Go to a tier; return the transition, `None` if it is the same."""
        before, self.tier = self.tier, tier
        if tier == before:
            return None
        if not before:
            self.number, self.ordinal = self.number + 1, 0
        self.ordinal += 1
        if not before:
            return Transition.OPENED
        if not tier:
            return Transition.CLEARED
        return Transition.ESCALATED if tier > before else Transition.LOWERED


class Known(msgspec.Struct, array_like=True, kw_only=True):
    """What is known of one subject.

    Attributes:
        sales: The latest answer of each kind.
        tiers: As `sales`.
        collection: As `sales`; of the book alone, as what follows.
        morning: As `sales`.
        outages: By day, as an ordinal: the channels that failed.
        incidents: By signal.
        decisions: How many decisions were made about it: the last one's ordinal.
    """

    sales: SegmentSnapshot | None = None
    tiers: SegmentTiers | None = None
    collection: CollectionSnapshot | None = None
    morning: MorningRecord | None = None
    outages: dict[int, list[str]] = msgspec.field(default_factory=dict)
    incidents: dict[str, Incident] = msgspec.field(default_factory=dict)
    decisions: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Known).decode


class Knowledge:
    """What is known of all segments, and of the book.

    Args:
        partition: Of the journal.
        partitions: How many it has; with the default the first one tells of every subject.
    """

    def __init__(self, partition: int = 0, partitions: int = 1) -> None:
        self._partition, self._partitions = partition, partitions
        self._known: dict[str, Known] = {}
        self._changed: set[str] = set()

    def get(self, subject: str) -> Known:
        """Return what is known of a segment, or of the book; to be read."""
        return self._known.get(subject, Known())

    def change(self, subject: str) -> Known:
        """Return what is known, to be changed."""
        self._changed.add(subject)
        return self._known.setdefault(subject, Known())

    def subjects(self) -> list[str]:
        """Return who is known, in order."""
        return sorted(self._known)

    def tells(self, subject: str) -> bool:
        """Whether the subject's key falls into this partition, which alone tells of it."""
        return crc32(subject.encode()) % self._partitions == self._partition

    def learn(self, answer: Answered) -> Known | None:
        """Take an answer in; return what is known now, `None` if it is no news."""
        subject = subject_of(answer)
        if not _is_newer(answer, self.get(subject)):
            return None
        known = self.change(subject)
        match answer:
            case SegmentSnapshot():
                known.sales = answer
            case SegmentTiers():
                known.tiers = answer
            case MorningRecord():
                known.morning = answer
            case CollectionSnapshot():
                known.collection = answer
                _note_outages(known.outages, answer.day, sorted(answer.channels))
        return known

    def store(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the records that changed since the last call."""
        for subject in sorted(self._changed):
            yield PREFIX + subject.encode(), _encode(self._known[subject])
        self._changed.clear()

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one stored record."""
        self._known[key.removeprefix(PREFIX).decode()] = _decode(value)


def subject_of(answer: Answered) -> str:
    """Return whom an answer is about: a segment, or the book."""
    match answer:
        case SegmentSnapshot() | SegmentTiers():
            return answer.segment_id
        case CollectionSnapshot() | MorningRecord():
            return BOOK


def _is_newer(answer: Answered, known: Known) -> bool:
    before: Answered | None
    match answer:
        case SegmentSnapshot():
            before = known.sales
        case SegmentTiers():
            before = known.tiers
        case CollectionSnapshot():
            before = known.collection
        case MorningRecord():
            before = known.morning
    return before is None or (answer.day, answer.version) > (before.day, before.version)


def _note_outages(outages: dict[int, list[str]], day: date, channels: list[str]) -> None:
    """Note the outages of a day: what was found in one of its hours holds for the day."""
    today = day.toordinal()
    found = sorted({*outages.get(today, ()), *channels})
    if found:
        outages[today] = found
    for old in [old for old in outages if old <= today - OUTAGE_DAYS]:
        del outages[old]
