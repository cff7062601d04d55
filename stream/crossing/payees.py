"""How many borrowers have turned to which payee, over all partitions (for X12)."""

from collections import Counter
from typing import Final

from schemas.crossing import PayeesTold
from schemas.journal import PayeeSnapshot
from stream.crossing.rounds import Rounds

LEAST: Final = 2
"""A payee of one borrower is nobody else's business."""


class Payees:
    """Adds up what the partitions tell, hour by hour.

    Args:
        partitions: How many partitions the journal has.
    """

    def __init__(self, partitions: int) -> None:
        self._rounds: Rounds[PayeesTold] = Rounds(partitions)
        self._has_said = False

    def take(self, told: PayeesTold) -> list[PayeeSnapshot]:
        """Take one record in; return the counts when the hour is complete.

        Nothing before the first payee that borrowers share.
        """
        parts = self._rounds.take(told.at_ms, told.partition, told)
        if parts is None:
            return []
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update(part.payees)
        shared = {payee: number for payee, number in sorted(counts.items()) if number >= LEAST}
        self._has_said = self._has_said or bool(shared)
        at_ms = told.at_ms
        return [PayeeSnapshot(version=at_ms, at_ms=at_ms, shared=shared)] if self._has_said else []
