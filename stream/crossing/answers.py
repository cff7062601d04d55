"""What crossing answers to one record: a verdict, snapshots, the morning's record, or nothing.

    crossings ──> dates | segments | attempts | ties | lateness | fitness ──> what is new of it

An answer replaces what was said before under its key if its version is higher; one that says the
same as that is not given again. So what comes twice, late or in another order leads to the same
last answers.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.crossing import (
    AttemptsTold,
    Claimed,
    Crossing,
    DayClosed,
    EwsTold,
    FitnessTold,
    LatenessTold,
    MembersTold,
    ModelsTold,
    PayeesTold,
    SalesTold,
    TiesTold,
)
from schemas.journal import (
    Answered,
    CollectionSnapshot,
    DateVerified,
    EwsExamples,
    FitnessSnapshot,
    LatenessSnapshot,
    MorningRecord,
    PayeeSnapshot,
    SegmentModel,
    SegmentSnapshot,
    SegmentTiers,
)
from stream.crossing.attempts import Collection
from stream.crossing.dates import Dates
from stream.crossing.examples import Examples
from stream.crossing.fitness import Fitnesses
from stream.crossing.lateness import Latenesses
from stream.crossing.models import Models
from stream.crossing.payees import Payees
from stream.crossing.segments import Members, Sales
from stream.crossing.ties import Ties

SAID_WHEN: Final = ("version", "at_ms")


Said = Answered | LatenessSnapshot | SegmentModel | FitnessSnapshot | PayeeSnapshot


Answer = DateVerified | Said | EwsExamples
"""One record for every partition of the journal."""


class Answers:
    """Folds the records of some keys of `crossings`.

    Args:
        partitions: How many partitions the journal has.
    """

    def __init__(self, partitions: int) -> None:
        self.dates = Dates(partitions)
        self._sales, self._members = Sales(partitions), Members(partitions)
        self._collection, self._ties = Collection(partitions), Ties(partitions)
        self._lateness = Latenesses(partitions)
        self._models = Models(partitions)
        self._ews = Examples(partitions)
        self._fitness = Fitnesses(partitions)
        self._payees = Payees(partitions)
        self._said: dict[tuple[str, ...], Said] = {}

    def take(self, record: Crossing) -> list[Answer]:
        """Take one record in; return what has to be said now."""
        found: Sequence[Said]
        match record:
            case SalesTold():
                found = self._sales.take(record)
            case MembersTold():
                found = self._members.take(record)
            case AttemptsTold():
                found = self._collection.take(record)
            case TiesTold():
                found = self._ties.take(record)
            case FitnessTold():
                found = self._fitness.take(record)
            case ModelsTold():
                found = self._models.take(record)
            case PayeesTold():
                found = self._payees.take(record)
            case LatenessTold():
                found = self._lateness.take(record)
            case _:
                return self._once(record)
        return self._new(found)

    def _once(self, record: DayClosed | Claimed | EwsTold) -> list[Answer]:
        """Answer what has no last answer to be said again."""
        if isinstance(record, EwsTold):
            return list(self._ews.take(record))
        verdict = self.dates.take(record)
        return [] if verdict is None else [verdict]

    def _new(self, found: Sequence[Said]) -> list[Answer]:
        return [each for each in found if self._is_new(each)]

    def _is_new(self, answer: Said) -> bool:
        key = about(answer)
        before = self._said.get(key)
        if before is not None and answer.version <= before.version:
            return False
        self._said[key] = answer
        return before is None or _content(answer) != _content(before)

    @property
    def said(self) -> list[Said]:
        """The last answer under each key, verdicts on dates apart, in order."""
        return [answer for _, answer in sorted(self._said.items())]


def about(answer: DateVerified | Said | EwsExamples) -> tuple[str, ...]:
    """Return the key under which an answer replaces an earlier one: its kind and its subject.

    Examples:
        >>> from datetime import date
        >>> about(MorningRecord(
        ...     version=1, day=date(2026, 1, 5), at_ms=0, ties={}, causes={}))
        ('morning_record', '2026-01-05')
    """
    kind = str(answer.__struct_config__.tag)
    match answer:
        case DateVerified():
            return kind, answer.source, answer.stream, answer.business_date.isoformat()
        case SegmentSnapshot() | SegmentTiers() | SegmentModel():
            return kind, answer.segment_id
        case MorningRecord() | FitnessSnapshot():
            return kind, answer.day.isoformat()
        case EwsExamples():
            return kind, answer.day.isoformat(), str(answer.part)
        case CollectionSnapshot() | LatenessSnapshot() | PayeeSnapshot():
            return (kind,)


def _content(answer: Said) -> dict[str, object]:
    said = msgspec.structs.asdict(answer)
    return {name: value for name, value in said.items() if name not in SAID_WHEN}
