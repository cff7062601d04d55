"""Simulated merchants: who they are, how they sell, and the loan that they pay back.

Nothing here is fitted to anybody's data. Sizes are those of the false-alarm study (domain.md
3.9); trades, tickets and hours are plausible and made up. All tokens begin with `sim` after
their prefix and carry the seed, so that nobody takes them for real ones and two simulated books
can share a cluster.

A book is `regular` or lifelike. Regular shops vary within bounds, so that whatever is far out
was planted; they never close, and one feed tells of all. Lifelike ones vary as the false-alarm
study has it; most close for the Spring Festival, and five acquirers tell of them, each in a feed
of its own.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import to_ms
from schemas.money import Money
from stream.sources.simulator.calendar import WEEKENDS, Calendar, mainland

SOURCE: Final = "simulator"
CURRENCY: Final = "CNY"
REGION: Final = "CN-SH"
TZ: Final = "Asia/Shanghai"
CUT_OFF_LOCAL: Final = "22:00"
GRACE_DAYS: Final = 3

ACQUIRERS: Final = tuple(f"acq-{number}" for number in range(1, 6))
"""Of a lifelike book."""

LIFELIKE_SPREAD: Final = 0.9
"""The standard deviation of the logarithm of tickets in the false-alarm study."""

CLOSE_FOR_FESTIVAL: Final = 0.8
"""The share of lifelike shops that do."""


class Trade(NamedTuple):
    """How a kind of shop sells: hours are local, `weekdays` multiply sales, Monday first."""

    name: str
    mcc: str
    opens: int
    closes: int
    ticket_minor: int
    weekdays: tuple[float, ...]


TRADES: Final = (
    Trade("canteen", "5812", 10, 22, 4_500, (0.9, 0.9, 0.9, 1.0, 1.1, 1.2, 1.0)),
    Trade("grocer", "5411", 7, 22, 3_800, (1.0, 0.9, 0.9, 1.0, 1.0, 1.1, 1.1)),
    Trade("night-stall", "5814", 17, 24, 2_800, (0.8, 0.8, 0.8, 0.9, 1.2, 1.4, 1.1)),
    Trade("hardware", "5251", 8, 18, 12_000, (1.2, 1.1, 1.1, 1.1, 1.1, 0.9, 0.7)),
)


class Size(NamedTuple):
    """How much a shop sells: `sales_a_day` on an average day.

    `dispersion` is the size parameter of the negative binomial of its lifelike days (domain.md
    3.9, which has none for a sale a day): the smaller, the wilder.
    """

    band: str
    sales_a_day: int
    dispersion: int


SIZES: Final = (
    Size("kiosk", 1, 2),
    Size("stall", 5, 3),
    Size("shop", 15, 4),
    Size("store", 60, 6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """An instalment loan: `count` equal instalments, a week or a month apart.

    It is paid out on `disbursed`; None: on the day before the book begins.
    """

    weekly: bool
    first_due: date
    count: int
    instalment_minor: int
    disbursed: date | None = None
    calendar: Calendar = WEEKENDS

    def due(self, instalment_no: int) -> date:
        """Return the contractual due date of an instalment, counted from 1."""
        later = instalment_no - 1
        if self.weekly:
            return self.first_due + timedelta(weeks=later)
        year, month = divmod(self.first_due.month - 1 + later, 12)
        return self.first_due.replace(year=self.first_due.year + year, month=month + 1)

    def collected(self) -> Iterator[tuple[int, date]]:
        """Yield each instalment with the business day on which it is collected."""
        numbers = range(1, self.count + 1)
        return ((no, self.calendar.business_day(self.due(no))) for no in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """One borrower with one shop, one account and one loan.

    Attributes:
        tag: What its tokens are made of.
        trade: How its kind of shop sells.
        size: How much.
        ticket_minor: Its median ticket.
        ticket_spread: The standard deviation of the natural logarithm of its tickets.
        acquirer: Who clears its sales.
        loan: What it owes.
        currency: In which it sells and owes.
        lifelike: Whether it varies as real shops do.
        closes_for_festival: Whether it closes for the Spring Festival.
        segments: What it belongs to before its trade and size: the first has its peers.
    """

    tag: str
    trade: Trade
    size: Size
    ticket_minor: int
    ticket_spread: float
    acquirer: str
    loan: Loan
    currency: str = CURRENCY
    lifelike: bool = False
    closes_for_festival: bool = False
    segments: tuple[str, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The business days of its loan and of its acquirer."""
        return self.loan.calendar

    @property
    def feed(self) -> str:
        """The source of its sales and settlements."""
        return feed_of(self.acquirer) if self.lifelike else SOURCE

    def money(self, amount_minor: int) -> Money:
        """Return an amount in its currency."""
        return Money(amount_minor=amount_minor, currency=self.currency)

    def is_closed(self, day: date) -> bool:
        """Whether it is closed for the Spring Festival."""
        return self.closes_for_festival and self.calendar.is_festival(day)

    @property
    def borrower_id(self) -> str:
        """The borrower's token."""
        return f"brw_{self.tag}"

    @property
    def loan_id(self) -> str:
        """The loan's token."""
        return f"ln_{self.tag}"

    @property
    def account_token(self) -> str:
        """The account that the acquirer pays into and the lender debits."""
        return f"acc_{self.tag}"

    @property
    def second_account_token(self) -> str:
        """Another account of the same borrower, idle in a healthy life."""
        return f"acc_{self.tag}b"

    @property
    def merchant_id(self) -> str:
        """The shop's token at its acquirer."""
        return f"mer_{self.tag}"

    @property
    def terminal_id(self) -> str:
        """The shop's terminal."""
        return f"trm_{self.tag}"


def draw(
    seed: int,
    index: int,
    start: date,
    *,
    lifelike: bool = False,
    sizes: Sequence[Size] = SIZES,
    trades: Sequence[Trade] = TRADES,
) -> tuple[Merchant, random.Random]:
    """Return the `index`-th merchant of a seed, and the chances of its life.

    Each has a generator of its own, so that one more borrower changes no other's life.
    """
    rng = random.Random(f"{seed}:{index}")  # noqa: S311 - simulated lives, not secrets
    trade, size = rng.choice(trades), rng.choice(sizes)
    ticket_minor = round(trade.ticket_minor * rng.uniform(0.7, 1.4))
    merchant = Merchant(
        tag=f"sim{seed}n{index:05d}",
        trade=trade,
        size=size,
        ticket_minor=ticket_minor,
        ticket_spread=rng.uniform(0.35, 0.55),
        acquirer=f"sim-acquirer-{rng.randrange(1, 4)}",
        loan=_loan(rng, start, monthly_sales_minor=30 * size.sales_a_day * ticket_minor),
    )
    return (_lifelike(merchant, rng) if lifelike else merchant), rng


def _lifelike(merchant: Merchant, rng: random.Random) -> Merchant:
    return replace(
        merchant,
        lifelike=True,
        ticket_spread=LIFELIKE_SPREAD,
        acquirer=rng.choice(ACQUIRERS),
        closes_for_festival=rng.random() < CLOSE_FOR_FESTIVAL,
        loan=replace(merchant.loan, calendar=mainland()),
    )


def feed_of(acquirer: str) -> str:
    """Return the source that tells what an acquirer clears and settles."""
    return f"{SOURCE}/{acquirer}"


def _loan(rng: random.Random, start: date, *, monthly_sales_minor: int) -> Loan:
    """Draw a loan paid out before `start`, whose first instalment falls due after it.

    An instalment takes about a tenth of the sales of its period.
    """
    weekly = rng.random() < 0.5  # noqa: PLR2004 - as many of one as of the other
    monthly_minor = max(20_000, to_tens(monthly_sales_minor * rng.uniform(0.08, 0.12)))
    if weekly:
        return Loan(
            weekly=True,
            first_due=start + timedelta(days=rng.randint(2, 8)),
            count=52,
            instalment_minor=to_tens(monthly_minor / 4),
        )
    first_due = start + timedelta(days=rng.randint(2, 31))
    every_month_has_it = first_due.day <= 28  # noqa: PLR2004 - February's
    return Loan(
        weekly=False,
        first_due=first_due if every_month_has_it else first_due + timedelta(days=4),
        count=24,
        instalment_minor=monthly_minor,
    )


def to_tens(amount: float) -> int:
    """Round an amount in minor units to tens of them, as prices are.

    Examples:
        >>> to_tens(4_567.8)
        4570
    """
    return round(amount / 10) * 10


@cache
def midnight_ms(day: date) -> int:
    """Return the instant at which local `day` begins."""
    return to_ms(datetime.combine(day, time(), ZoneInfo(TZ)).astimezone(UTC))
