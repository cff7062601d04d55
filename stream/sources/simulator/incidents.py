"""Plots that are nobody's in particular: feeds that fail, a fire, a new year."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from math import ceil
from typing import Final

from schemas.feed import feed_name
from schemas.instants import DAY_MS, HOUR_MS
from schemas.settlement import CounterpartyClass
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.cases import WARM_UP_DAYS, Span
from stream.sources.simulator.casting import (
    HISTORY_DAYS,
    Cast,
    Plot,
    SubjectFact,
    day_with_history,
)
from stream.sources.simulator.daily import CLOSES_MS, Feed, Key
from stream.sources.simulator.feeds import Silence
from stream.sources.simulator.merchants import (
    GRACE_DAYS,
    REGION,
    SOURCE,
    Merchant,
    feed_of,
    midnight_ms,
)
from stream.sources.simulator.stories import sales
from stream.sources.simulator.stories.accounts import SharedPayee
from stream.sources.simulator.stories.base import Calm, Expect, Fact, Story, no_trigger
from stream.sources.simulator.stories.debits import Arrears

MALL: Final = "sim.mall"
MALL_SHOPS: Final = 60
MALL_SHARE: Final = 0.5
DAMPED_DAYS: Final = 14
"""In each week other members are the worst tenth of the mall, which damping does not cover."""


SHARING: Final = 3
SHARED_DAYS: Final = 21
"""Three business days, and three more until money is missed, fit in between holidays."""

OVERDUE: Final = 0.03
QUIET_DAYS: Final = 3
"""So long after something that is nobody's fault nobody is warned of for it."""

FILE_DAYS: Final = 5
"""Longer than any grace: who is believed to have paid nothing would be past due by then."""

DEAD_DAYS: Final = 6
SILENT_BEFORE_DAYS: Final = 3
"""The silent shops of an outage fell silent so long before it, so their weeks end within it."""

TRULY_SILENT: Final = 10
SETTLED_DAYS: Final = 28

SILENCE: Final = "H01"
BROKEN_TOTALS: Final = "H05"
CALENDAR: Final = "H11"
SEGMENT_FALL: Final = "G05"


def feed_silent(case: str, hours: int) -> Plot:
    """Return the plot of an acquirer that says nothing for so long, from ten in the morning."""

    def plot(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
        feeds = sorted({each.acquirer for each in waiting if each.lifelike})
        latest = span.last - timedelta(hours=hours) - ONE_DAY
        first = span.first + timedelta(days=SETTLED_DAYS)
        if not feeds or latest < first:
            return None
        day = first + timedelta(days=rng.randint(0, (latest - first).days))
        source, from_ms = feed_of(rng.choice(feeds)), midnight_ms(day) + 10 * HOUR_MS
        silence = Silence(source, from_ms, from_ms + hours * HOUR_MS)
        nobody = no_trigger(from_ms, silence.until_ms + QUIET_DAYS * DAY_MS)
        made = _silenced(case, silence)
        return made._replace(facts=(*made.facts, SubjectFact(case, source, nobody)))

    return plot


def acquirer_outage(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let one acquirer be dead for six days, while shops of it and of others are truly silent.

    All its other shops go on selling, unheard, past the instants at which they would be missed.
    """
    able = [
        each for each in waiting if each.lifelike and day_with_history(each, span, then_days=21)
    ]
    if len({each.acquirer for each in able}) < 2:  # noqa: PLR2004 - a dead one and a living one
        return None
    dead = min(each.acquirer for each in able)
    day = span.first + timedelta(days=HISTORY_DAYS)
    from_ms = midnight_ms(day) + 10 * HOUR_MS
    silence = Silence(feed_of(dead), from_ms, from_ms + DEAD_DAYS * DAY_MS)
    silent = [*_silent(able, dead, silence), *_silent_elsewhere(able, dead, day)]
    taken = {each.merchant.tag for each in silent}
    quiet_ones = [
        Calm(
            merchant=each,
            case="acquirer_outage",
            from_ms=from_ms,
            until_ms=silence.until_ms + QUIET_DAYS * DAY_MS,
        )
        for each in waiting
        if each.acquirer == dead and each.tag not in taken
    ]
    return _silenced("acquirer_outage", silence)._replace(stories=(*silent, *quiet_ones))


def _silent(able: Sequence[Merchant], dead: str, silence: Silence) -> list[Story]:
    """Return shops of the dead acquirer that are silent: they are missed when it is back."""
    shops = [each for each in able if each.acquirer == dead]
    return [
        sales.Silent(
            merchant=each,
            case="acquirer_outage",
            day=_day_of(silence.from_ms) - timedelta(days=SILENT_BEFORE_DAYS),
            heard_ms=silence.until_ms,
        )
        for each in islice(shops, min(TRULY_SILENT, len(shops) // 2))
    ]


def _silent_elsewhere(able: Sequence[Merchant], dead: str, day: date) -> list[Story]:
    """Return shops of the living that are silent: they are missed as ever."""
    shops = [each for each in able if each.acquirer != dead]
    first = day - timedelta(days=SILENT_BEFORE_DAYS)
    return [
        sales.Silent(merchant=each, case="acquirer_outage", day=first)
        for each in islice(shops, min(TRULY_SILENT, len(shops) // 4))
    ]


def half_file(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let every second debit of the busiest day be missing from its file, for five days."""
    return _of_debits("half_file", waiting, span, every=2, days=FILE_DAYS)


def silent_file(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let the core send neither debits nor closed dates for five days, though it lives."""
    return _of_debits("silent_file", waiting, span, every=1, days=FILE_DAYS)


def wrong_totals(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let the core close its busiest day with a debit too many, and rightly a day later."""
    hit = busiest(waiting, span)
    if not hit:
        return None
    day = hit[0][0]
    from_ms = midnight_ms(day + ONE_DAY) + CLOSES_MS
    cast = _broken("wrong_totals", hit, f"/{day}", from_ms, from_ms + DAY_MS)
    return cast._replace(misstated=(Key(_DEBITS, day),))


_DEBITS: Final = Feed(SOURCE, "repayment")


def _of_debits(
    case: str, waiting: Sequence[Merchant], span: Span, *, every: int, days: int
) -> Cast | None:
    """Keep back so many of the debits of the busiest day; what was kept back comes at noon."""
    hit = busiest(waiting, span)
    if not hit:
        return None
    day = hit[0][0]
    from_ms, until_ms = midnight_ms(day), midnight_ms(day + days * ONE_DAY) + 12 * HOUR_MS
    silence = Silence(
        SOURCE,
        from_ms,
        until_ms,
        stream="repayment",
        every=every,
        sent_ms=from_ms + DAY_MS if every > 1 else until_ms,
    )
    date_ = f"/{day}" if every > 1 else ""
    return _broken(case, hit, date_, from_ms, until_ms)._replace(silences=(silence,))


def _broken(case: str, hit: Sequence["Due"], date_: str, from_ms: int, until_ms: int) -> Cast:
    """Return that a feed's totals are broken until then, and that nobody who paid is warned of."""
    subject = feed_name(*_DEBITS) + date_
    fact = Fact(BROKEN_TOTALS, 0, from_ms, Expect.HEALTH, until_ms)
    return Cast(
        stories=tuple(
            Calm(
                merchant=merchant,
                case=case,
                from_ms=from_ms,
                until_ms=until_ms + QUIET_DAYS * DAY_MS,
            )
            for _, merchant, _ in hit
        ),
        facts=(SubjectFact(case, subject, fact),),
    )


def mall_fire(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Burn the mall of sixty shops, or of half the book if that is fewer."""
    shops = [each for each in waiting if day_with_history(each, span, then_days=28)]
    shops = shops[: min(MALL_SHOPS, int(MALL_SHARE * len(waiting)))]
    if not shops:
        return None
    day = span.first + timedelta(days=HISTORY_DAYS)
    while shops[0].calendar.is_festival(day):
        day += ONE_DAY
    at_ms = midnight_ms(day)
    fall = Fact(SEGMENT_FALL, 2, at_ms, Expect.SEGMENT)
    until_ms = at_ms + DAMPED_DAYS * DAY_MS
    few = Fact("", 1, at_ms, Expect.FEW, until_ms)
    asked = Fact("", 0, at_ms, Expect.FEW_CONTACTED, until_ms)
    return Cast(
        stories=tuple(
            sales.Fire(merchant=replace(each, segments=(MALL,)), case="mall_fire", day=day)
            for each in shops
        ),
        facts=tuple(SubjectFact("mall_fire", MALL, fact) for fact in (fall, few, asked)),
    )


def shared_payee(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
    """Let three strangers turn their settlements to one payee, a business day after the other."""
    early = span._replace(last=span.last - timedelta(days=SHARED_DAYS))
    day = early.any_day(rng, after_days=WARM_UP_DAYS)
    if len(waiting) < SHARING or day is None:
        return None
    sharing, days = waiting[:SHARING], list[date]()
    for merchant in sharing:
        day = merchant.calendar.business_day(day + ONE_DAY)
        days.append(day)
    return Cast(
        stories=tuple(
            SharedPayee(
                merchant=merchant,
                case="shared_payee",
                day=each,
                to=CounterpartyClass.UNKNOWN,
                first=sharing[0].tag,
                known=days[-1],
            )
            for merchant, each in zip(sharing, days, strict=True)
        )
    )


def overdue_book(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
    """Let three in a hundred have stopped paying at some time or other: a book at its go-live."""
    stopped = []
    for merchant in rng.sample(waiting, ceil(OVERDUE * len(waiting))):
        last = span.last - timedelta(days=GRACE_DAYS + 2)
        due = [(no, day) for no, day in merchant.loan.collected() if span.first < day <= last]
        if due:
            number, day = rng.choice(due)
            stopped.append(
                Arrears(merchant=merchant, case="overdue_book", instalment_no=number, due=day)
            )
    return Cast(tuple(stopped)) if stopped else None


def year_rollover(waiting: Sequence[Merchant], span: Span, _rng: random.Random) -> Cast | None:
    """Let a year begin whose calendar the lender has not loaded; nothing happens in it."""
    day = date(span.last.year, 1, 1)
    shop = next((each for each in waiting if each.lifelike), None)
    if shop is None or not span.first + timedelta(days=SETTLED_DAYS) <= day < span.last:
        return None
    at_ms = midnight_ms(day)
    return Cast(
        stories=(Calm(merchant=shop, case="year_rollover", from_ms=at_ms, until_ms=None, tier=1),),
        facts=(
            SubjectFact(
                "year_rollover", f"calendar/{REGION}", Fact(CALENDAR, 0, at_ms, Expect.HEALTH)
            ),
        ),
        calendar_to=day.year - 1,
    )


Due = tuple[date, Merchant, int]
"""An instalment: when it is collected, whose, and its number."""


def busiest(waiting: Sequence[Merchant], span: Span) -> list[Due]:
    """Return what is due on the day on which most is, some weeks in."""
    due = [
        (day, merchant, number)
        for merchant in waiting
        for number, day in merchant.loan.collected()
        if span.first + timedelta(days=SETTLED_DAYS) <= day <= span.last_start
    ]
    days = [day for day, _, _ in due]
    busiest = max(sorted(set(days)), key=days.count, default=None)
    return [each for each in due if each[0] == busiest]


def _silenced(case: str, silence: Silence) -> Cast:
    fact = Fact(SILENCE, 0, silence.from_ms, Expect.HEALTH, silence.until_ms)
    return Cast(silences=(silence,), facts=(SubjectFact(case, silence.source, fact),))


def _day_of(at_ms: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + (at_ms + 8 * HOUR_MS) // DAY_MS)
