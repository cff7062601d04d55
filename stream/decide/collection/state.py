"""What is remembered of the contacts with one borrower: a part of its memory.

Triggers, contacts that were allowed or made, holds that follow from events, and what the guards
need of payments. What has been over for `KEPT_MS` is forgotten.
"""

from collections.abc import Container
from typing import Final

import msgspec

from schemas.collection_trigger import Channel, CollectionAction, Guard, Op
from schemas.instants import DAY_MS
from schemas.reference import HoldKind

KEPT_MS: Final = 30 * DAY_MS
"""How long a trigger that is over is remembered: its permit and outcomes may come late."""

PENDING_MS: Final = 14 * DAY_MS
"""No profile waits longer for a payment that was begun."""


UNREACHED_MOST: Final = 12
"""No rule asks for more attempts in a row at which nobody was reached."""


class Intent(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A contact that follows from tier and ledger, before anybody asked whether it may be made.

    Attributes:
        trigger_id: Made of the borrower, the loan and what brought it about.
        rung_dpd: The rung of the ladder, `None` if it was the tier or a due date.
        sequence_no: Of the tier change behind it, 0 if there was none.
        level: The tier that may lead to contacts, 0 to 3.
        amount: The most that may be asked for, minor units.
    """

    trigger_id: str
    action: CollectionAction
    channel: Channel
    loan_id: str
    legal_entity: str
    rung_dpd: int | None
    sequence_no: int
    level: int
    amount: int
    currency: str

    @property
    def is_by_tier(self) -> bool:
        """Whether nothing but the tier asks for it."""
        return self.rung_dpd is None and self.sequence_no > 0


class Trigger(msgspec.Struct, kw_only=True, array_like=True):
    """One trigger.

    Attributes:
        intent: What was last intended.
        since_ms: When it first was.
        ordinal: Of its last record, 0 before the first.
        op: Of its last record.
        guard: The guard that decided it, `None` if none stood in the way, or nothing was told.
        until_ms: Until when it was put off, or may be sent.
        opened_ms: When the proposal in force was made.
        ended_ms: When the latest proposal ended, 0 while one is in force.
        has_lapsed: Whether it ended because its time was over, and not because it was called back.
        ask_ms: When to ask again although nothing happens.
        permit_ids: Permits that were granted for it.
        approvals: Who released it.
        over_ms: When it ended, `None` while it goes on.
    """

    intent: Intent
    since_ms: int
    ordinal: int = 0
    op: Op | None = None
    guard: Guard | None = None
    until_ms: int | None = None
    opened_ms: int = 0
    ended_ms: int = 0
    has_lapsed: bool = False
    ask_ms: int | None = None
    permit_ids: list[str] = msgspec.field(default_factory=list)
    approvals: list[str] = msgspec.field(default_factory=list)
    over_ms: int | None = None

    def end_proposal(self, now_ms: int) -> None:
        """Note that nobody may ask for leave to send it any more."""
        self.ended_ms, self.has_lapsed = now_ms, now_ms >= (self.until_ms or 0)

    @property
    def is_proposed(self) -> bool:
        """Whether somebody may ask for leave to send it."""
        return self.op is Op.PROPOSE and self.over_ms is None


class Contact(msgspec.Struct, kw_only=True, array_like=True):
    """A contact that was allowed, or made without leave.

    Attributes:
        channel: By what.
        at_ms: When leave was given, or when it was made.
        until_ms: How long the leave is good for.
        trigger_id: Of which trigger, empty if of none.
        talked: Whether somebody was spoken to.
        by_ms: When it is a breach unless its permit has come; `None` if that is settled.
    """

    channel: Channel
    at_ms: int
    until_ms: int
    trigger_id: str = ""
    talked: bool = False
    by_ms: int | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A hold that follows from an outcome, a returned payment, or an operator's order.

    Attributes:
        kind: Which.
        since_ms: When it begins.
        until_ms: When it ends, `None` for not by itself.
        loan_id: Of which loan, empty for all.
        reviewed: Whether it does not end then, but waits for a person.
    """

    kind: HoldKind
    since_ms: int
    until_ms: int | None = None
    loan_id: str = ""
    reviewed: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A debit that was tried and failed."""

    at_ms: int
    instalment_no: int
    scheme: str
    reason: str


class Collection(msgspec.Struct, kw_only=True, array_like=True):
    """The part of the borrower's memory.

    Attributes:
        triggers: By id; those that are over, too, for `KEPT_MS`.
        contacts: By permit, or by outcome where there was none.
        outcomes: When each outcome was noted, by its id.
        holds: In force or to be reviewed; those of the contact state are not here.
        attempts: Failed debits, by loan.
        pending: Payments that were begun, by loan and reference: since when.
        paid_ms: The latest payment, by loan; empty for money that names none.
        profiles: The conduct profile that each contract names, and since when.
        wrong_ms: When a channel was found to reach somebody else.
        levels: By legal entity, the tier that may lead to contacts, and the change behind it.
        unreached_ms: When nobody was reached, since somebody was, the latest `UNREACHED_MOST`.
    """

    triggers: dict[str, Trigger] = msgspec.field(default_factory=dict)
    contacts: dict[str, Contact] = msgspec.field(default_factory=dict)
    outcomes: dict[str, int] = msgspec.field(default_factory=dict)
    holds: list[Held] = msgspec.field(default_factory=list)
    attempts: dict[str, list[Attempt]] = msgspec.field(default_factory=dict)
    pending: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    paid_ms: dict[str, int] = msgspec.field(default_factory=dict)
    profiles: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    wrong_ms: dict[Channel, int] = msgspec.field(default_factory=dict)
    levels: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    unreached_ms: list[int] = msgspec.field(default_factory=list)

    @property
    def open(self) -> list[Trigger]:
        """The triggers that go on, by id."""
        return [each for _, each in sorted(self.triggers.items()) if each.over_ms is None]

    def forget(self, now_ms: int, intended: Container[str]) -> None:
        """Drop what has been over for long enough, and is not intended any more."""
        before_ms = now_ms - KEPT_MS
        for key, trigger in list(self.triggers.items()):
            is_old = trigger.over_ms is not None and trigger.over_ms < before_ms
            if is_old and key not in intended:
                del self.triggers[key]
        old_ms = now_ms - PENDING_MS
        for refs in self.pending.values():
            for ref in [ref for ref, at_ms in refs.items() if at_ms < old_ms]:
                del refs[ref]
        self.contacts = {k: c for k, c in self.contacts.items() if c.until_ms >= before_ms}
        self.outcomes = {k: at_ms for k, at_ms in self.outcomes.items() if at_ms >= before_ms}
