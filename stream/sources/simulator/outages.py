"""Plots of a bank's outage: debits that fail by nobody's fault, few of them and many."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Final

from stream.sources.simulator.cases import Span
from stream.sources.simulator.casting import Cast, SubjectFact
from stream.sources.simulator.incidents import Due, busiest
from stream.sources.simulator.merchants import Merchant, to_tens
from stream.sources.simulator.stories.base import Attempt, Calm, Expect, Fact, Story
from stream.sources.simulator.stories.debits import FailedDebit

OUTAGE_FAILS: Final = 0.3
PAY_DAY: Final = 2
"""Wednesday, as `date.weekday` counts: seldom a holiday."""

PAY_DAY_LOANS: Final = 210
"""G01 says nothing of fewer than 200 attempts a day (domain.md 3.6)."""

PAY_DAY_WEEKS: Final = 4
"""Before the outage: it is compared with the same weekday of the weeks before."""

CHANNEL: Final = "G01"

ALL_BORROWERS: Final = "book/all"
"""The subject of what concerns the whole book (docs/segments.md)."""


def bank_outage(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
    """Let three in ten of the debits of the busiest day fail by the bank's fault."""
    hit = busiest(waiting, span)
    return Cast(stories=_failing("bank_outage", hit, rng)) if hit else None


def pay_day_outage(waiting: Sequence[Merchant], span: Span, rng: random.Random) -> Cast | None:
    """Let three in ten of 210 debits fail so, all of them on the one pay day of the week.

    So many in a day, after four such weeks, that it can be told from chance.
    """
    if len(waiting) < PAY_DAY_LOANS:
        return None
    shops = [_paying_weekly(each, span) for each in waiting[:PAY_DAY_LOANS]]
    weeks = PAY_DAY_WEEKS + 1
    hit = [(day, shop, no) for shop in shops for no, day in shop.loan.collected() if no == weeks]
    day = hit[0][0]
    if day > span.last_start:
        return None
    at_ms = Attempt().at_ms(day)
    failing = _failing("pay_day_outage", hit, rng)
    taken = {story.merchant.tag for story in failing}
    others = tuple(
        Calm(merchant=shop, case="pay_day_outage", from_ms=at_ms, until_ms=None)
        for shop in shops
        if shop.tag not in taken
    )
    fact = Fact(CHANNEL, 3, at_ms, Expect.SEGMENT)
    return Cast((*failing, *others), facts=(SubjectFact("pay_day_outage", ALL_BORROWERS, fact),))


def _failing(case: str, hit: Sequence[Due], rng: random.Random) -> tuple[Story, ...]:
    """Return three in ten of the debits as failed by the bank's fault, and paid a day later."""
    return tuple(
        FailedDebit(
            merchant=merchant,
            case=case,
            instalment_no=number,
            due=day,
            tries=(Attempt(code=rng.choice(("91", "96"))), Attempt(days_after=1)),
            tiers=(0, 0),
        )
        for day, merchant, number in rng.sample(hit, ceil(OUTAGE_FAILS * len(hit)))
    )


def _paying_weekly(merchant: Merchant, span: Span) -> Merchant:
    """Let a loan be due on the first Wednesday after the first day, and each one after."""
    first_due = span.first + timedelta(days=1 + (PAY_DAY - span.first.weekday() - 1) % 7)
    loan = merchant.loan
    weekly_minor = loan.instalment_minor if loan.weekly else to_tens(loan.instalment_minor / 4)
    loan = replace(loan, weekly=True, first_due=first_due, count=52, instalment_minor=weekly_minor)
    return replace(merchant, loan=loan)
