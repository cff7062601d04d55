"""What D8 learns from, over all partitions, in an order that does not depend on them.

Examples are put in order by the round in which they came to have matured, then by their keys, which
are digests. Nothing is remembered of a round that was answered: each tells those before it again,
and the step learns none twice.
"""

from collections.abc import Iterator
from typing import Final

from schemas.crossing import EWS_LANES, EwsTold
from schemas.journal import EwsExamples
from stream.crossing.rounds import Rounds

MOST: Final = 1_000
"""Examples in one record, 350 bytes each."""


class Examples:
    """Puts together what the partitions tell of one round, in all lanes."""

    def __init__(self, partitions: int) -> None:
        self._rounds: Rounds[EwsTold] = Rounds(partitions * EWS_LANES)

    def take(self, told: EwsTold) -> list[EwsExamples]:
        """Take one record in; return the records of the round when it is complete.

        Nothing if nothing has matured.
        """
        place = told.partition * EWS_LANES + told.lane
        parts = self._rounds.take(told.day.toordinal(), place, told)
        return [] if parts is None else list(_answered(parts))


def _answered(parts: list[EwsTold]) -> Iterator[EwsExamples]:
    found = sorted(
        {(day, each) for part in parts for day, of in part.rounds.items() for each in of}
    )
    chunks = [found[first : first + MOST] for first in range(0, len(found), MOST)]
    for number, chunk in enumerate(chunks):
        days = sorted({day for day, _ in chunk})
        yield EwsExamples(
            version=parts[0].day.toordinal(),
            day=parts[0].day,
            at_ms=max(part.at_ms for part in parts),
            part=number,
            parts=len(chunks),
            rounds={day: tuple(each for of, each in chunk if of == day) for day in days},
        )
