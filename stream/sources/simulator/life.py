"""One simulated merchant's day: the shop, the debits, the account."""

import random
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from schemas.failure_codes import ReasonScheme
from schemas.repayment import Initiator, Method, Repayment, RepaymentStatus, RepaymentType
from stream.sources.records import Record
from stream.sources.simulator.merchants import ONE_DAY, SOURCE, TZ, midnight_ms, money
from stream.sources.simulator.shop import Shop
from stream.sources.simulator.stories import Attempt, Story


class Arrival(NamedTuple):
    """A record, and when it reaches us: later than its own time where it comes again."""

    arrival_ms: int
    record: Record


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
        self._due = {day: number for number, day in story.merchant.loan.collected()}
        self._later: list[Arrival] = []

    def day(self, day: date) -> list[Arrival]:
        """Return what arrives on `day`, in no order. To be asked for each day in turn."""
        records = [
            *self._shop.settlements(day, self._story.payee(day)),
            *self._debits(day),
            *self._story.account_records(day),
            *self._shop.sales(day, self._story.odd_sales(day)),
        ]
        arrivals = [*self._later, *self._arrivals(records)]
        end_ms = midnight_ms(day + ONE_DAY)
        self._later = [each for each in arrivals if each.arrival_ms >= end_ms]
        return [each for each in arrivals if each.arrival_ms < end_ms]

    def _arrivals(self, records: list[Record]) -> Iterator[Arrival]:
        for record in records:
            yield Arrival(record.at_ms, record)
            delay_ms = self._story.sent_again_after_ms(record)
            if delay_ms is not None:
                again = record._replace(record_id=f"{record.record_id}-again")
                yield Arrival(record.at_ms + delay_ms, again)

    def _debits(self, day: date) -> Iterator[Record]:
        """Yield all attempts for the instalment due on `day`, those of later days too."""
        number = self._due.get(day)
        if number is not None:
            for attempt_no, attempt in enumerate(self._story.attempts(number), start=1):
                yield self._debit(number, attempt_no, attempt, day)

    def _debit(self, number: int, attempt_no: int, attempt: Attempt, due: date) -> Record:
        merchant = self._merchant
        group = f"{merchant.tag}-instalment-{number}"
        attempt_id = f"{group}-{attempt_no}"
        amount = money(merchant.loan.instalment_minor)
        failed = attempt.code is not None
        data = Repayment(
            event_type=RepaymentType.COLLECTION_ATTEMPT,
            loan_id=merchant.loan_id,
            borrower_id=merchant.borrower_id,
            status=RepaymentStatus.FAILED if failed else RepaymentStatus.SUCCEEDED,
            instalment_no=number,
            due_date=due,
            due_date_unadjusted=merchant.loan.due(number),
            attempt_group_id=group,
            attempt_id=attempt_id,
            attempt_no=attempt_no,
            amount_due=amount,
            amount_requested=amount,
            amount_paid=money(0) if failed else amount,
            method=Method.DIRECT_DEBIT,
            initiator=Initiator.LENDER_AUTO,
            pay_account_token=merchant.account_token,
            reason_scheme=ReasonScheme.CUP if failed else None,
            reason_code=attempt.code,
            booking_date=due + attempt.days_after * ONE_DAY,
            tz=TZ,
        )
        return Record(attempt_id, SOURCE, attempt.at_ms(due), data)
