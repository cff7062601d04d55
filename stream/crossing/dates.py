"""The totals of each business date of each feed, added up over all partitions.

A date is final when every partition has told of it at the same tick and the source's own word is
there; before that nothing is said. A later tick that all have told of replaces an earlier one,
and the verdict is given anew if it is another.
"""

from datetime import date
from typing import Final

from schemas.crossing import Claimed, DayClosed
from schemas.feed import Totals, without_zeros
from schemas.journal import DateVerified
from stream.crossing.rounds import Rounds

Key = tuple[str, str, date]
"""Source, stream, business date."""

CLAIMS: Final = 1_000
"""More than a source may say of one date; with it the version of a verdict is made."""


class _Day:
    """What is known of one business date: the source's word, and the latest complete round."""

    def __init__(self, partitions: int) -> None:
        self.claim: Claimed | None = None
        self.complete: tuple[int, Totals] | None = None
        self.said: DateVerified | None = None
        self._rounds: Rounds[Totals] = Rounds(partitions)

    def take(self, record: DayClosed | Claimed) -> None:
        """Take one record in."""
        if isinstance(record, DayClosed):
            self._take_part(record)
        elif self.claim is None or record.version > self.claim.version:
            self.claim = record

    def _take_part(self, part: DayClosed) -> None:
        parts = self._rounds.take(part.at_ms, part.partition, part.totals)
        if parts is not None and (self.complete is None or part.at_ms > self.complete[0]):
            self.complete = (part.at_ms, _sum(parts))

    @property
    def verdict(self) -> DateVerified | None:
        """What follows, `None` while it is not final."""
        if self.claim is None or self.complete is None:
            return None
        at_ms, applied = self.complete
        return DateVerified(
            source=self.claim.source,
            stream=self.claim.stream,
            business_date=self.claim.business_date,
            version=at_ms * CLAIMS + self.claim.version,
            ok=applied == self.claim.totals,
            expected=self.claim.totals,
            applied=applied,
        )


class Dates:
    """Folds the records of some keys.

    Args:
        partitions: How many partitions the journal has.

    Examples:
        >>> said = dict(source="acq", stream="pos_clearing", business_date=date(2026, 1, 5))
        >>> dates, two = Dates(partitions=1), Totals(count=2)
        >>> dates.take(Claimed(**said, version=1, totals=two)) is None
        True
        >>> dates.take(DayClosed(**said, partition=0, at_ms=1_000, totals=two)).ok
        True
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._days: dict[Key, _Day] = {}

    def take(self, record: DayClosed | Claimed) -> DateVerified | None:
        """Take one record in; return the verdict if it is final and another than before."""
        key = (record.source, record.stream, record.business_date)
        day = self._days.setdefault(key, _Day(self._partitions))
        day.take(record)
        verdict = day.verdict
        if verdict is None or _says_the_same(verdict, day.said):
            return None
        day.said = verdict
        return verdict

    @property
    def verdicts(self) -> list[DateVerified]:
        """The last verdict of each date, in order."""
        return [said for _, day in sorted(self._days.items()) if (said := day.said) is not None]


def _says_the_same(verdict: DateVerified, before: DateVerified | None) -> bool:
    return before is not None and (verdict.expected, verdict.applied) == (
        before.expected,
        before.applied,
    )


def _sum(each: list[Totals]) -> Totals:
    sums: dict[str, int] = {}
    for totals in each:
        for currency, amount in totals.sums.items():
            sums[currency] = sums.get(currency, 0) + amount
    return Totals(count=sum(totals.count for totals in each), sums=without_zeros(sums))
