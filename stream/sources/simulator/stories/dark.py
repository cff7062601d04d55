"""A shop that closes, whose account is swept, and whose owner nobody reaches (domain.md 7, 3)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.instants import DAY_MS, HOUR_MS
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import GRACE_DAYS, midnight_ms
from stream.sources.simulator.stories.base import Attempt, Expect, Fact
from stream.sources.simulator.stories.debits import RETRIES
from stream.sources.simulator.stories.funds import QUIET_ACCOUNT, SWEPT, SWEPT_DAYS, Closure
from stream.sources.simulator.stories.sales import SILENT, SILENT_TIERS

OUT_OF_REACH: Final = "X04"
TRIES: Final = ((GRACE_DAYS + 1, "REMIND"), (7, "EARLY_COLLECTION"), (15, "EARLY_COLLECTION"))
"""Days past due, and what is tried: a message, a call, a letter."""

NOON: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneDark(Closure):
    """From the closure on no debit finds money either; three attempts to reach the owner fail.

    `due` is the first day on which a debit fails, of the instalment `instalment_no`.
    """

    instalment_no: int
    due: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Shop and account fall silent; out of reach for three days, it is severe and stays so."""
        quiet_days, silent_days = 11, SILENT_TIERS[0][0]
        tried = tuple(self._tried(days, action) for days, action in TRIES)
        last_ms = self._noon_ms(TRIES[-1][0])
        return (
            Fact(SWEPT, 2, self._ms(-SWEPT_DAYS)),
            Fact(SILENT, 2, self._ms(silent_days)),
            Fact(QUIET_ACCOUNT, 2, self._ms(quiet_days)),
            *tried,
            Fact(OUT_OF_REACH, 3, last_ms, until_ms=last_ms + HOUR_MS),
            Fact("", 3, last_ms + HOUR_MS, Expect.STAYS),
        )

    def attempts(self, instalment_no: int) -> tuple[Attempt, ...]:
        """Return what fails, once and again, from the one instalment on."""
        if instalment_no < self.instalment_no:
            return (Attempt(),)
        return tuple(Attempt(days_after=days, code="51") for days in RETRIES)

    def _tried(self, days: int, action: str) -> Fact:
        """Return that it is proposed by noon, and that nobody is reached then."""
        noon_ms = self._noon_ms(days)
        return Fact(action, 0, noon_ms - NOON * HOUR_MS, Expect.UNREACHED, noon_ms)

    def _noon_ms(self, days: int) -> int:
        return midnight_ms(self.due + days * ONE_DAY) + NOON * HOUR_MS

    def _ms(self, days: int) -> int:
        return midnight_ms(self.day) + days * DAY_MS
