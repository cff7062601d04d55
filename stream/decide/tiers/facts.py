"""What the tier is made of: open warnings, the ledger's facts, what people signed.

The caller gathers these at each look. The facts of the last one are part of the state.
"""

from typing import Final

import msgspec

from schemas.alert import Cause, MeasureValue, Text


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One open warning about the borrower.

    Attributes:
        rule: The rule; there is at most one signal of each and subject.
        subject: The loan that it is about; empty where it is about the borrower.
        legal_entity: Towards whom it counts; `None` towards each.
        signal: The entry of the catalogue, `RP02`.
        family: The family with which it votes.
        lane: Only the lanes of the policy vote.
        tier: 1 to 3.
        hard: Whether it is a recorded fact, or else a statistical inference.
        alert_id: The alert that told of it last.
        title: Of the rule.
        clears_when: What would end it.
        measures: The numbers behind it.
        damped: Whether its segment fell as a whole, and this member no worse than its tenth.
        frozen: Whether it speaks of absence and its input is silent or broken (H01, H05): the
            time does not count as held.
        simulated: Whether its events came from the simulator.
    """

    rule: str
    signal: str
    family: str
    lane: str
    tier: int
    hard: bool
    alert_id: str
    subject: str = ""
    legal_entity: str | None = None
    title: Text = Text(en="", zh="")
    clears_when: Text = Text(en="", zh="")
    measures: tuple[MeasureValue, ...] = ()
    damped: bool = False
    frozen: bool = False
    simulated: bool = False

    @property
    def episode(self) -> str:
        """The key of its episode."""
        return episode_key(self.rule, self.subject)


def episode_key(rule: str, subject: str) -> str:
    """Return the key of the episode of a rule about a loan, or about the borrower.

    Examples:
        >>> episode_key("rp06_late", "ln_7f2"), episode_key("p01_fall", "")
        ('rp06_late@ln_7f2', 'p01_fall')
    """
    return f"{rule}@{subject}" if subject else rule


def rule_and_subject(episode: str) -> tuple[str, str]:
    """Return what an episode's key is made of.

    Examples:
        >>> rule_and_subject("rp06_late@ln_7f2")
        ('rp06_late', 'ln_7f2')
    """
    rule, _, subject = episode.partition("@")
    return rule, subject


class Release(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """People end the wait of a tier: its causes have ended, but not its days or instalments.

    Attributes:
        tier: The tier that they saw.
        at_ms: When they signed; it counts only for a stay that had begun.
        people: Who signed.
    """

    tier: int
    at_ms: int
    people: frozenset[str]


class Snooze(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """People put the borrower off; a new hard fact ends that.

    Attributes:
        at_ms: When they signed.
        until_ms: Until when.
        reason: Why; without one it does not count.
        people: Who signed.
    """

    at_ms: int
    until_ms: int
    reason: str
    people: frozenset[str]


class Payments(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How one open loan is being paid.

    Attributes:
        last_due_ms: The latest instant at which an instalment fell due, paid or not.
        on_time_due_ms: When the latest instalments in a row that were paid on time fell due,
            the latest first; as many as the policy may ask for are enough.
        interval_days: How often instalments fall due from now on.
    """

    last_due_ms: int | None = None
    on_time_due_ms: tuple[int, ...] = ()
    interval_days: int | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What else is known about the borrower towards one legal entity.

    Attributes:
        floor: The least tier that the ledger allows, 0 to 3 (ledger.md 5 and 6): days past due,
            probation, and what of that is verified.
        dpd: The days past due behind it, of the worst loan.
        unverified: Whether they were counted without every source of the payments.
        forborne: Whether the probation of a restructuring goes on.
        disbursed_ms: When the oldest open loan was paid out, `None` if that is not known.
        next_due_ms: When the next instalment falls due.
        loans: How each open loan is being paid.
        top_exposure: Whether the borrower is in the highest fifth by exposure.
        blind: Whether some input of this borrower is silent or broken: days in which nobody
            looked are not clear days.
        release: Who ended the wait.
        snooze: Who put it off.
        left_ms: Since when the floor is below mild, moderate, severe, as the ledger knows now; -1
            if of the open loans none ever was there. So a floor that was raised because a payment
            was late to be known, or of a loan that has ended, is as if it had never been.
    """

    floor: int = 0
    dpd: int = 0
    unverified: bool = False
    forborne: bool = False
    disbursed_ms: int | None = None
    next_due_ms: int | None = None
    loans: tuple[Payments, ...] = ()
    top_exposure: bool = False
    blind: bool = False
    release: Release | None = None
    snooze: Snooze | None = None
    left_ms: tuple[int, int, int] = (-1, -1, -1)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What the record in hand did, beside opening and ending warnings.

    Attributes:
        cause: The cause of whatever changes now, where it is none of the machine's own: late
            data, a correction, a new rule set or policy, a loan's end.
        taken_back: Episodes that are as if they had never been, and `FLOOR` for an arrear that
            is, each with the tier that remains of it, 0 for none. They leave at once; a warning
            that has ended does not.
    """

    cause: Cause | None = None
    taken_back: dict[str, int] = {}


FLOOR: Final = "#floor"
"""Stands for the ledger's floor among the keys of episodes."""

ROUTINE: Final = Occasion()
