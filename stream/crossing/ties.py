"""The tie-out of one day over all partitions: the morning's record."""

from typing import Final

from schemas.crossing import TiesTold
from schemas.journal import MorningRecord
from stream.crossing.rounds import Rounds

NAMED: Final = 20
"""So many loans that differ are named, as by each partition."""


class Ties:
    """Adds up what the partitions tell of their loans, day by day."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._days: dict[int, Rounds[TiesTold]] = {}

    def take(self, told: TiesTold) -> list[MorningRecord]:
        """Take one record in; return the record of the day when a round of it is complete."""
        rounds = self._days.setdefault(told.day.toordinal(), Rounds(self._partitions))
        parts = rounds.take(told.at_ms, told.partition, told)
        return [] if parts is None else [_record(parts)]


def _record(parts: list[TiesTold]) -> MorningRecord:
    ties: dict[str, int] = {}
    causes: dict[str, int] = {}
    for part in parts:
        for mine, theirs in ((ties, part.ties), (causes, part.causes)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number
    return MorningRecord(
        version=parts[0].at_ms,
        day=parts[0].day,
        at_ms=parts[0].at_ms,
        ties=dict(sorted(ties.items())),
        causes=dict(sorted(causes.items())),
        differing=tuple(sorted({loan for part in parts for loan in part.differing})[:NAMED]),
    )
