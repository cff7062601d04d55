"""What a guard is asked, and what it answers."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.collection_trigger import Answer, Channel
from schemas.conduct import Edition
from schemas.reference import Consent, HoldKind
from stream.decide.calendar import Region
from stream.decide.collection.state import Attempt, Contact, Held, Intent
from stream.ledger import LoanView


class Person(NamedTuple):
    """What is known of reaching the borrower.

    Attributes:
        zones: Names of its zones; empty if none is known.
        days: The special days of its region.
        consents: What it agreed to.
        verified: Channels that reach it and nobody else.
    """

    zones: tuple[str, ...]
    days: Region
    consents: tuple[Consent, ...] = ()
    verified: frozenset[Channel] = frozenset()


class Rate(NamedTuple):
    """How many proposals this partition has made, and when the next hour and day begin."""

    in_hour: int
    in_day: int
    next_hour_ms: int
    next_day_ms: int


class Ask(NamedTuple):
    """One intended contact, and all that the guards may know.

    Attributes:
        borrower_id: Who.
        now_ms: When.
        intent: What is intended.
        edition: The numbers of the conduct profile in force.
        is_accepted: Whether contacts may be proposed under that profile at all.
        is_switched_off: Whether the kill switch is on.
        resumed_ms: When it was last taken off, 0 if it never was on.
        holds: In force, to come, or to be reviewed.
        view: The loan.
        blind: Whether what feeds the borrower is silent or broken.
        pending_ms: Since when a payment is on its way.
        paid_ms: When something was last paid.
        attempts: Failed debits of the loan.
        person: How it can be reached.
        contacts: Made or allowed; those of this trigger are not among them.
        proposed: Of its other triggers that somebody may send now, the channel and until when.
        rate: Of the partition.
        approvals: Who released the trigger.
    """

    borrower_id: str
    now_ms: int
    intent: Intent
    edition: Edition
    is_accepted: bool
    is_switched_off: bool
    resumed_ms: int
    holds: Sequence[Held]
    view: LoanView
    blind: bool
    pending_ms: int | None
    paid_ms: int | None
    attempts: Sequence[Attempt]
    person: Person
    contacts: Sequence[Contact]
    proposed: Sequence[tuple[Channel, int]]
    rate: Rate
    approvals: Sequence[str]

    def held(self, *kinds: HoldKind) -> list[Held]:
        """Return the holds of some kinds that concern the loan."""
        loan_ids = ("", self.intent.loan_id)
        return [each for each in self.holds if each.kind in kinds and each.loan_id in loan_ids]


class Ruling(NamedTuple):
    """What a guard says.

    Attributes:
        answer: Its answer.
        detail: Why, in a few words.
        until_ms: Until when that is so: when a deferral ends, when an allowance does, when to ask
            again; `None` if time alone changes nothing.
    """

    answer: Answer
    detail: str
    until_ms: int | None = None


def allow(detail: str, until_ms: int | None = None) -> Ruling:
    """Nothing stands in the way."""
    return Ruling(Answer.ALLOW, detail, until_ms)


def defer(detail: str, until_ms: int) -> Ruling:
    """Not now."""
    return Ruling(Answer.DEFER, detail, until_ms)


def suppress(detail: str, until_ms: int | None = None) -> Ruling:
    """Not at all, as things are."""
    return Ruling(Answer.SUPPRESS, detail, until_ms)


def need_approval(detail: str, until_ms: int | None = None) -> Ruling:
    """Not without two people."""
    return Ruling(Answer.NEED_APPROVAL, detail, until_ms)
