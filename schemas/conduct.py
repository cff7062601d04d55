"""Conduct profiles: when, how often and for what a machine may contact a borrower, as data.

A profile has editions, each with the day since which it is in force; every number names its
source. The ones that are shipped stand in `stream/decide/collection/profiles.json`; a signed
`conduct` record replaces them one by one (domain.md 4.7).
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.collection_trigger import Channel, CollectionAction, Guard
from schemas.failure_codes import ReasonClass

Clock = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
"""1 is Monday."""
Source = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Hours(_Part, frozen=True):
    """When a contact may be made, by the clock of each zone of the borrower.

    `holidays` says whether public holidays are days like others, `night_by_consent` whether a
    borrower's own consent lifts the hours.
    """

    opens: Clock
    closes: Clock
    weekdays: tuple[Weekday, ...]
    holidays: bool
    night_by_consent: bool
    source: Source

    def __post_init__(self) -> None:
        """Refuse hours that never open."""
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError(f"expected hours that open, got {self.opens} to {self.closes}")


class Cap(_Part, frozen=True):
    """At most so many contacts by a channel within any so many hours.

    `talks` counts only the contacts in which somebody was spoken to.
    """

    channel: Channel
    at_most: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    within_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
    source: Source
    talks: bool = False


class Retries(_Part, frozen=True):
    """How a failed debit may be tried again, by scheme of its failure code.

    Attributes:
        at_most: Retries of one instalment, its first attempt not counted, within `within_days`.
        apart_hours: From one attempt to the next.
        no_funds_days: It ends when the latest failures on so many days were for want of funds.
        only: Reasons after which a retry is allowed at all.
    """

    at_most: Count
    within_days: Count
    apart_hours: Count
    no_funds_days: Annotated[int, msgspec.Meta(ge=1, le=100)]
    only: tuple[ReasonClass, ...]
    source: Source


class Number(_Part, frozen=True):
    """One number and where it is from."""

    value: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    source: Source


class Channels(_Part, frozen=True):
    """By which channels, and why."""

    channels: tuple[Channel, ...]
    source: Source


class Actions(_Part, frozen=True):
    """Which actions, and why."""

    actions: tuple[CollectionAction, ...]
    source: Source


class Edition(_Part, frozen=True):
    """The numbers of a profile from a day on.

    Attributes:
        since: The first day.
        hours: When a contact may be made.
        caps: How often.
        retries: Of debits, by scheme of the failure code; `DEFAULT` for the rest.
        consent: Channels that need a consent.
        approval: Actions that two people release, where the tier alone asks for them.
        dispute_days: How long a dispute holds by itself, until a person has to look.
        hardship_days: The same of a hardship that was claimed.
        release_minutes: Over how long what waited for the hours is let go, from opening.
        per_hour: How many proposals one partition makes at most.
        per_day: The same of a day (UTC).
        settle_hours: How long after a payment nothing is asked for.
        pending_hours: How long a payment that was begun is waited for.
        give_up_days: How long a contact that only the tier asked for is tried.
        legal_basis: Of each guard.
    """

    since: date
    hours: Hours
    caps: tuple[Cap, ...]
    retries: dict[str, Retries]
    consent: Channels
    approval: Actions
    dispute_days: Number
    hardship_days: Number
    release_minutes: Number
    per_hour: Number
    per_day: Number
    settle_hours: Number
    pending_hours: Number
    give_up_days: Number
    legal_basis: dict[Guard, Source]

    def __post_init__(self) -> None:
        """Refuse an edition in which a guard has no basis, or debits have no rule."""
        missing = [guard.value for guard in Guard if guard not in self.legal_basis]
        if missing:
            raise ValueError(f"expected a legal basis of each guard, none of {', '.join(missing)}")
        if "DEFAULT" not in self.retries:
            raise ValueError("expected `retries` of DEFAULT")


class ConductProfile(_Part, frozen=True):
    """One profile; of a draft nothing is proposed until people have accepted it."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    draft: bool
    editions: tuple[Edition, ...]

    def __post_init__(self) -> None:
        """Refuse a profile without editions, or with such as do not follow one another."""
        days = [edition.since for edition in self.editions]
        if not days or days != sorted(set(days)):
            raise ValueError("expected editions in the order of `since`")

    def on(self, day: date) -> Edition:
        """Return the edition in force on a day; before the first one the first counts."""
        return next(
            (each for each in reversed(self.editions) if each.since <= day), self.editions[0]
        )
