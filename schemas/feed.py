"""What a source says of its own feed, in-band on the topics of the three streams.

    clock.v1                  what time it is for the source: moves the input clock (`envelope`)
    heartbeat.v1              I am alive, and have sent all that happened before `time`
    business_date_closed.v1   that was all of this business date: so many records, so much money

A heartbeat and a closed date are a promise, a clock is not: what is promised and does not come is
silence (architecture.md 4). Each stands in every partition of the stream's topic.
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.money import Money

StreamName = Annotated[str, msgspec.Meta(pattern="^(repayment|settlement|pos_clearing)$")]

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of records."""


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The source is alive; `stream` says of which feed, where the topic does not."""

    stream: StreamName | None = None


class BusinessDateClosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of one business date of one feed has been sent.

    `count` and `sums` (one for each currency) are over the facts of that date: a fact that was
    corrected counts once, with its latest amount, one that was cancelled not at all.
    """

    stream: StreamName
    business_date: date
    count: Count
    sums: tuple[Money, ...] = ()


class Totals(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many records, and how much money by currency in minor units."""

    count: Count = 0
    sums: dict[str, int] = {}


def totals_of(said: BusinessDateClosed) -> Totals:
    """Return what a source says of a date, comparable: nothing is no entry.

    Examples:
        >>> from datetime import date
        >>> totals_of(BusinessDateClosed(
        ...     stream="repayment", business_date=date(2026, 1, 5), count=1,
        ...     sums=(Money(amount_minor=0, currency="CNY"), Money(amount_minor=5, currency="CNY")),
        ... ))
        Totals(count=1, sums={'CNY': 5})
    """
    sums: dict[str, int] = {}
    for money in said.sums:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount_minor
    return Totals(count=said.count, sums=without_zeros(sums))


def without_zeros(sums: dict[str, int]) -> dict[str, int]:
    """Return sums in the order of currencies, without those that are 0."""
    return {currency: amount for currency, amount in sorted(sums.items()) if amount}


def feed_name(source: str, stream: str) -> str:
    """Return the name of a feed: what one source says on one stream.

    Examples:
        >>> feed_name("acq-9", "pos_clearing")
        'acq-9/pos_clearing'
    """
    return f"{source}/{stream}"


def split_feed(name: str) -> tuple[str, str]:
    """Return source and stream of a feed's name.

    Examples:
        >>> split_feed("bank/eu/settlement")
        ('bank/eu', 'settlement')
    """
    source, _, stream = name.rpartition("/")
    return source, stream
