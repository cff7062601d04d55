"""The end of a loan: what the core has said of it, by day (ledger.md 7).

`PAID_OFF` ends the claim because it is paid: should a payment be taken back later, the end has
not happened. `WRITTEN_OFF`, `SOLD` and `SETTLED` give the claim up: what still comes in is
recovered and settles nothing. A status `ACTIVE` takes an end back.
"""

from collections.abc import Collection, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from schemas.loan_terms import LoanStatus
from stream.ledger.account.account import Account
from stream.ledger.account.course import End
from stream.ledger.records.days import Day, local_day
from stream.ledger.records.facts import Fact, FactKind
from stream.ledger.records.terms import ENDS_ALONE, Terms

GIVEN_UP: Final = frozenset({LoanStatus.WRITTEN_OFF, LoanStatus.SOLD, LoanStatus.SETTLED})

OVER: Final = GIVEN_UP | {LoanStatus.PAID_OFF}


def is_paid_off(account: Account, terms: Terms) -> bool:
    """Whether all is paid of a schedule that is the whole of the loan."""
    count = len(account.items)
    if not count or account.open_from < count or terms.kind not in ENDS_ALONE:
        return False
    return account.owed(count) + account.applied >= terms.principal


class Ending:
    """What the core says of one loan's end.

    Args:
        facts: By key.
        voided: Digests of events that a correction under another key has replaced.
        undone_ms: When something was last taken back from a payment, -1 if never.
        zone: The loan's.
    """

    def __init__(
        self,
        facts: Mapping[bytes, Fact],
        voided: Collection[bytes],
        undone_ms: int,
        zone: ZoneInfo,
    ) -> None:
        said = [
            (local_day(fact.at_ms, zone), fact.at_ms, key, fact.status)
            for key, fact in facts.items()
            if fact.kind is FactKind.ENDED and fact.event not in voided
        ]
        self._said = [
            (day, at_ms, status)
            for day, at_ms, _, status in sorted(said, key=lambda each: each[:3])
            if not (status is LoanStatus.PAID_OFF and undone_ms > at_ms)
        ]

    def status(self, day: Day) -> LoanStatus | None:
        """Return the end that the loan had come to by the end of `day`, `None` if none."""
        over = self.over(day)
        return None if over is None else over[1]

    def over(self, day: Day) -> tuple[Day, LoanStatus] | None:
        """Return since when the loan had been over by the end of `day`, and how; or `None`."""
        found: tuple[Day, LoanStatus] | None = None
        for said_day, _, said in self._said:
            if said_day <= day:
                since = said_day if found is None else found[0]
                found = (since, said) if said in OVER else None
        return found

    @property
    def given_up(self) -> End | None:
        """Since when the claim is given up, if it is at last."""
        since: End | None = None
        for day, at_ms, status in self._said:
            if status not in GIVEN_UP:
                since = None
            elif since is None:
                since = End(day, at_ms)
        return since
