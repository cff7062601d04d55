"""Sales that fall, that stop, and one that is odd."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from typing import Final

from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from stream.sources.simulator.merchants import midnight_ms, to_tens
from stream.sources.simulator.stories.base import (
    Expect,
    Fact,
    Sale,
    Story,
    at_most,
    no_trigger,
    quiet,
)

ODD_AMOUNT: Final = "D2"
SILENT: Final = "P02"
SLIDE: Final = "P03"
NOT_REOPENED: Final = "P25"
VOLUME_SHOCK: Final = "F19"
UNSETTLED: Final = "X01"

ODD_BY_SPREADS: Final = 12
"""How far out an odd sale lies, in standard deviations of the logarithm of the tickets."""

SLIDE_DAYS: Final = 56
SLIDES_TO: Final = 0.5
UNDERWRITTEN_DAYS: Final = 95
"""Of sales before the loan: what it was granted on, and a few days more."""

SLIDE_SEEN_DAYS: Final = 32
"""After its end: the windows of the rules have nothing of the time before it then."""

FIRE_LEAVES: Final = 0.1
SPARED_DAYS: Final = 21
"""Then P01 becomes severe, which the fall of a segment does not explain (domain.md 4.2.4)."""

SILENT_TIERS: Final = ((7, 2), (14, 3))
"""Days without a sale, and the tier that they bring."""

NOT_REOPENED_TIERS: Final = ((16, 2), (25, 3))
"""Days from the Spring Festival."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide(Story):
    """Sales fall evenly from `day` on, to a half in eight weeks, and stay there.

    Half of what the loan was granted on: a baseline that moves with the sales would forget it.
    """

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Mild while it goes on, moderate when half is gone; it does not clear by itself."""
        from_ms = midnight_ms(self.day)
        end_ms = midnight_ms(self.day + timedelta(days=SLIDE_DAYS + SLIDE_SEEN_DAYS))
        return (
            Fact(SLIDE, 1, from_ms, until_ms=end_ms),
            Fact(SLIDE, 2, from_ms, until_ms=end_ms),
            Fact("", 1, end_ms, Expect.STAYS),
        )

    def level(self, day: date) -> float:
        """Return what is left on a day."""
        part = min(1.0, max(0, (day - self.day).days) / SLIDE_DAYS)
        return 1 - (1 - SLIDES_TO) * part


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(Story):
    """The shop sells nothing any more from `day` on; who can know that before `heard_ms`?"""

    day: date
    heard_ms: int = 0

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Moderate after a week without sales, severe after two."""
        return tuple(
            Fact(SILENT, tier, max(self.heard_ms, midnight_ms(self.day + timedelta(days=days))))
            for days, tier in SILENT_TIERS
        )

    def level(self, day: date) -> float:
        """Return 0 from the day on."""
        return 0.0 if day >= self.day else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReopened(Silent):
    """A shop closes for the Spring Festival, on `day`, and does not open again."""

    festival: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Counted from the festival, and by the rule of festivals."""
        return tuple(
            Fact(NOT_REOPENED, tier, midnight_ms(self.festival + timedelta(days=days)))
            for days, tier in NOT_REOPENED_TIERS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire(Story):
    """The mall burns on `day`: a tenth of the sales is left to each of its shops."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Its fall is its segment's: nobody is severe for three weeks, and called at all."""
        at_ms = midnight_ms(self.day)
        spared = at_most(2, at_ms, at_ms + SPARED_DAYS * DAY_MS)
        return spared, no_trigger(at_ms, rule="EARLY_COLLECTION")

    def level(self, day: date) -> float:
        """Return what is left on a day."""
        return FIRE_LEAVES if day >= self.day else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTheFestival(Story):
    """A healthy shop around the festival: nothing above mild all year, nothing in it at all."""

    first: date
    closed: date
    reopens: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Quiet from the day on which it closes to that on which it opens again."""
        return (
            at_most(1, midnight_ms(self.first)),
            quiet(midnight_ms(self.closed), until_ms=midnight_ms(self.reopens)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayLump(Story):
    """A shop sells through a long holiday; all of it is paid on one day, `day`."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Neither a shock nor missing money, if counted by clearing date."""
        at_ms = midnight_ms(self.day)
        return quiet(at_ms, VOLUME_SHOCK), quiet(at_ms, UNSETTLED), no_trigger(at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCurrency(Story):
    """A healthy shop in a currency with none or three decimals: amounts are right to the unit."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Nothing above mild."""
        return (at_most(1, midnight_ms(self.day)),)
