"""The simulator's own ledger: what was sold, owed, paid and overdue, from its intentions.

It never sees an event and shares nothing with the code that it is compared with. A day's row
says what is true at the end of that day, in the loan's days, as far as it has happened by then:

    owed      all instalments due until then
    paid      all that was paid until then and has not been taken back
    overdue   what is not paid of the instalments that are past their grace
    dpd       days since the oldest of these was due; 0 without one

What is paid pays the oldest instalment first. Paid after the cut-off is paid on the next day.
Rows are JSON Lines: `{"day", "loan_id", ...}` of loans and `{"day", "merchant_id", ...}` of shops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from schemas.instants import from_ms

ONE_DAY: Final = timedelta(days=1)


class SalesDay(NamedTuple):
    """What a shop sold on a day of its zone; refunds are of the day on which they are given."""

    day: date
    merchant_id: str
    currency: str
    sales: int
    sales_minor: int
    refunds: int
    refunds_minor: int


class LoanDay(NamedTuple):
    """How a loan stood at the end of a day."""

    day: date
    loan_id: str
    currency: str
    owed_minor: int
    paid_minor: int
    overdue_minor: int
    dpd: int


@dataclass(slots=True)
class Sold:
    """What a shop has sold on a day so far."""

    sales: int = 0
    sales_minor: int = 0
    refunds: int = 0
    refunds_minor: int = 0

    def sale(self, amount_minor: int) -> None:
        """Count a sale."""
        self.sales += 1
        self.sales_minor += amount_minor

    def refund(self, amount_minor: int) -> None:
        """Count a refund."""
        self.refunds += 1
        self.refunds_minor += amount_minor


class Due(NamedTuple):
    """One instalment."""

    day: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """One loan: instalments in the order of their days, and what moved.

    Examples:
        >>> debt = Debt(loan_id="ln_1", currency="CNY", instalments=[Due(date(2026, 1, 5), 100)],
        ...     grace_days=3, cut_off=time(22), zone=ZoneInfo("Asia/Shanghai"))
        >>> [debt.at_end_of(date(2026, 1, day)).dpd for day in (5, 8, 9)]
        [0, 0, 4]
    """

    loan_id: str
    currency: str
    instalments: Sequence[Due]
    grace_days: int
    cut_off: time
    zone: ZoneInfo
    moved: list[tuple[date, int]] = field(default_factory=list)

    def move(self, at_ms: int, amount_minor: int) -> None:
        """Take a payment, or below 0 one that is taken back."""
        self.moved.append((self._effective(at_ms), amount_minor))

    def at_end_of(self, day: date) -> LoanDay:
        """Return how the loan stands at the end of `day`."""
        paid = sum(amount for on, amount in self.moved if on <= day)
        late = list(self._unpaid(day, paid))
        return LoanDay(
            day=day,
            loan_id=self.loan_id,
            currency=self.currency,
            owed_minor=sum(due.amount_minor for due in self.instalments if due.day <= day),
            paid_minor=paid,
            overdue_minor=sum(due.amount_minor for due in late),
            dpd=(day - late[0].day).days if late else 0,
        )

    def is_paid_off(self, day: date) -> bool:
        """Whether all of it is paid at the end of `day`."""
        whole = sum(due.amount_minor for due in self.instalments)
        return self.at_end_of(day).paid_minor >= whole

    def _unpaid(self, day: date, paid: int) -> list[Due]:
        """Return what is left of the instalments that are past their grace, oldest first."""
        late = []
        for due in self.instalments:
            rest = max(0, due.amount_minor - paid)
            paid = max(0, paid - due.amount_minor)
            if rest and (day - due.day).days > self.grace_days:
                late.append(Due(due.day, rest))
        return late

    def _effective(self, at_ms: int) -> date:
        local: datetime = from_ms(at_ms).astimezone(self.zone)
        return local.date() if local.time() <= self.cut_off else local.date() + ONE_DAY


def writer(out: BinaryIO) -> Callable[[SalesDay, LoanDay], None]:
    """Return what writes rows to `out`, a line each."""

    def write(*rows: SalesDay | LoanDay) -> None:
        for row in rows:
            out.write(msgspec.json.encode(row._asdict()) + b"\n")

    return write
