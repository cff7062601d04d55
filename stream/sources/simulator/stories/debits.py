"""Debits that fail, and a payment that is taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.instants import DAY_MS
from schemas.repayment import Repayment
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import GRACE_DAYS, midnight_ms
from stream.sources.simulator.stories.base import (
    Attempt,
    Delivery,
    Expect,
    Fact,
    Story,
    at_most,
    no_trigger,
    quiet,
)

FAILED_DEBIT: Final = "RP02"
TAKEN_BACK: Final = "RP15"
PAST_DUE: Final = "RP06"

RETURNED_AFTER_DAYS: Final = 20
PAID_AGAIN_AFTER_DAYS: Final = 25


RETRIES: Final = (0, 1, 2, 7)
"""Days after the due date on which an instalment that nobody pays is debited."""

PAST_DUE_TIERS: Final = ((GRACE_DAYS + 1, 2), (30, 3))
"""Days past due, and the tier that they bring: inside its grace nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDebit(Story):
    """One instalment that is not paid at the first attempt.

    `tiers` has, for each of the `tries`, the tier that it must bring, or 0. Where it is
    `doubled`, the first failure is sent again a day later.
    """

    instalment_no: int
    due: date
    tries: tuple[Attempt, ...]
    tiers: tuple[int, ...]
    doubled: bool = False

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Each attempt that brings a tier; if none does, the first as a decoy."""
        found = tuple(
            Fact(FAILED_DEBIT, tier, attempt.at_ms(self.due))
            for attempt, tier in zip(self.tries, self.tiers, strict=True)
            if tier
        )
        return found or (quiet(self.tries[0].at_ms(self.due)),)

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return the failing attempts for the one instalment."""
        return self.tries if instalment_no == self.instalment_no else (Attempt(),)

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield the first failure again under a new id, if told so."""
        yield Delivery(0, record)
        is_debit = isinstance(record.data, Repayment)
        if self.doubled and is_debit and record.at_ms == self.tries[0].at_ms(self.due):
            yield Delivery(DAY_MS, record._replace(record_id=f"{record.record_id}-again"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedPayment(Story):
    """A debit succeeds; its account's holder disputes it, and it is returned 20 days later.

    Days past due count from the due date, at once; the instalment is paid five days after that.
    """

    instalment_no: int
    due: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Moderate and hard, of a first instalment perhaps severe; and nobody calls."""
        _, returned, paid_again = self._tries
        at_ms = returned.at_ms(self.due)
        return (
            Fact(TAKEN_BACK, 2, at_ms),
            at_most(2 if self.instalment_no > 1 else 3, at_ms, paid_again.at_ms(self.due)),
            Fact("DISPUTE", 0, at_ms, Expect.SUPPRESSES, at_ms + 5 * DAY_MS),
            no_trigger(at_ms),
        )

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return debit, return and second debit of the one instalment."""
        return self._tries if instalment_no == self.instalment_no else (Attempt(),)

    @property
    def _tries(self) -> tuple[Attempt, ...]:
        return (
            Attempt(),
            Attempt(days_after=RETURNED_AFTER_DAYS, hour=10, takes_back=True),
            Attempt(days_after=PAID_AGAIN_AFTER_DAYS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears(Story):
    """From one instalment on nothing is paid any more: no debit finds money."""

    instalment_no: int
    due: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Moderate out of grace, severe at thirty days, each known on the morning of its day."""
        return tuple(
            Fact(PAST_DUE, tier, midnight_ms(day), until_ms=midnight_ms(day) + DAY_MS)
            for days, tier in PAST_DUE_TIERS
            for day in (self.due + days * ONE_DAY,)
        )

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return what fails, once and again."""
        if instalment_no < self.instalment_no:
            return (Attempt(),)
        return tuple(Attempt(days_after=days, code="51") for days in RETRIES)
