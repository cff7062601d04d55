"""The desk's read model in Redis: its keys, and what stands under them.

    loanwatch:desk:<generation>:...          what most people at the desk may see
    loanwatch:restricted:<generation>:...    the restricted lane, under the same names
    loanwatch:desk:generation                which generation is read; absent: none is complete
    loanwatch:desk:building                  a generation is being built; JSON, expires
    loanwatch:desk:feed                      when the feed last knew that it had read to the end
    loanwatch:session:...  :order:...        the API's own; may be lost at any time

`stream.roles.desk_feed` writes, `desk` reads. Each field of a hash begins with the version of what
stands in it, `VERSION_DIGITS` digits: a write counts only if its version is greater. So a record
taken twice, or after a later one, changes nothing. (`QUEUE` and `OFFSETS` have none.)
"""

from enum import StrEnum
from typing import Final

import msgspec

ROOT: Final = "loanwatch:desk"
RESTRICTED_ROOT: Final = "loanwatch:restricted"
GENERATION: Final = f"{ROOT}:generation"
BUILDING: Final = f"{ROOT}:building"
FEED: Final = f"{ROOT}:feed"

PART_DIGITS: Final = 16
VERSION_DIGITS: Final = 2 * PART_DIGITS
_LARGEST: Final = 10**PART_DIGITS - 1

EVENTS_KEPT: Final = 100_000
"""So many events of each lane a browser may have missed."""


class Name(StrEnum):
    """What a key of a generation holds; those with a subject have it behind a colon."""

    CASES = "cases"
    """Hash: case id to `case.v1`."""
    QUEUE = "queue"
    """Hash: id of each case that is not closed to `QueueEntry`."""
    OF_BORROWER = "of-borrower"
    """Set, by borrower: its case ids."""
    ALERTS = "alerts"
    """Hash, by borrower: rule and episode to the latest `alert.v1` of it."""
    SEGMENTS = "segments"
    """Hash: subject, rule and episode to the latest `alert.v1` of a segment."""
    TIERS = "tiers"
    """Hash: borrower and legal entity to `tier.v1`."""
    TIER_CHANGES = "tier-changes"
    """Hash, by borrower: sequence number to `tier_change.v1`."""
    FILES = "files"
    """Hash: borrower to `case_file.v1`."""
    TRIGGERS = "triggers"
    """Hash, by borrower: trigger id and ordinal to `collection_trigger.v1`."""
    CONTACT = "contact"
    """Hash: borrower to `NextContact`."""
    HEALTH = "health"
    """Hash: kind and subject to the latest `health.v1`."""
    PROGRESS = "progress"
    """Hash: what of which feed and partition to an instant (ms) or a date."""
    TRUST = "trust"
    """Hash: `tie_out`, `kill_switch`, `clock`, `phase`, `decided_ms`, `simulated`, and the signed
    list `@operator_links`."""
    CHANGES = "changes"
    """Hash: record id to `ConfigChange`."""
    ORDERS = "orders"
    """Hash: record id to `OrderStatus`."""
    FACTS = "facts"
    """Hash: case id to `CaseFacts`."""
    PEAK = "peak"
    """Hash: case id to its highest tier."""
    FIRST = "first"
    """Hash: borrower and what (`dpd_1`, `dpd_4`, `dpd_30`) to its first instant (ms)."""
    WARNED = "warned"
    """Hash: borrower, legal entity and sequence number to `Warned`."""
    ASSIGNED = "assigned"
    """Hash: borrower to the first `Assigned` of it."""
    EPISODES = "episodes"
    """Hash: subject, rule, episode and what (`opened`, `cleared`) to its instant (ms)."""
    BOOK = "book"
    """Hash: partition to how many loans were open in it when its last day was closed."""
    LINES = "lines"
    """Sorted set: what people did (`ShiftLine`), by instant (ms)."""
    AUDIT = "audit"
    """Sorted set, restricted: who looked and did what (`DeskAudit`), by instant (ms)."""
    EVENTS = "events"
    """Stream: `DeskEvent`, in `data`."""
    OFFSETS = "offsets"
    """Hash: topic and partition to the next offset that is to be read."""


class QueueEntry(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the order of the queue depends on, of one case; all instants in ms, 0 for none."""

    lane: str
    tier: str
    hard: bool
    state: str
    opened_ms: int
    exposure_minor: int = 0
    currency: str = ""
    ack_due_ms: int = 0
    outcome_due_ms: int = 0
    urgent_ms: int = 0
    away_until_ms: int = 0
    holder: str = ""
    segment: str = ""
    damped: bool = False
    pending: int = 0
    """How many orders wait for a second person."""


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the figures are made of, of one case; all instants in ms, 0 for none."""

    borrower_id: str
    tier: str
    hard: bool
    state: str
    opened_ms: int
    acked_ms: int = 0
    outcome_ms: int = 0
    closed_ms: int = 0
    outcome: str = ""
    signals: tuple[str, ...] = ()
    contacted: bool = False
    simulated: bool = False


class Warned(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A change of tier: whether the borrower is warned from then on, beyond its days past due."""

    is_warned: bool
    at_ms: int


class Assigned(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Whether a mild borrower was held out when the machine would have contacted it, or was not."""

    is_held_out: bool
    at_ms: int


class NextContact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a contact is allowed next, by the guards of the latest trigger that was deferred."""

    at: str | None = None
    guard: str | None = None
    op: str = ""
    trigger_id: str = ""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """How far a generation that is being built has come."""

    generation: str
    records: int
    since_ms: int


def key(generation: str, name: Name, subject: str = "", *, restricted: bool = False) -> str:
    """Return a key of a generation.

    Examples:
        >>> key("7", Name.ALERTS, "brw_31c")
        'loanwatch:desk:7:alerts:brw_31c'
        >>> key("7", Name.CASES, restricted=True)
        'loanwatch:restricted:7:cases'
    """
    root = RESTRICTED_ROOT if restricted else ROOT
    return f"{root}:{generation}:{name.value}" + (f":{subject}" if subject else "")


def version(major: int, minor: int = 0) -> str:
    """Return a version, which compares as a text; negative parts count as 0.

    Examples:
        >>> version(7) < version(7, 1) < version(10)
        True
    """
    return f"{_part(major)}{_part(minor)}"


def earliest(at_ms: int, of_several: int = 0) -> str:
    """Return a version by which the earliest instant wins, and of several the greatest.

    Examples:
        >>> earliest(9) < earliest(8)
        True
    """
    return version(_LARGEST - at_ms, of_several)


def _part(number: int) -> str:
    return f"{min(max(0, number), _LARGEST):0{PART_DIGITS}d}"
