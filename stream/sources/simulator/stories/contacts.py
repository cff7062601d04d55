"""Lives in which the question is whether, and when, somebody may be contacted (domain.md 4.7).

What people and executors do in them is not simulated: who plays a book signs and reports it, at
the instants of the facts that wait for it (`REFUSES`, or `SUPPRESSES` of a claim).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from schemas.header import RecordKind
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from schemas.repayment import Repayment, RepaymentStatus
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import GRACE_DAYS, TZ, midnight_ms
from stream.sources.simulator.stories.base import (
    Attempt,
    Delivery,
    Expect,
    Fact,
    Story,
    at_most,
    no_trigger,
)
from stream.sources.simulator.stories.debits import FAILED_DEBIT, PAST_DUE

REPEATED: Final = "RP03"
SEVERE: Final = 3
SHOP_TZ: Final = "Asia/Urumqi"
OPENS_HOUR: Final = 10
"""08:00 in Urumqi, by the clock of Shanghai."""

CLOSES_HOUR: Final = 22
NOON: Final = 12
WEEK: Final = 7 * ONE_DAY
NO_FUNDS: Final = "51"
PEOPLE: Final = "release_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(Story):
    """Two weekly instalments are paid at the second debit of their day; the third is worse."""

    instalment_no: int
    due: date
    """Of the third."""

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return the debits of an instalment, in order."""
        return {
            self.instalment_no - 2: self.EARLIER,
            self.instalment_no - 1: self.EARLIER,
            self.instalment_no: self.third,
        }.get(instalment_no, (Attempt(),))

    EARLIER = (Attempt(code=NO_FUNDS), Attempt(hour=16))

    @property
    def third(self) -> tuple[Attempt, ...]:
        """Return the debits of the third."""
        return self.EARLIER

    def at_ms(self, days: int, hour: int) -> int:
        """Return an instant so many days after the third is due."""
        return midnight_ms(self.due + days * ONE_DAY) + hour * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class SevereAtNight(Repeated):
    """The third is debited for the first time at 23:10, five days late, and makes it severe.

    The borrower's telephone is in Shanghai and the shop in Urumqi, so that nobody calls before
    ten; then two people release the call, and in the afternoon the borrower pays.
    """

    @property
    def zones(self) -> tuple[str, ...]:
        """Shanghai's and the shop's."""
        return (TZ, SHOP_TZ)

    @property
    def third(self) -> tuple[Attempt, ...]:
        """Return the debit at night, and the one that succeeds."""
        return (
            Attempt(days_after=GRACE_DAYS + 2, hour=23, minute=10, code=NO_FUNDS),
            Attempt(days_after=GRACE_DAYS + 3, hour=16),
        )

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Put off until both zones allow it, proposed when two have signed, void once paid."""
        failed, paid = (attempt.at_ms(self.due) for attempt in self.third)
        opens_ms = self.at_ms(GRACE_DAYS + 3, OPENS_HOUR)
        call = "EARLY_COLLECTION"
        return (
            Fact(REPEATED, SEVERE, failed),
            Fact("QUIET_HOURS", 0, failed, Expect.DEFERS, failed + HOUR_MS),
            no_trigger(failed, opens_ms),
            Fact(call, 0, opens_ms, Expect.PROPOSES, paid),
            Fact(call, 0, paid, Expect.RETRACTS, paid + DAY_MS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweredAlone(Repeated):
    """Severe by the third; then all is paid, and one operator wants it lowered, at noon.

    A day later a second one signs, too.
    """

    @property
    def facts(self) -> tuple[Fact, ...]:
        """One is not enough, two are: it comes down by a step."""
        severe_ms = self.third[0].at_ms(self.due)
        alone_ms, both_ms = self.at_ms(16, NOON), self.at_ms(17, NOON)
        return (
            Fact(REPEATED, SEVERE, severe_ms),
            Fact("", SEVERE, alone_ms, Expect.STAYS, both_ms),
            Fact(PEOPLE, 0, alone_ms, Expect.REFUSES, both_ms),
            at_most(SEVERE - 1, both_ms + HOUR_MS),
            Fact("", SEVERE - 1, both_ms, Expect.STAYS, both_ms + DAY_MS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardship(Story):
    """Weekly instalments are not paid any more; reminded, the borrower tells of its hardship."""

    instalment_no: int
    due: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was proposed is called back, and nothing follows; warnings go on, up to severe."""
        start_ms = midnight_ms(self.due)
        remind_ms = start_ms + (GRACE_DAYS + 1) * DAY_MS
        claimed_ms, third_ms = remind_ms + NOON * HOUR_MS, start_ms + 14 * DAY_MS
        return (
            Fact(PAST_DUE, 2, remind_ms, until_ms=remind_ms + DAY_MS),
            Fact("REMIND", 0, remind_ms, Expect.PROPOSES, claimed_ms),
            Fact("REMIND", 0, claimed_ms, Expect.RETRACTS, claimed_ms + HOUR_MS),
            Fact("HARDSHIP", 0, claimed_ms, Expect.SUPPRESSES, claimed_ms + 14 * DAY_MS),
            no_trigger(claimed_ms),
            Fact(REPEATED, SEVERE, third_ms, until_ms=third_ms + DAY_MS),
        )

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return what succeeds before it, and fails from it on."""
        return (Attempt(code=NO_FUNDS if instalment_no >= self.instalment_no else None),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedDebit(Story):
    """A debit succeeds and is told as failed, to the core as well; five days later corrected.

    By then the borrower was to be reminded: that is called back with the warning.
    """

    instalment_no: int
    due: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Nothing is left of it."""
        _, corrected = (attempt.at_ms(self.due) for attempt in self._tries)
        remind_ms = midnight_ms(self.due + (GRACE_DAYS + 1) * ONE_DAY)
        return (
            Fact(FAILED_DEBIT, 1, self._tries[0].at_ms(self.due)),
            Fact("REMIND", 0, remind_ms, Expect.PROPOSES, corrected),
            Fact("REMIND", 0, corrected, Expect.RETRACTS, corrected + HOUR_MS),
            Fact(PAST_DUE, 2, corrected, Expect.CLEARS, corrected + HOUR_MS),
            no_trigger(corrected),
        )

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return what is told of the one instalment: that it failed, and that it did not."""
        return self._tries if instalment_no == self.instalment_no else (Attempt(),)

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield the second as the correction that it is of the first."""
        data = record.data
        told_ms = self._tries[1].at_ms(self.due)
        if not isinstance(data, Repayment) or record.at_ms != told_ms:
            yield Delivery(0, record)
            return
        first_ms = self._tries[0].at_ms(self.due)
        first_id = (data.attempt_id or "").removesuffix("2") + "1"
        right = msgspec.structs.replace(
            data,
            status=RepaymentStatus.SUCCEEDED,
            attempt_id=first_id,
            attempt_no=1,
            booking_date=self.due,
            observed_at=from_ms(told_ms),
            record_kind=RecordKind.CORRECTION,
            record_version=2,
            original_event_id=first_id,
        )
        yield Delivery(0, record._replace(at_ms=first_ms, data=right))

    @property
    def _tries(self) -> tuple[Attempt, Attempt]:
        return Attempt(code=NO_FUNDS), Attempt(days_after=GRACE_DAYS + 2, hour=14)
