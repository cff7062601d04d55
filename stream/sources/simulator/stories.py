"""How a life goes: the healthy one, and what can go otherwise.

`Story` is the healthy one. A subclass overrides what goes otherwise, and lists as `facts` what
a right set of rules makes of it. A decoy looks like trouble and is none.

A new story is a subclass here and an entry in `cases.CASES`.
"""

from dataclasses import dataclass
from datetime import date
from math import exp
from typing import ClassVar, Final, NamedTuple

from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.repayment import Repayment
from schemas.settlement import AccountChange, CounterpartyClass, Settlement, SettlementType
from stream.sources.records import Record
from stream.sources.simulator.merchants import ONE_DAY, SOURCE, TZ, Merchant, midnight_ms, to_tens

FAILED_DEBIT: Final = "RP02"
PAYEE_CHANGED: Final = "F15"
ODD_AMOUNT: Final = "D2"

ODD_BY_SPREADS: Final = 12
"""How far out an odd sale lies, in standard deviations of the logarithm of the tickets."""


class Fact(NamedTuple):
    """Something planted, at the instant of its event.

    `rule` must warn of it, with `tier`; of a decoy no rule may, and they are empty and 0.
    """

    rule: str
    tier: int
    at_ms: int


class Attempt(NamedTuple):
    """One debit of an instalment: it succeeds where there is no failure `code` (of CUP)."""

    days_after: int = 0
    hour: int = 11
    code: str | None = None

    def at_ms(self, due: date) -> int:
        """Return its instant, for an instalment collected from `due` on."""
        return midnight_ms(due + self.days_after * ONE_DAY) + self.hour * HOUR_MS


class Sale(NamedTuple):
    """An amount at an instant."""

    at_ms: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A healthy life: every debit succeeds, sales are usual, the account stays as it is."""

    merchant: Merchant
    case: str = "healthy"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was planted."""
        return ()

    def attempts(self, _instalment_no: int) -> tuple[Attempt, ...]:
        """Return the debits of an instalment, in order."""
        return (Attempt(),)

    def odd_sales(self, _day: date) -> tuple[Sale, ...]:
        """Return what is sold on a day beside the usual."""
        return ()

    def account_records(self, _day: date) -> tuple[Record, ...]:
        """Return what happens to the account itself on a day."""
        return ()

    def payee(self, _day: date) -> str | None:
        """Return the account that the acquirer pays into; None: one that nobody here sees."""
        return self.merchant.account_token

    def sent_again_after_ms(self, _record: Record) -> int | None:
        """Return how long after it a record comes again under a new id; None: never."""
        return None


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
        return found or (Fact("", 0, self.tries[0].at_ms(self.due)),)

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return the failing attempts for the one instalment."""
        return self.tries if instalment_no == self.instalment_no else (Attempt(),)

    def sent_again_after_ms(self, record: Record) -> int | None:
        """Send the first failure again, if told so."""
        is_debit = isinstance(record.data, Repayment)
        is_first = is_debit and record.at_ms == self.tries[0].at_ms(self.due)
        return DAY_MS if self.doubled and is_first else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPayee(Story):
    """From the day after `day` on, the acquirer pays into another account."""

    day: date
    to: CounterpartyClass

    AT_MS: ClassVar[int] = 15 * HOUR_MS + 17 * MINUTE_MS

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Severe, unless the borrower is still the payee."""
        at_ms = midnight_ms(self.day) + self.AT_MS
        is_own = self.to is CounterpartyClass.SELF
        return (Fact("", 0, at_ms) if is_own else Fact(PAYEE_CHANGED, 3, at_ms),)

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
            counterparty_token=f"cp_{tag}x",
            counterparty_class=self.to,
            bank_txn_ref=f"{tag}-payee",
            booking_date=self.day,
            tz=TZ,
        )
        return Record(f"{tag}-payee", SOURCE, midnight_ms(self.day) + self.AT_MS, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSale(Story):
    """One sale far beyond all that the shop ever sold, in the first hour of `day`."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Mild: one soft statistic raises no more."""
        return (Fact(ODD_AMOUNT, 1, self._sale().at_ms),)

    def odd_sales(self, day: date) -> tuple[Sale, ...]:
        """Return the odd sale on its day."""
        return (self._sale(),) if day == self.day else ()

    def _sale(self) -> Sale:
        opens_ms = midnight_ms(self.day) + self.merchant.trade.opens * HOUR_MS
        factor = exp(ODD_BY_SPREADS * self.merchant.ticket_spread)
        return Sale(opens_ms + 41 * MINUTE_MS, to_tens(self.merchant.ticket_minor * factor))
