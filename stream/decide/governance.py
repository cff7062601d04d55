"""What control records have said so far, and where a partition stands: the two stored parts.

A control record counts if its id is new and it names the record in force that it supersedes;
whose signatures it needs is asked in `controls.py`.
"""

from datetime import date
from typing import Any

import msgspec

from schemas.alert import Phase
from schemas.control import Clock, ConductBody, DetectorBody, FeedSpec, RegionDays
from stream.decide.feeds.state import FeedsState


class RefusedError(ValueError):
    """A control record that does not count, with the reason."""


class Governance(msgspec.Struct, kw_only=True):
    """The stored part: what control records have said so far.

    Attributes:
        phase: Bootstrap, or live.
        clock: By which the fold's time goes.
        in_force: The id of the record in force, by its subject.
        seen: The ids of all that were applied.
        files: The rule files in force, by name.
        files_since_ms: Since when.
        parameters: Of detectors: by detector, by segment.
        lists: Members, by the list's name.
        feeds: What is declared of the sources.
        calendar: Days of business and rest, by region.
        kill_switch: Whether nobody is contacted.
        resumed_ms: When that ended last.
        conduct: How borrowers may be contacted.
        hold_out_permille: How many of a thousand mild borrowers no machine contacts.
        detectors: The standing of each detector that somebody has signed for.
    """

    phase: Phase = Phase.BOOTSTRAP
    clock: Clock = Clock.INPUT
    in_force: dict[str, str] = msgspec.field(default_factory=dict)
    seen: list[str] = msgspec.field(default_factory=list)
    files: dict[str, str] = msgspec.field(default_factory=dict)
    files_since_ms: int = 0
    parameters: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    lists: dict[str, list[str]] = msgspec.field(default_factory=dict)
    feeds: list[FeedSpec] = msgspec.field(default_factory=list)
    calendar: dict[str, RegionDays] = msgspec.field(default_factory=dict)
    kill_switch: bool = False
    resumed_ms: int = 0
    conduct: ConductBody | None = None
    hold_out_permille: int = 0
    detectors: dict[str, DetectorBody] = msgspec.field(default_factory=dict)


class Proposals(msgspec.Struct, kw_only=True, array_like=True):
    """How many collection triggers this partition has proposed, in the latest hour and day."""

    hour: int = 0
    in_hour: int = 0
    day: int = 0
    in_day: int = 0


class Position(msgspec.Struct, kw_only=True):
    """The stored part that every tick changes: the time, the feeds, the last control record.

    `tied_out` is the last day whose tie-out was told, `closed` the last that this partition has
    closed, and `days` counts these; `out` are the feeds that were silent or broken at the last
    tick, `told_ms` is the last tick that dispatch was told of.
    """

    now_ms: int = 0
    control_seq: int = -1
    feeds: FeedsState = msgspec.field(default_factory=FeedsState)
    tied_out: date | None = None
    proposals: Proposals = msgspec.field(default_factory=Proposals)
    out: list[str] = msgspec.field(default_factory=list)
    closed: date | None = None
    days: int = 0
    told_ms: int = 0


def refuse_repetition(
    record_id: str, supersedes: str | None, *, seen: list[str], in_force: str | None
) -> None:
    """Pass if the record is new and knows what it replaces.

    Raises:
        RefusedError: If its id was seen, or it does not supersede the record in force.
    """
    refuse_seen(record_id, seen)
    if supersedes != in_force:
        raise RefusedError(f"expected to supersede `{in_force}`, got `{supersedes}`")


def refuse_seen(record_id: str, seen: list[str]) -> None:
    """Pass if the record is new.

    Raises:
        RefusedError: If its id was seen.
    """
    if record_id in seen:
        raise RefusedError(f"record `{record_id}` was sent before")
