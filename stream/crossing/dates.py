"""The totals of each business date of each feed, added up over all partitions.

A date is final when every partition has told of it at the same tick and the source's own word is
there; before that nothing is said. A later tick that all have told of replaces an earlier one,
and the verdict is given anew if it is another.
"""

from datetime import date
from typing import Final

from schemas.crossing import Claimed, Crossing, DayClosed
from schemas.feed import Totals, without_zeros
from schemas.journal import DateVerified

Key = tuple[str, str, date]
"""Source, stream, business date."""

CLAIMS: Final = 1_000
"""More than a source may say of one date; with it the version of a verdict is made."""

MOST_OPEN: Final = 100
"""Rounds of a date that not all have told of; older ones are given up."""


class _Day:
    """What is known of one business date.

    A round is complete when all have told of it; what came before it is forgotten.
    """

    def __init__(self, partitions: int) -> None:
        self.claim: Claimed | None = None
        self.complete: tuple[int, Totals] | None = None
        self.said: DateVerified | None = None
        self._partitions = partitions
        self._rounds: dict[int, dict[int, Totals]] = {}

    def take(self, record: Crossing) -> None:
        """Take one record in."""
        if isinstance(record, DayClosed):
            self._take_part(record)
        elif self.claim is None or record.version > self.claim.version:
            self.claim = record

    def _take_part(self, part: DayClosed) -> None:
        if self.complete is not None and part.at_ms <= self.complete[0]:
            return
        round_ = self._rounds.setdefault(part.at_ms, {})
        round_[part.partition] = part.totals
        if len(round_) == self._partitions:
            self.complete = (part.at_ms, _sum(list(round_.values())))
        first_ms = self.complete[0] + 1 if self.complete else 0
        kept = sorted(at_ms for at_ms in self._rounds if at_ms >= first_ms)[-MOST_OPEN:]
        self._rounds = {at_ms: self._rounds[at_ms] for at_ms in kept}

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

    def take(self, record: Crossing) -> DateVerified | None:
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
