"""Plots in which the question is whether, and when, somebody may be contacted."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from stream.sources.simulator.cases import Span
from stream.sources.simulator.casting import Plot, one
from stream.sources.simulator.merchants import Merchant
from stream.sources.simulator.stories.base import Story
from stream.sources.simulator.stories.contacts import (
    CorrectedDebit,
    Hardship,
    LoweredAlone,
    SevereAtNight,
)

THIRD: Final = 3
"""The earliest instalment of which two came before."""

Tell = Callable[[Merchant, int, date], Story]


def _weekly(tell: Tell, *, then_days: int, earliest: int = 1) -> Plot:
    """Return the plot of an instalment of a weekly loan with so many days after it."""

    def casting(merchant: Merchant, span: Span, _rng: random.Random) -> Story | None:
        last = span.last - timedelta(days=then_days)
        due = (each for each in merchant.loan.collected() if each[0] >= earliest)
        number, day = next(due)
        fits = merchant.loan.weekly and span.first <= day <= last
        return tell(merchant, number, day) if fits else None

    return one(casting)


CALLS: Final[dict[str, Plot]] = {
    "severe_at_night": _weekly(
        lambda merchant, number, day: SevereAtNight(
            merchant=merchant, case="severe_at_night", instalment_no=number, due=day
        ),
        then_days=8,
        earliest=THIRD,
    ),
    "lowered_alone": _weekly(
        lambda merchant, number, day: LoweredAlone(
            merchant=merchant, case="lowered_alone", instalment_no=number, due=day
        ),
        then_days=20,
        earliest=THIRD,
    ),
    "hardship": _weekly(
        lambda merchant, number, day: Hardship(
            merchant=merchant, case="hardship", instalment_no=number, due=day
        ),
        then_days=21,
    ),
    "corrected_debit": _weekly(
        lambda merchant, number, day: CorrectedDebit(
            merchant=merchant, case="corrected_debit", instalment_no=number, due=day
        ),
        then_days=12,
        earliest=THIRD,
    ),
}
