"""Which stories are planted, and in whose life."""

import random
from datetime import date, timedelta
from math import ceil
from typing import Final, NamedTuple, Protocol

from schemas.settlement import CounterpartyClass
from stream.sources.simulator.merchants import Merchant
from stream.sources.simulator.stories.accounts import ChangedPayee
from stream.sources.simulator.stories.base import Attempt, Story
from stream.sources.simulator.stories.debits import FailedDebit
from stream.sources.simulator.stories.sales import OddSale

ONE_IN: Final = 5
"""One merchant in so many has a story, once every case has been planted."""

HISTORY_SALES: Final = 80
"""An odd sale comes after about so many usual ones, so that no past was too short to tell."""

WARM_UP_DAYS: Final = 7

ROOM_DAYS: Final = 3
"""What follows a planted fact, such as the debit that succeeds at last, fits in."""


class Span(NamedTuple):
    """The simulated days, `last` included."""

    first: date
    last: date

    @property
    def last_start(self) -> date:
        """The last day on which a story can begin."""
        return self.last - timedelta(days=ROOM_DAYS)

    def any_day(self, rng: random.Random, *, after_days: int) -> date | None:
        """Draw a day at least so many days in; None if there is none."""
        most_days = (self.last_start - self.first).days
        if most_days < after_days:
            return None
        return self.first + timedelta(days=rng.randint(after_days, most_days))


class Case(Protocol):
    """A kind of story, which finds its place in a life."""

    @property
    def name(self) -> str:
        """Its name in the list of what was planted."""

    def cast(self, merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
        """Return the story of `merchant`, or None where it does not fit."""


class DebitCase(NamedTuple):
    """Attempts for one instalment and their tiers; see `FailedDebit`."""

    name: str
    tries: tuple[Attempt, ...]
    tiers: tuple[int, ...]
    doubled: bool = False

    def cast(self, merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
        """Choose one of the instalments that fall due in time."""
        due = [
            (number, day)
            for number, day in merchant.loan.collected()
            if span.first <= day <= span.last_start
        ]
        if not due:
            return None
        number, day = rng.choice(due)
        return FailedDebit(
            merchant=merchant,
            case=self.name,
            instalment_no=number,
            due=day,
            tries=self.tries,
            tiers=self.tiers,
            doubled=self.doubled,
        )


class PayeeCase(NamedTuple):
    """A new payee of the settlements; see `ChangedPayee`."""

    name: str
    to: CounterpartyClass
    unsettled: bool = False

    def cast(self, merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
        """Choose a business day after the first week."""
        day = span.any_day(rng, after_days=WARM_UP_DAYS)
        if day is None:
            return None
        return ChangedPayee(
            merchant=merchant,
            case=self.name,
            day=merchant.calendar.business_day(day),
            to=self.to,
            unsettled=self.unsettled,
        )


class OddSaleCase(NamedTuple):
    """An odd sale; see `OddSale`."""

    name: str

    def cast(self, merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
        """Choose a day after enough history."""
        history_days = ceil(HISTORY_SALES / merchant.size.sales_a_day)
        day = span.any_day(rng, after_days=WARM_UP_DAYS + history_days)
        if day is None or merchant.is_closed(day):
            return None
        return OddSale(merchant=merchant, case=self.name, day=day)


_NO_FUNDS = Attempt(code="51")
_ACCOUNT_LIMIT = Attempt(code="61")
_NO_BANK = Attempt(code="91")
_MALFUNCTION_LATER = Attempt(hour=16, code="96")
_NO_FUNDS_LATER = Attempt(hour=16, code="51")
_NO_FUNDS_NEXT_DAY = Attempt(days_after=1, code="51")
_PAID_LATER = Attempt(hour=16)
_PAID_NEXT_DAY = Attempt(days_after=1)
_PAID_AT_LAST = Attempt(days_after=2)

CASES: Final[tuple[Case, ...]] = (
    DebitCase("first_nsf", (_NO_FUNDS, _PAID_LATER), (1, 0)),
    DebitCase("repeated_nsf", (_NO_FUNDS, _NO_FUNDS_NEXT_DAY, _PAID_AT_LAST), (1, 2, 0)),
    PayeeCase("payee_to_unrelated_person", CounterpartyClass.UNRELATED_PERSON),
    OddSaleCase("odd_sale"),
    DebitCase("nsf_twice_on_one_day", (_NO_FUNDS, _NO_FUNDS_LATER, _PAID_NEXT_DAY), (1, 0, 0)),
    DebitCase("nsf_sent_again", (_NO_FUNDS, _PAID_LATER), (1, 0), doubled=True),
    DebitCase("decoy_technical", (_NO_BANK, _MALFUNCTION_LATER, _PAID_NEXT_DAY), (0, 0, 0)),
    DebitCase("decoy_account_limit", (_ACCOUNT_LIMIT, _PAID_NEXT_DAY), (0, 0)),
    PayeeCase("decoy_payee_to_self", CounterpartyClass.SELF),
)
"""In the order in which they are planted: a small book has the first ones."""
