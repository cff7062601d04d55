"""The totals of each business date of each feed, added up over all partitions.

A date is final when every partition has closed it and the source's own word is there; before
that nothing is said. A higher version of a part replaces it, and the verdict is given anew if it
is another. Its own version is the sum of the versions of its parts: it grows with each of them,
whatever their order.
"""

from datetime import date
from typing import NamedTuple

from schemas.crossing import Claimed, Crossing, DayClosed
from schemas.feed import Totals, without_zeros
from schemas.journal import DateVerified

Key = tuple[str, str, date]
"""Source, stream, business date."""


class _Part(NamedTuple):
    version: int
    totals: Totals


class Dates:
    """Folds the records of some keys.

    Args:
        partitions: How many partitions the journal has.

    Examples:
        >>> said = dict(source="acq", stream="pos_clearing", business_date=date(2026, 1, 5))
        >>> dates, two = Dates(partitions=1), Totals(count=2)
        >>> dates.take(Claimed(**said, version=1, totals=two)) is None
        True
        >>> dates.take(DayClosed(**said, partition=0, version=1, totals=two)).ok
        True
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._claims: dict[Key, _Part] = {}
        self._parts: dict[Key, dict[int, _Part]] = {}
        self._said: dict[Key, DateVerified] = {}

    def take(self, record: Crossing) -> DateVerified | None:
        """Take one record in; return the verdict if it is final and another than before."""
        key = (record.source, record.stream, record.business_date)
        part = _Part(record.version, record.totals)
        match record:
            case Claimed():
                self._claims[key] = _newer(self._claims.get(key), part)
            case DayClosed(partition=partition):
                parts = self._parts.setdefault(key, {})
                parts[partition] = _newer(parts.get(partition), part)
        verdict = self.verdict(key)
        if verdict is None or _says_the_same(verdict, self._said.get(key)):
            return None
        self._said[key] = verdict
        return verdict

    def verdict(self, key: Key) -> DateVerified | None:
        """Return what is known of a date, `None` while it is not final."""
        claim, parts = self._claims.get(key), self._parts.get(key, {})
        if claim is None or len(parts) < self._partitions:
            return None
        applied = _sum([part.totals for part in parts.values()])
        source, stream, business_date = key
        return DateVerified(
            source=source,
            stream=stream,
            business_date=business_date,
            version=claim.version + sum(part.version for part in parts.values()),
            ok=applied == claim.totals,
            expected=claim.totals,
            applied=applied,
        )

    @property
    def verdicts(self) -> list[DateVerified]:
        """What has been said last of each date, in order."""
        return [self._said[key] for key in sorted(self._said)]


def _newer(known: _Part | None, part: _Part) -> _Part:
    return part if known is None or part.version > known.version else known


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
