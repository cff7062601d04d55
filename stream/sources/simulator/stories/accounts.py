"""The payee of the settlements changes."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.settlement import AccountChange, CounterpartyClass, Settlement, SettlementType
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import TZ, midnight_ms
from stream.sources.simulator.stories.base import Fact, Story, no_trigger, quiet

PAYEE_CHANGED: Final = "F15"
SHARED_PAYEE: Final = "X12"
UNSETTLED: Final = "X01"

UNSETTLED_AFTER_BUSINESS_DAYS: Final = 3
UNASKED_DAYS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPayee(Story):
    """From the day after `day` on, the acquirer pays into another account."""

    day: date
    to: CounterpartyClass
    unsettled: bool = False
    """Whether the money that stays away is expected to be missed."""

    AT_MS: ClassVar[int] = 15 * HOUR_MS + 17 * MINUTE_MS

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Severe and none of the collectors' business, unless the borrower is still the payee."""
        at_ms = midnight_ms(self.day) + self.AT_MS
        if self.to is CounterpartyClass.SELF:
            return (quiet(at_ms),)
        facts = (Fact(PAYEE_CHANGED, 3, at_ms), *self._not_dunned(at_ms))
        return (*facts, Fact(UNSETTLED, 3, self._missed_ms)) if self.unsettled else facts

    @staticmethod
    def _not_dunned(at_ms: int) -> tuple[Fact, ...]:
        """Nothing comes of it; weeks later, for the takings that are missed, a question may."""
        return (
            no_trigger(at_ms, at_ms + UNASKED_DAYS * DAY_MS),
            *(
                no_trigger(at_ms, rule=rule)
                for rule in ("EARLY_COLLECTION", PAYEE_CHANGED, SHARED_PAYEE, UNSETTLED)
            ),
        )

    @property
    def token(self) -> str:
        """The new payee."""
        return f"cp_{self.merchant.tag}x"

    @property
    def _missed_ms(self) -> int:
        """Return when the settlement of the first day after the change should have been seen."""
        day = self.day
        for _ in range(UNSETTLED_AFTER_BUSINESS_DAYS):
            day = self.merchant.calendar.business_day(day + ONE_DAY)
        return midnight_ms(day)

    def account_records(self, day: date) -> tuple[Record, ...]:
        """Tell of the change on its day."""
        return (self._change(),) if day == self.day else ()

    def payee(self, day: date) -> str | None:
        """Return the old account until the change, then the borrower's other one or none."""
        if day <= self.day:
            return self.merchant.account_token
        return self.merchant.second_account_token if self.to is CounterpartyClass.SELF else None

    def _change(self) -> Record:
        tag = self.merchant.tag
        data = Settlement(
            event_type=SettlementType.ACCOUNT_EVENT,
            account_token=self.merchant.account_token,
            account_change=AccountChange.PAYEE_CHANGED,
            counterparty_token=self.token,
            counterparty_class=self.to,
            bank_txn_ref=f"{tag}-payee",
            booking_date=self.day,
            tz=TZ,
        )
        feed = self.merchant.feed
        return Record(f"{tag}-payee", feed, midnight_ms(self.day) + self.AT_MS, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPayee(ChangedPayee):
    """One of three strangers who turn to one payee, day after day; nobody says who that is."""

    first: str
    """The tag of the first of them, by which the payee is named."""
    known: date
    """The day on which the third turns to it."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The change by itself is moderate; that there are three is severe for each."""
        at_ms, known_ms = (midnight_ms(day) + self.AT_MS for day in (self.day, self.known))
        return (
            Fact(PAYEE_CHANGED, 2, at_ms),
            Fact(SHARED_PAYEE, 3, known_ms),
            Fact(UNSETTLED, 3, self._missed_ms),
            *self._not_dunned(at_ms),
        )

    @property
    def token(self) -> str:
        """The payee of all three."""
        return f"cp_{self.first}x"
