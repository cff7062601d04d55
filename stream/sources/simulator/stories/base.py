"""The healthy life, and what a story may change in it.

`Story` is the healthy one: every debit succeeds, sales are usual, the account stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from schemas.instants import HOUR_MS, MINUTE_MS
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import TZ, Merchant, midnight_ms


class Expect(StrEnum):
    """What a right set of rules makes of something planted."""

    WARNS = "warns"
    """The rule warns with the tier."""

    RESTRICTED = "restricted"
    """The rule warns, and compliance alone hears of it."""

    QUIET = "quiet"
    """The rule, or if none is named any rule, does not warn of it."""

    AT_MOST = "at_most"
    """The borrower's tier does not rise above it."""

    STAYS = "stays"
    """The borrower's tier does not fall below it any more."""

    CLEARS = "clears"
    """The rule's warning is over, and stays so."""

    HEALTH = "health"
    """A health record names the subject; it is nobody's warning."""

    SEGMENT = "segment"
    """One warning of the rule is about the segment that is the subject, not its members."""

    FEW = "few"
    """Of the story's borrowers no more than one in five is at once above the tier."""

    PROPOSES = "proposes"
    """A collection trigger is proposed; `rule` is its action."""

    NO_TRIGGER = "no_trigger"
    """None is proposed, to the borrower or, if none is named, to anybody.

    With a `rule` none of that action, or none that names a warning of that signal.
    """

    FEW_CONTACTED = "few_contacted"
    """On no day is more than one in five of the story's borrowers to be contacted."""

    DEFERS = "defers"
    """One is put off; `rule` is the guard that does so."""

    SUPPRESSES = "suppresses"
    """One is not made at all; `rule` is the guard that does so."""

    UNREACHED = "unreached"
    """One is proposed, and sent at the end of the time: nobody is reached. `rule` is its action."""

    RETRACTS = "retracts"
    """One that was proposed is called back; `rule` is its action."""

    REFUSES = "refuses"
    """What somebody signed is refused; `rule` is why."""


class Fact(NamedTuple):
    """Something planted, at the instant of its event, and what is expected of it.

    `rule` is a signal of the catalogue; it is empty, and the tier 0, of a decoy, of which no rule
    may warn. What is expected of a stretch of time holds to `until_ms`.
    """

    rule: str
    tier: int
    at_ms: int
    expect: Expect = Expect.WARNS
    until_ms: int | None = None


def at_most(tier: int, at_ms: int, until_ms: int | None = None) -> Fact:
    """Return the fact that the borrower's tier must not rise above one."""
    return Fact("", tier, at_ms, Expect.AT_MOST, until_ms)


def quiet(at_ms: int, rule: str = "", until_ms: int | None = None) -> Fact:
    """Return the fact that a rule, or any rule, must not warn."""
    return Fact(rule, 0, at_ms, Expect.QUIET, until_ms)


def no_trigger(at_ms: int, until_ms: int | None = None, rule: str = "") -> Fact:
    """Return the fact that nobody is to be contacted, or not in one way or for one reason."""
    return Fact(rule, 0, at_ms, Expect.NO_TRIGGER, until_ms)


class Attempt(NamedTuple):
    """One debit of an instalment: it succeeds where there is no failure `code` (of CUP).

    One that `takes_back` is none: the bank returns what the debit before it has brought.
    """

    days_after: int = 0
    hour: int = 11
    minute: int = 0
    code: str | None = None
    takes_back: bool = False

    def at_ms(self, due: date) -> int:
        """Return its instant, for an instalment collected from `due` on."""
        past_midnight_ms = self.hour * HOUR_MS + self.minute * MINUTE_MS
        return midnight_ms(due + self.days_after * ONE_DAY) + past_midnight_ms


class Sale(NamedTuple):
    """An amount at an instant."""

    at_ms: int
    amount_minor: int


class Delivery(NamedTuple):
    """A record, and how long after its own time it reaches us."""

    delay_ms: int
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A healthy life."""

    merchant: Merchant
    case: str = "healthy"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was planted."""
        return ()

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which the borrower may be."""
        return (TZ,)

    def attempts(self, _instalment_no: int) -> tuple[Attempt, ...]:
        """Return the debits of an instalment, in order."""
        return (Attempt(),)

    def level(self, _day: date) -> float:
        """Return which part of the usual number of sales comes on a day."""
        return 1.0

    def odd_sales(self, _day: date) -> tuple[Sale, ...]:
        """Return what is sold on a day beside the usual."""
        return ()

    def account_records(self, _day: date) -> tuple[Record, ...]:
        """Return what happens to the account itself on a day."""
        return ()

    def payee(self, _day: date) -> str | None:
        """Return the account that the acquirer pays into; None: one that nobody here sees."""
        return self.merchant.account_token

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield what reaches us of a record that is true, and when."""
        yield Delivery(0, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm(Story):
    """A healthy life around which something happens: nobody is warned of it for that.

    From `from_ms` until `until_ms` (None: to the end) its tier rises to no more than `tier`.
    """

    from_ms: int
    until_ms: int | None
    tier: int = 0

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What must not come of it."""
        if self.tier:
            return (at_most(self.tier, self.from_ms, self.until_ms),)
        return (quiet(self.from_ms, until_ms=self.until_ms),)
