"""Plots: stories that are asked for by name, with what must come of each (domain.md 7).

A plot may cast many merchants at once and silence a feed. What is about nobody in particular, a
dead source or a segment, stands in the list of what was planted with its subject.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches
from math import ceil
from typing import Final, NamedTuple, Protocol

from schemas.instants import HOUR_MS
from schemas.money import exponent
from schemas.settlement import CounterpartyClass
from stream.sources.simulator.calendar import CLOSED_FROM, CLOSED_TO, ONE_DAY
from stream.sources.simulator.cases import CASES, ONE_IN, Case, DebitCase, PayeeCase, Span
from stream.sources.simulator.feeds import Silence
from stream.sources.simulator.merchants import (
    CURRENCY,
    SOURCE,
    Merchant,
    feed_of,
    midnight_ms,
    to_tens,
)
from stream.sources.simulator.stories import sales
from stream.sources.simulator.stories.base import Attempt, Expect, Fact, Story
from stream.sources.simulator.stories.debits import (
    PAID_AGAIN_AFTER_DAYS,
    FailedDebit,
    ReturnedPayment,
)
from stream.sources.simulator.stories.files import CorrectedFile

HISTORY_DAYS: Final = 63
"""What the sales rules must have seen before sales change: eight weeks, and one more."""

MALL: Final = "sim.mall"
MALL_SHOPS: Final = 60
MALL_SHARE: Final = 0.5

OUTAGE_FAILS: Final = 0.3
SILENT_HOURS: Final = 6
DEAD_DAYS: Final = 6

ALL, NONE = "all", "none"
"""In the place of names: every plot that fits, and nothing at all."""

CHANNEL: Final = "G01"
SILENCE: Final = "H01"
SEGMENT_FALL: Final = "G05"


class StoryError(ValueError):
    """A story that does not exist, or finds no place in the book."""


class SubjectFact(NamedTuple):
    """Something planted about no borrower: a source or a segment."""

    case: str
    subject: str
    fact: Fact


class Cast(NamedTuple):
    """What a plot takes: some merchants' lives, some feeds' time, what is expected of them."""

    stories: tuple[Story, ...] = ()
    silences: tuple[Silence, ...] = ()
    facts: tuple[SubjectFact, ...] = ()


class Plot(Protocol):
    """Finds its place among the merchants that have no story yet; None if it has none."""

    def __call__(
        self, waiting: Sequence[Merchant], span: Span, rng: random.Random, /
    ) -> Cast | None:
        """Cast the plot."""


Casting = Callable[[Merchant, Span, random.Random], Story | None]


def one(casting: Casting) -> Plot:
    """Return the plot of one life: that of the first merchant in which it fits."""

    def plot(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
        fitting = (casting(merchant, span, rng) for merchant in waiting)
        story = next(filter(None, fitting), None)
        return Cast((story,)) if story else None

    return plot


def defaults(merchants: Sequence[Merchant], span: Span, rng: random.Random) -> Cast:
    """Return the cases of a book for which no story was asked.

    They are planted in turn until every case has had its turn and one merchant in `ONE_IN` a
    story. A case that fits nobody who is left is left out.
    """
    waiting, stories = rng.sample(merchants, len(merchants)), []
    count = max(len(CASES), len(merchants) // ONE_IN)
    for number in range(count):
        found = one(_case(CASES[number % len(CASES)]))(waiting, span, rng)
        if found:
            stories.append(found.stories[0])
            waiting.remove(found.stories[0].merchant)
    return Cast(tuple(stories))


def cast(
    names: Iterable[str], merchants: Sequence[Merchant], span: Span, rng: random.Random
) -> Cast:
    """Return the plots of these names; none of them takes a merchant that another one has.

    Args:
        names: Of `PLOTS`; `ALL` is those of them that fit, `NONE` is none.
        merchants: Everybody.
        span: The simulated days.
        rng: Its chances.

    Raises:
        StoryError: If a plot does not exist, or one that was named finds no place.
    """
    asked = [name for name in names if name != NONE]
    found, waiting = [], rng.sample(merchants, len(merchants))
    for name in PLOTS if ALL in asked else asked:
        each = _plot(name)(waiting, span, rng)
        if each is not None:
            found.append(each)
            taken = {story.merchant.tag for story in each.stories}
            waiting = [merchant for merchant in waiting if merchant.tag not in taken]
        elif name in asked:
            raise StoryError(
                f"expected room for the story `{name}`, found none among {len(waiting)} merchants "
                f"from {span.first} to {span.last}: it needs more of them, or more days"
            )
    return Cast(
        stories=tuple(story for each in found for story in each.stories),
        silences=tuple(silence for each in found for silence in each.silences),
        facts=tuple(fact for each in found for fact in each.facts),
    )


def _plot(name: str) -> Plot:
    if name in PLOTS:
        return PLOTS[name]
    closest = get_close_matches(name, PLOTS, n=1)
    hint = f"did you mean `{closest[0]}`?" if closest else f"known are {', '.join(PLOTS)}"
    raise StoryError(f"unknown story `{name}`: {hint}")


def _case(case: Case) -> Casting:
    return case.cast


def _cafe_over_new_year(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    festival = _festival(merchant, span)
    if festival is None or merchant.trade.name != "canteen" or not merchant.closes_for_festival:
        return None
    return sales.OverTheFestival(
        merchant=merchant,
        case="cafe_over_new_year",
        first=span.first,
        closed=festival + timedelta(days=CLOSED_FROM),
        reopens=festival + timedelta(days=CLOSED_TO + 1),
    )


def _slide(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = _day_with_history(merchant, span, then_days=2 * sales.SLIDE_DAYS)
    return sales.Slide(merchant=merchant, case="slide", day=day) if day else None


def _silent(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = _day_with_history(merchant, span, then_days=21)
    return sales.Silent(merchant=merchant, case="silent_merchant", day=day) if day else None


def _not_reopened(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    festival = _festival(merchant, span)
    if festival is None or not merchant.closes_for_festival:
        return None
    return sales.NotReopened(
        merchant=merchant,
        case="not_reopened",
        day=festival + timedelta(days=CLOSED_FROM),
        festival=festival,
    )


def _returned(merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
    """Take a monthly loan: nothing else falls due before the instalment is paid again."""
    last = span.last - timedelta(days=PAID_AGAIN_AFTER_DAYS + 1)
    due = [(no, day) for no, day in merchant.loan.collected() if span.first <= day <= last]
    if merchant.loan.weekly or not due:
        return None
    number, day = rng.choice(due)
    return ReturnedPayment(
        merchant=merchant, case="returned_payment", instalment_no=number, due=day
    )


def _holiday_lump(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = _after_long_holiday(merchant, span)
    if day is None or merchant.closes_for_festival:
        return None
    return sales.HolidayLump(merchant=merchant, case="holiday_lump", day=day)


def _corrected_file(merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
    day = span.any_day(rng, after_days=7)
    if day is None or merchant.is_closed(day) or merchant.size.sales_a_day < 15:  # noqa: PLR2004
        return None
    return CorrectedFile(merchant=merchant, case="corrected_file", day=day)


def _bank_outage(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
    """Let three in ten of the debits of the busiest day fail by the bank's fault."""
    due = [
        (day, merchant, number)
        for merchant in waiting
        for number, day in merchant.loan.collected()
        if span.first + timedelta(days=28) <= day <= span.last_start
    ]
    if not due:
        return None
    days = [day for day, _, _ in due]
    busiest = max(sorted(set(days)), key=days.count)
    hit = [(merchant, number) for day, merchant, number in due if day == busiest]
    failing = rng.sample(hit, ceil(OUTAGE_FAILS * len(hit)))
    at_ms = Attempt().at_ms(busiest)
    return Cast(
        stories=tuple(
            FailedDebit(
                merchant=merchant,
                case="bank_outage",
                instalment_no=number,
                due=busiest,
                tries=(Attempt(code=rng.choice(("91", "96"))), Attempt(days_after=1)),
                tiers=(0, 0),
            )
            for merchant, number in failing
        ),
        facts=(SubjectFact("bank_outage", SOURCE, Fact(CHANNEL, 2, at_ms, Expect.HEALTH)),),
    )


def _feed_silent(case: str, hours: int) -> Plot:
    """Return the plot of an acquirer that says nothing for so long, from ten in the morning."""

    def plot(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
        feeds = sorted({each.acquirer for each in waiting if each.lifelike})
        latest = span.last - timedelta(hours=hours) - ONE_DAY
        first = span.first + timedelta(days=28)
        if not feeds or latest < first:
            return None
        day = first + timedelta(days=rng.randint(0, (latest - first).days))
        source, from_ms = feed_of(rng.choice(feeds)), midnight_ms(day) + 10 * HOUR_MS
        until_ms = from_ms + hours * HOUR_MS
        fact = Fact(SILENCE, 0, from_ms, Expect.HEALTH, until_ms)
        return Cast(
            silences=(Silence(source, from_ms, until_ms),),
            facts=(SubjectFact(case, source, fact),),
        )

    return plot


def _mall_fire(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Burn the mall of sixty shops, or of half the book if that is fewer."""
    shops = [each for each in waiting if _day_with_history(each, span, then_days=28)]
    shops = shops[: min(MALL_SHOPS, int(MALL_SHARE * len(waiting)))]
    if not shops:
        return None
    day = span.first + timedelta(days=HISTORY_DAYS)
    while shops[0].calendar.is_festival(day):
        day += ONE_DAY
    fact = Fact(SEGMENT_FALL, 2, midnight_ms(day), Expect.SEGMENT)
    return Cast(
        stories=tuple(
            sales.Fire(merchant=replace(each, segments=(MALL,)), case="mall_fire", day=day)
            for each in shops
        ),
        facts=(SubjectFact("mall_fire", MALL, fact),),
    )


def _other_currencies(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let two healthy shops sell and owe in yen and in dinars."""
    if len(waiting) < len(_CURRENCIES):
        return None
    pairs = zip(waiting, _CURRENCIES.items(), strict=False)
    return Cast(
        tuple(
            sales.OtherCurrency(
                merchant=_in_currency(merchant, currency, per_yuan),
                case="other_currencies",
                day=span.first,
            )
            for merchant, (currency, per_yuan) in pairs
        )
    )


_CURRENCIES: Final = {"JPY": 20.0, "KWD": 0.04}
"""What a yuan buys, roughly."""


def _in_currency(merchant: Merchant, currency: str, per_yuan: float) -> Merchant:
    scale = per_yuan * 10.0 ** (exponent(currency) - exponent(CURRENCY))
    loan = merchant.loan
    return replace(
        merchant,
        currency=currency,
        ticket_minor=max(1, round(merchant.ticket_minor * scale)),
        loan=replace(loan, instalment_minor=max(10, to_tens(loan.instalment_minor * scale))),
    )


def _festival(merchant: Merchant, span: Span) -> date | None:
    """Return a festival with history before it and time for what follows."""
    from_day, to_day = span.first + timedelta(days=28), span.last - timedelta(days=30)
    fitting = (day for day in merchant.calendar.festivals if from_day <= day <= to_day)
    return next(fitting, None)


def _day_with_history(merchant: Merchant, span: Span, *, then_days: int) -> date | None:
    """Return the first day on which a merchant with enough sales has enough history."""
    day = span.first + timedelta(days=HISTORY_DAYS)
    is_small = merchant.size.sales_a_day < 15  # noqa: PLR2004 - too few sales to see a fall in
    return None if is_small or day + timedelta(days=then_days) > span.last else day


def _after_long_holiday(merchant: Merchant, span: Span) -> date | None:
    """Return the first business day after five or more days off."""
    day, off = span.first + timedelta(days=14), 0
    while day <= span.last:
        if not merchant.calendar.is_business_day(day):
            off += 1
        elif off >= 5:  # noqa: PLR2004 - longer than any weekend
            return day
        else:
            off = 0
        day += ONE_DAY
    return None


_NSF_AT_NIGHT: Final = DebitCase(
    "nsf_before_settlement", (Attempt(hour=2, code="51"), Attempt(hour=11)), (1, 0)
)
_TYPE_II_LIMIT: Final = DebitCase(
    "type_ii_limit", (Attempt(code="61"), Attempt(days_after=1)), (0, 0)
)
_DIVERTED: Final = PayeeCase("payee_changed", CounterpartyClass.UNRELATED_PERSON, unsettled=True)

PLOTS: Final[dict[str, Plot]] = {
    "cafe_over_new_year": one(_cafe_over_new_year),
    "slide": one(_slide),
    "bank_outage": _bank_outage,
    "feed_silent": _feed_silent("feed_silent", SILENT_HOURS),
    "feed_dead": _feed_silent("feed_dead", 24 * DEAD_DAYS),
    "silent_merchant": one(_silent),
    "nsf_before_settlement": one(_case(_NSF_AT_NIGHT)),
    "returned_payment": one(_returned),
    "payee_changed": one(_case(_DIVERTED)),
    "mall_fire": _mall_fire,
    "holiday_lump": one(_holiday_lump),
    "corrected_file": one(_corrected_file),
    "other_currencies": _other_currencies,
    "type_ii_limit": one(_case(_TYPE_II_LIMIT)),
    "not_reopened": one(_not_reopened),
}
"""In the order in which `all` casts them: the ones that take most come last."""
