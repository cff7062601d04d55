"""The parts of a borrower's memory that belong to no stage alone; `borrower.py` lists all."""

import msgspec

from rules.life import IDLE, Life
from schemas.reference import BorrowerProfile, ContactState
from stream.decide.cases.state import Cases
from stream.decide.course import Course, Met
from stream.decide.feeds.wait import Wait
from stream.decide.tiers.facts import Release, Snooze


class Header(msgspec.Struct, array_like=True, kw_only=True):
    """The part that can be read without the others.

    Attributes:
        decisions: How many decisions were made of this borrower: the last one's ordinal.
        now_ms: The time, by ticks and timers, of the last record or timer: it never goes back.
        waits: What is waited for, by name.
        first_event_ms: The earliest event time seen, by stream.
        last_event_ms: The latest.
        looked_ms: Up to when what has happened was there at the last look of the state rules, by
            stream.
        tier: The highest tier towards any legal entity.
        is_over: Whether all loans have ended: what is still paid and sold is not watched.
        is_collecting: Whether some trigger goes on.
    """

    decisions: int = 0
    now_ms: int = 0
    waits: dict[str, Wait] = msgspec.field(default_factory=dict)
    first_event_ms: dict[str, int] = msgspec.field(default_factory=dict)
    last_event_ms: dict[str, int] = msgspec.field(default_factory=dict)
    looked_ms: dict[str, int] = msgspec.field(default_factory=dict)
    tier: int = 0
    is_over: bool = False
    is_collecting: bool = False


class References(msgspec.Struct, array_like=True, kw_only=True):
    """What reference records and operators said.

    Attributes:
        profile: The latest profile.
        profile_at_ms: When it took effect.
        actions: The id of the action in force, by its subject.
        seen_actions: The ids of all actions ever noted, and of those refused that somebody who may
            had signed, so that none counts twice.
        releases: Who ended the wait of a tier, by legal entity.
        snoozes: Who put the borrower off, by legal entity.
        contact: Whether and how it may be contacted, by the latest record.
        contact_at_ms: When that took effect.
    """

    profile: BorrowerProfile | None = None
    profile_at_ms: int = -1
    actions: dict[str, str] = msgspec.field(default_factory=dict)
    seen_actions: list[str] = msgspec.field(default_factory=list)
    releases: dict[str, Release] = msgspec.field(default_factory=dict)
    snoozes: dict[str, Snooze] = msgspec.field(default_factory=dict)
    contact: ContactState | None = None
    contact_at_ms: int = -1


class Episode(msgspec.Struct, array_like=True, kw_only=True):
    """One rule's warnings about this borrower or one of its loans; `tier` 0 is closed.

    Attributes:
        loan_id: About which loan, empty for the borrower.
        legal_entity: Whose claim that is.
        number: Counts the episodes of this rule and borrower, from 1.
        ordinal: Counts the transitions of this episode, from 1.
        tier: 0 to 3.
        closes_at_ms: When it closes if the rule is not met again.
        quiet_until_ms: After closing, nothing of `quiet_tier` or below opens before this.
        quiet_tier: The highest tier of the last episode.
        cooldown_ms: How long it stays quiet after closing, as the rule said when last met.
        shadow: Whether its rule is tried out and nobody is told.
        evidence: Ids of the events behind it, the latest 50.
        life: Of a state rule, what is remembered of it between two looks.
        look_ms: When it is to be looked at again although nothing happens.
        alert: The last transition as it was sent, JSON: what a later one repeats.
        start: Where its course stands before the first of `met`.
        met: The events behind it that may still be taken back, in the order in which they happened.
    """

    loan_id: str = ""
    legal_entity: str = ""
    number: int = 0
    ordinal: int = 0
    tier: int = 0
    closes_at_ms: int = 0
    quiet_until_ms: int = 0
    quiet_tier: int = 0
    cooldown_ms: int = 0
    shadow: bool = False
    evidence: list[str] = msgspec.field(default_factory=list)
    alert: bytes = b""
    start: Course = Course()
    met: list[Met] = msgspec.field(default_factory=list)
    life: Life = IDLE
    look_ms: int | None = None


class Restricted(msgspec.Struct, array_like=True, kw_only=True):
    """What only compliance may know: nothing else of the borrower depends on it.

    Attributes:
        decisions: How many decisions were made in the restricted lane: the last one's ordinal.
        episodes: Its warnings, by rule.
        cases: What compliance does about it.
        action: The id of the action in force about these.
        seen_actions: The ids of all actions ever read about these.
        case_ms: When the cases are to be looked at again although nothing happens.
    """

    decisions: int = 0
    episodes: dict[str, Episode] = msgspec.field(default_factory=dict)
    cases: Cases = msgspec.field(default_factory=Cases)
    action: str | None = None
    seen_actions: list[str] = msgspec.field(default_factory=list)
    case_ms: int | None = None


def read_header(value: bytes) -> Header:
    """Read the header alone."""
    return msgspec.msgpack.decode(value, type=Header)


def read_judged(value: bytes | None) -> list[bytes]:
    """Read what D8 has said alone."""
    return [] if value is None else msgspec.msgpack.decode(value, type=list[bytes])
