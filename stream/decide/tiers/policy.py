"""The tier policy: every number by which tiers rise and fall, as one checked structure.

`default.toml` beside this file is the profile that is shipped; a profile of an adopter has the
same shape. Nothing in the other files of this room is a number of its own.

Lists of three are for mild, moderate and severe; the accessors take a tier of 1 to 3.
"""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from typing import Annotated, Any, Final

import msgspec

from rules.catalogue import FAMILIES, LANES
from rules.errors import closest
from schemas.alert import Cause
from schemas.instants import DAY_MS, HOUR_MS
from stream.ledger.punctuality import ROW_MOST

Percent = Annotated[int, msgspec.Meta(ge=0, le=99)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
TierNumber = Annotated[int, msgspec.Meta(ge=0, le=3)]
Three = tuple[Count, Count, Count]
Instalments = Annotated[int, msgspec.Meta(ge=0, le=ROW_MOST)]
Row = tuple[Instalments, Instalments, Instalments]


class PolicyError(ValueError):
    """Data that makes no policy; the message names the field."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Annotated[str, msgspec.Meta(min_length=1)]


class Score(_Section, frozen=True):
    """What a family's worst warning weighs, and from where the sum is which tier."""

    weights_percent: tuple[Percent, Percent, Percent]
    thresholds_percent: tuple[Percent, Percent, Percent]


class Votes(_Section, frozen=True):
    """Whose warnings count, and whose are no key for severe.

    Attributes:
        lanes: Whose warnings count.
        lane_only_signals: Signals of these that do not.
        keyless_families: Families that are no key.
        echoes: By signal, the family beside whose warnings it is no second key.
    """

    lanes: tuple[str, ...]
    lane_only_signals: tuple[str, ...]
    keyless_families: tuple[str, ...]
    echoes: dict[str, str]


class NewLoan(_Section, frozen=True):
    """For how long soft signals but `signals` do not count after disbursement."""

    days: Count
    signals: tuple[str, ...]


class Damping(_Section, frozen=True):
    """Which soft signals are explained by a collapse of the whole segment."""

    families: tuple[str, ...]
    most_tier: TierNumber


class Rise(_Section, frozen=True):
    """For how long a soft signal must be held before it counts."""

    soft_hold_hours: Three
    own_persistence: tuple[str, ...]


class Fall(_Section, frozen=True):
    """What must have gone well before a tier comes down by one."""

    clear_days: tuple[Positive, Positive, Positive]
    instalments_hard: Row
    instalments_soft: Row
    short_interval_days: Count
    instalments_short: Row
    quiet_days: Positive
    coverage_signals: tuple[str, ...]
    release_people: Three


class Flapping(_Section, frozen=True):
    """When a tier that goes up and down is held up."""

    most_changes: Positive
    within_days: Positive
    lock_days: Positive
    not_counted: tuple[Cause, ...]


class AdmissionRules(_Section, frozen=True):
    """When a moderate borrower reaches a person."""

    person_after_days: Count


class SnoozeRules(_Section, frozen=True):
    """For how long, and by how many, a borrower may be put off."""

    most_hours: Three
    people: tuple[Positive, Positive, Positive]


class Telling(_Section, frozen=True):
    """How often that which is no change is told."""

    cooldown_hours: Three


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile, whole; made by `read` alone, which checks what the types cannot."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]{0,63}$")]
    version: Positive
    score: Score
    votes: Votes
    new_loan: NewLoan
    damping: Damping
    rise: Rise
    fall: Fall
    flapping: Flapping
    admission: AdmissionRules
    snooze: SnoozeRules
    telling: Telling

    def weight_percent(self, tier: int) -> int:
        """What a family weighs whose worst warning has this tier."""
        return self.score.weights_percent[tier - 1]

    def hold_ms(self, signal: str, tier: int) -> int:
        """How long a soft signal must be held before it counts at this tier."""
        if tier == 1 and signal in self.rise.own_persistence:
            return 0
        return self.rise.soft_hold_hours[tier - 1] * HOUR_MS

    def clear_ms(self, tier: int) -> int:
        """How long a tier must have been clear before it comes down."""
        return self.fall.clear_days[tier - 1] * DAY_MS

    def instalments(self, tier: int, *, hard: bool, interval_days: int | None) -> int:
        """How many instalments in a row must be paid on time before a tier comes down."""
        if not hard:
            return self.fall.instalments_soft[tier - 1]
        if interval_days is not None and interval_days <= self.fall.short_interval_days:
            return self.fall.instalments_short[tier - 1]
        return self.fall.instalments_hard[tier - 1]

    def release_people(self, tier: int) -> int:
        """How many people end the wait of a tier by signing; 0 if nobody can."""
        return self.fall.release_people[tier - 1]

    def cooldown_ms(self, tier: int) -> int:
        """How long the same refusal at this tier is not told again."""
        return self.telling.cooldown_hours[tier - 1] * HOUR_MS

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of what the policy says."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:12]


def read(data: Mapping[str, Any]) -> Policy:
    """Make a policy of plain data.

    Raises:
        PolicyError: If it makes none. The message names the field.

    Examples:
        >>> read({"name": "mine", "version": 0})
        Traceback (most recent call last):
            ...
        stream.decide.tiers.policy.PolicyError: Expected `int` >= 1 - at `$.version`
    """
    try:
        policy = msgspec.convert(data, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(str(error)) from error
    for field, values in _rising(policy).items():
        if list(values) != sorted(set(values)):
            raise PolicyError(f"expected `{field}` to rise, got {list(values)}")
    for field, words, known in _named(policy):
        for word in words:
            if word not in known:
                raise PolicyError(_unknown(field, word, known))
    return policy


def _rising(policy: Policy) -> dict[str, tuple[int, ...]]:
    return {
        "score.weights_percent": policy.score.weights_percent,
        "score.thresholds_percent": policy.score.thresholds_percent,
    }


def _named(policy: Policy) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    return (
        ("votes.lanes", policy.votes.lanes, LANES),
        ("votes.keyless_families", policy.votes.keyless_families, FAMILIES),
        ("votes.echoes", tuple(policy.votes.echoes.values()), FAMILIES),
        ("damping.families", policy.damping.families, FAMILIES),
    )


def _unknown(field: str, word: str, known: tuple[str, ...]) -> str:
    near = closest(word, known)
    hint = f": did you mean `{near}`?" if near else ""
    return f"expected in `{field}` one of {', '.join(known)}, got `{word}`{hint}"


def shipped() -> Policy:
    """Read the profile that comes with this engine."""
    text = resources.files(__package__).joinpath("default.toml").read_text(encoding="utf-8")
    return read(tomllib.loads(text))


DEFAULT: Final = shipped()
