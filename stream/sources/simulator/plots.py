"""Plots: stories that are asked for by name, with what must come of each (domain.md 7).

Those of one life stand here; `incidents` and `outages` have those that take many, or a feed's
time. What is about nobody in particular stands in the list of what was planted with its subject.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Final

from schemas.money import exponent
from schemas.settlement import CounterpartyClass
from stream.sources.simulator import incidents, outages
from stream.sources.simulator.calendar import CLOSED_FROM, CLOSED_TO, ONE_DAY
from stream.sources.simulator.calls import CALLS
from stream.sources.simulator.cases import CASES, ONE_IN, DebitCase, PayeeCase, Span
from stream.sources.simulator.casting import (
    HISTORY_DAYS,
    Cast,
    Plot,
    StoryError,
    day_with_history,
    festival,
    of_case,
    one,
)
from stream.sources.simulator.merchants import CURRENCY, Merchant, to_tens
from stream.sources.simulator.stories import dark, funds, sales
from stream.sources.simulator.stories.base import Attempt, Story
from stream.sources.simulator.stories.debits import (
    PAID_AGAIN_AFTER_DAYS,
    PAST_DUE_TIERS,
    Arrears,
    FailedDebit,
    ReturnedPayment,
)
from stream.sources.simulator.stories.files import CorrectedFile

SILENT_HOURS: Final = 6

ALL, NONE = "all", "none"
"""In the place of names: every plot that fits, and nothing at all."""


def defaults(merchants: Sequence[Merchant], span: Span, rng: random.Random) -> Cast:
    """Return the cases of a book for which no story was asked.

    They are planted in turn until every case has had its turn and one merchant in `ONE_IN` a
    story. A case that fits nobody who is left is left out.
    """
    waiting, stories = rng.sample(merchants, len(merchants)), []
    count = max(len(CASES), len(merchants) // ONE_IN)
    for number in range(count):
        found = one(of_case(CASES[number % len(CASES)]))(waiting, span, rng)
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
        misstated=tuple(key for each in found for key in each.misstated),
        calendar_to=min((each.calendar_to for each in found if each.calendar_to), default=None),
    )


def _plot(name: str) -> Plot:
    if name in PLOTS:
        return PLOTS[name]
    closest = get_close_matches(name, PLOTS, n=1)
    hint = f"did you mean `{closest[0]}`?" if closest else f"known are {', '.join(PLOTS)}"
    raise StoryError(f"unknown story `{name}`: {hint}")


def _cafe_over_new_year(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = festival(merchant, span)
    if day is None or merchant.trade.name != "canteen" or not merchant.closes_for_festival:
        return None
    return sales.OverTheFestival(
        merchant=merchant,
        case="cafe_over_new_year",
        first=span.first,
        closed=day + timedelta(days=CLOSED_FROM),
        reopens=day + timedelta(days=CLOSED_TO + 1),
    )


def _slide(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    """Let the loan be granted on three months of good sales, which slide from then on."""
    then_days = sales.UNDERWRITTEN_DAYS - HISTORY_DAYS + sales.SLIDE_DAYS + sales.SLIDE_SEEN_DAYS
    day = day_with_history(merchant, span, then_days=then_days)
    if day is None:
        return None
    granted = day + timedelta(days=sales.UNDERWRITTEN_DAYS - HISTORY_DAYS)
    loan = replace(
        merchant.loan,
        weekly=False,
        first_due=(granted + timedelta(days=45)).replace(day=1),
        disbursed=granted,
        instalment_minor=merchant.loan.instalment_minor * (4 if merchant.loan.weekly else 1),
    )
    return sales.Slide(merchant=replace(merchant, loan=loan), case="slide", day=granted)


def _silent(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = day_with_history(merchant, span, then_days=21)
    return sales.Silent(merchant=merchant, case="silent_merchant", day=day) if day else None


def _not_reopened(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = festival(merchant, span)
    if day is None or not merchant.closes_for_festival:
        return None
    return sales.NotReopened(
        merchant=merchant,
        case="not_reopened",
        day=day + timedelta(days=CLOSED_FROM),
        festival=day,
    )


def _returned(merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
    """Take a monthly loan: nothing else falls due before the instalment is paid again.

    The first instalment is taken where there is no later one: it is a first payment default, too.
    """
    last = span.last - timedelta(days=PAID_AGAIN_AFTER_DAYS + 1)
    due = [(no, day) for no, day in merchant.loan.collected() if span.first <= day <= last]
    if merchant.loan.weekly or not due:
        return None
    number, day = rng.choice([each for each in due if each[0] > 1] or due)
    return ReturnedPayment(
        merchant=merchant, case="returned_payment", instalment_no=number, due=day
    )


def _arrears(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    """Take the first instalment after four weeks that leaves time for all that follows."""
    days, _ = PAST_DUE_TIERS[-1]
    first, last = span.first + timedelta(days=28), span.last - timedelta(days=days + 2)
    due = ((no, day) for no, day in merchant.loan.collected() if first <= day <= last)
    number, day = next(due, (0, None))
    if day is None:
        return None
    return Arrears(merchant=merchant, case="arrears", instalment_no=number, due=day)


def _holiday_lump(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    day = _after_long_holiday(merchant, span)
    if day is None or merchant.closes_for_festival:
        return None
    return sales.HolidayLump(merchant=merchant, case="holiday_lump", day=day)


def _sudden_closure(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    then_days = funds.SEVERE_DAYS + funds.SWEPT_DAYS + 1
    day = day_with_history(merchant, span, then_days=then_days)
    if day is None:
        return None
    closes = day + timedelta(days=funds.SWEPT_DAYS)
    return funds.Closure(merchant=merchant, case="sudden_closure", day=closes)


def _gone_dark(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    """Let the debits fail from the first that is due once the shop is closed."""
    first = day_with_history(merchant, span, then_days=funds.SWEPT_DAYS)
    if first is None or not merchant.loan.weekly:
        return None
    closes = first + timedelta(days=funds.SWEPT_DAYS)
    due = [(no, day) for no, day in merchant.loan.collected() if day >= closes]
    number, day = next(iter(due), (0, span.last))
    if day + timedelta(days=dark.TRIES[-1][0] + 1) > span.last:
        return None
    return dark.GoneDark(
        merchant=merchant, case="gone_dark", day=closes, instalment_no=number, due=day
    )


def _misused_proceeds(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
    """Take a loan that is paid out when the book has begun, a week before its first instalment."""
    day = span.first + timedelta(days=2)
    if merchant.loan.first_due < day + timedelta(days=7):
        return None
    loan = replace(merchant.loan, disbursed=day)
    return funds.Misuse(merchant=replace(merchant, loan=loan), case="misused_proceeds", day=day)


def _structured(merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
    """Let the pieces come on a business day before the debit that fails twice."""
    failed = _NSF_TWICE.cast(merchant, span, rng)
    if not isinstance(failed, FailedDebit) or failed.due < span.first + timedelta(days=7):
        return None
    return funds.Structuring(
        merchant=merchant,
        case="structured_transfers",
        instalment_no=failed.instalment_no,
        due=failed.due,
        tries=failed.tries,
        tiers=failed.tiers,
        day=failed.due - timedelta(days=3),
    )


def _corrected_file(merchant: Merchant, span: Span, rng: random.Random) -> Story | None:
    day = span.any_day(rng, after_days=7)
    if day is None or merchant.is_closed(day) or merchant.size.sales_a_day < 15:  # noqa: PLR2004
        return None
    return CorrectedFile(merchant=merchant, case="corrected_file", day=day)


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
_NSF_TWICE: Final = DebitCase(
    "repeated_nsf",
    (Attempt(code="51"), Attempt(days_after=1, code="51"), Attempt(days_after=2)),
    (1, 2, 0),
)
_TYPE_II_LIMIT: Final = DebitCase(
    "type_ii_limit", (Attempt(code="61"), Attempt(days_after=1)), (0, 0)
)
_DIVERTED: Final = PayeeCase("payee_changed", CounterpartyClass.UNRELATED_PERSON, unsettled=True)

PLOTS: Final[dict[str, Plot]] = {
    "cafe_over_new_year": one(_cafe_over_new_year),
    "slide": one(_slide),
    "bank_outage": outages.bank_outage,
    "feed_silent": incidents.feed_silent("feed_silent", SILENT_HOURS),
    "feed_dead": incidents.feed_silent("feed_dead", 24 * incidents.DEAD_DAYS),
    "silent_merchant": one(_silent),
    "nsf_before_settlement": one(of_case(_NSF_AT_NIGHT)),
    "returned_payment": one(_returned),
    "payee_changed": one(of_case(_DIVERTED)),
    "mall_fire": incidents.mall_fire,
    "holiday_lump": one(_holiday_lump),
    "corrected_file": one(_corrected_file),
    "other_currencies": _other_currencies,
    "type_ii_limit": one(of_case(_TYPE_II_LIMIT)),
    "not_reopened": one(_not_reopened),
    "arrears": one(_arrears),
    "sudden_closure": one(_sudden_closure),
    "gone_dark": one(_gone_dark),
    "misused_proceeds": one(_misused_proceeds),
    "structured_transfers": one(_structured),
    **CALLS,
    "shared_payee": incidents.shared_payee,
    "year_rollover": incidents.year_rollover,
    "overdue_book": incidents.overdue_book,
    "pay_day_outage": outages.pay_day_outage,
    "half_file": incidents.half_file,
    "silent_file": incidents.silent_file,
    "wrong_totals": incidents.wrong_totals,
    "acquirer_outage": incidents.acquirer_outage,
}
"""In the order in which `all` casts them: the ones that take most come last."""
