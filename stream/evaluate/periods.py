"""A borrower's periods, made of journal records: what D8's features are of.

Two kinds of loans are known by what their source sends:

    with a schedule    a period ends when payments have covered one more instalment; it is as late
                       as that day is after the due date, or early
    with statements    a period ends with the next statement; it is as late as the last status says

Payments cover instalments in their order. This is no ledger (`stream.ledger` is): reversals, fees,
restructurings and cut-offs are not looked at, since the sets have none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from detectors.features import Period
from schemas import journal
from schemas.instants import from_ms
from schemas.money import Money, exponent
from schemas.repayment import RepaymentType
from stream.decide.observe import PAID, PAYING


@dataclass(slots=True)
class _Loan:
    zone: ZoneInfo
    instalments: list[tuple[date, float]] = field(default_factory=list)
    paid: float = 0.0
    settled: int = 0


class Periods:
    """The periods of one borrower, as its records come."""

    def __init__(self) -> None:
        self.limit = 0.0
        self._loans: dict[str, _Loan] = {}
        self._late_days, self._paid, self._owed = 0, 0.0, 0.0

    def refer(self, record: journal.LoanContractRecord | journal.RepaymentScheduleRecord) -> None:
        """Take a contract or a schedule."""
        if isinstance(record, journal.LoanContractRecord):
            self.limit = major(record.data.principal)
            self._loans[record.data.loan_id] = _Loan(ZoneInfo(record.data.ledger_tz or "UTC"))
        elif record.data.loan_id in self._loans:
            self._loans[record.data.loan_id].instalments = [
                (each.due_date, major(each.amount)) for each in record.data.instalments
            ]

    def event(self, event: journal.RepaymentEvent) -> Iterator[Period]:
        """Take a repayment; yield the periods that it ends."""
        data = event.data
        if data.event_type is RepaymentType.STATUS:
            self._late_days = data.dpd_source or 0
        elif data.event_type is RepaymentType.STATEMENT:
            due = major(data.amount_due)
            yield Period(self._late_days, self._paid, self._owed, due)
            self._paid, self._owed = 0.0, due
        elif data.event_type in PAYING and data.status in PAID:
            paid, loan = major(data.amount_paid), self._loans.get(data.loan_id or "")
            if loan is None or not loan.instalments:
                self._paid += paid
            else:
                loan.paid += paid
                yield from _settled(loan, from_ms(event.event_at_ms).astimezone(loan.zone).date())


def _settled(loan: _Loan, on: date) -> Iterator[Period]:
    """Yield a period for each instalment that payments have come to cover."""
    while loan.settled < len(loan.instalments):
        covered = sum(amount for _, amount in loan.instalments[: loan.settled + 1])
        if loan.paid < covered - 1e-6:
            return
        due_on, amount = loan.instalments[loan.settled]
        loan.settled += 1
        rest = loan.instalments[loan.settled :]
        yield Period((on - due_on).days, amount, amount, rest[0][1] if rest else 0.0)


def major(amount: Money | None) -> float:
    """Return an amount in major units, 0 for none.

    Examples:
        >>> major(Money(amount_minor=12_050, currency="CNY"))
        120.5
    """
    return 0.0 if amount is None else amount.amount_minor / 10 ** exponent(amount.currency)
