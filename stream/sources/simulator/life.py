"""One simulated merchant's day: the shop, the debits, the account."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time
from zoneinfo import ZoneInfo

from schemas.failure_codes import ReasonScheme
from schemas.repayment import Initiator, Method, Repayment, RepaymentStatus, RepaymentType
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.feeds import Arrival
from stream.sources.simulator.merchants import (
    CUT_OFF_LOCAL,
    GRACE_DAYS,
    SOURCE,
    TZ,
    Merchant,
    midnight_ms,
)
from stream.sources.simulator.shop import Shop
from stream.sources.simulator.stories.base import Attempt, Story
from stream.sources.simulator.truth import Debt, Due, LoanDay, SalesDay


class Life:
    """One merchant, from the first simulated day to the last.

    Args:
        story: How it goes.
        rng: Its chances; nobody else draws from them.
    """

    def __init__(self, story: Story, rng: random.Random) -> None:
        self._story = story
        self._merchant = story.merchant
        self._shop = Shop(story.merchant, rng)
        self._due: defaultdict[date, list[int]] = defaultdict(list)
        for number, day in story.merchant.loan.collected():
            self._due[day].append(number)
        self._debt = _debt(story.merchant)
        self._later: list[Arrival] = []

    def day(self, day: date) -> list[Arrival]:
        """Return what is sent on `day`, in no order. To be asked for each day in turn."""
        story = self._story
        records = [
            *self._shop.settlements(day, story.payee(day)),
            *self._debits(day),
            *story.account_records(day),
            *self._shop.sales(day, story.odd_sales(day), story.level(day)),
        ]
        arrivals = [*self._later, *self._arrivals(records)]
        end_ms = midnight_ms(day + ONE_DAY)
        self._later = [each for each in arrivals if each.arrival_ms >= end_ms]
        return [each for each in arrivals if each.arrival_ms < end_ms]

    def truth(self, day: date) -> tuple[SalesDay, LoanDay]:
        """Return what is true at the end of `day`; to be asked right after it."""
        merchant, sold = self._merchant, self._shop.sold
        sales = SalesDay(
            day=day,
            merchant_id=merchant.merchant_id,
            currency=merchant.currency,
            sales=sold.sales,
            sales_minor=sold.sales_minor,
            refunds=sold.refunds,
            refunds_minor=sold.refunds_minor,
        )
        return sales, self._debt.at_end_of(day)

    def is_paid_off(self, day: date) -> bool:
        """Whether the loan is paid off at the end of `day`."""
        return self._debt.is_paid_off(day)

    def _arrivals(self, records: list[Record]) -> Iterator[Arrival]:
        for record in records:
            for delay_ms, delivered in self._story.deliveries(record):
                yield Arrival(record.at_ms + delay_ms, delivered)

    def _debits(self, day: date) -> Iterator[Record]:
        """Yield all attempts for the instalments due on `day`, those of later days too."""
        for number in self._due.get(day, ()):
            for attempt_no, attempt in enumerate(self._story.attempts(number), start=1):
                record = self._returned if attempt.takes_back else self._debit
                yield record(number, attempt_no, attempt, day)

    def _debit(self, number: int, attempt_no: int, attempt: Attempt, due: date) -> Record:
        merchant = self._merchant
        attempt_id = self._attempt_id(number, attempt_no)
        amount = merchant.money(merchant.loan.instalment_minor)
        failed = attempt.code is not None
        if not failed:
            self._debt.move(attempt.at_ms(due), amount.amount_minor)
        data = Repayment(
            event_type=RepaymentType.COLLECTION_ATTEMPT,
            loan_id=merchant.loan_id,
            borrower_id=merchant.borrower_id,
            status=RepaymentStatus.FAILED if failed else RepaymentStatus.SUCCEEDED,
            instalment_no=number,
            due_date=due,
            due_date_unadjusted=merchant.loan.due(number),
            attempt_group_id=self._group(number),
            attempt_id=attempt_id,
            attempt_no=attempt_no,
            amount_due=amount,
            amount_requested=amount,
            amount_paid=merchant.money(0) if failed else amount,
            method=Method.DIRECT_DEBIT,
            initiator=Initiator.LENDER_AUTO,
            pay_account_token=merchant.account_token,
            reason_scheme=ReasonScheme.CUP if failed else None,
            reason_code=attempt.code,
            booking_date=due + attempt.days_after * ONE_DAY,
            tz=TZ,
        )
        return Record(attempt_id, SOURCE, attempt.at_ms(due), data)

    def _returned(self, number: int, attempt_no: int, attempt: Attempt, due: date) -> Record:
        """Return the record by which what the attempt before has brought goes back."""
        merchant = self._merchant
        original = self._attempt_id(number, attempt_no - 1)
        amount = merchant.money(merchant.loan.instalment_minor)
        self._debt.move(attempt.at_ms(due), -amount.amount_minor)
        data = Repayment(
            event_type=RepaymentType.RETURN,
            loan_id=merchant.loan_id,
            borrower_id=merchant.borrower_id,
            status=RepaymentStatus.RETURNED,
            instalment_no=number,
            due_date=due,
            attempt_id=original,
            original_event_id=original,
            amount_paid=amount,
            method=Method.DIRECT_DEBIT,
            pay_account_token=merchant.account_token,
            reason_scheme=ReasonScheme.ISO20022,
            reason_code="MD06",
            booking_date=due + attempt.days_after * ONE_DAY,
            tz=TZ,
        )
        return Record(f"{original}-returned", SOURCE, attempt.at_ms(due), data)

    def _group(self, number: int) -> str:
        return f"{self._merchant.tag}-instalment-{number}"

    def _attempt_id(self, number: int, attempt_no: int) -> str:
        return f"{self._group(number)}-{attempt_no}"


def _debt(merchant: Merchant) -> Debt:
    loan = merchant.loan
    return Debt(
        loan_id=merchant.loan_id,
        currency=merchant.currency,
        instalments=[Due(day, loan.instalment_minor) for _, day in loan.collected()],
        grace_days=GRACE_DAYS,
        cut_off=time.fromisoformat(CUT_OFF_LOCAL),
        zone=ZoneInfo(TZ),
    )
