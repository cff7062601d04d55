"""`tier_change.v1` and `tier.v1`: how worried to be about a borrower, and why.

A tier is per borrower and legal entity. Every change of it is one record of `tier-changes`,
with everything that led to it; `tiers` holds the present one, compacted. Readers may act on a
change without reading anything else.
"""

from enum import StrEnum

import msgspec

from schemas.alert import Cause, MeasureValue, Phase, Text


class KeyKind(StrEnum):
    """What stands for one key of the rule of two keys."""

    HARD_FACT = "hard_fact"
    FAMILY = "family"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why severe is allowed.

    Of a hard fact the rule, `#floor` for the ledger's days past due; else one of two families.
    """

    kind: KeyKind
    name: str


class FamilyVote(msgspec.Struct, frozen=True, kw_only=True):
    """The one vote of a family: its worst warning, and all rules that warn in it."""

    family: str
    tier: int
    hard: bool
    weight: float
    rules: tuple[str, ...]


class TierScore(msgspec.Struct, frozen=True, kw_only=True):
    """The warnings that count, as one number in [0, 1); high is bad."""

    total: float
    families: tuple[FamilyVote, ...]


class CountedWarning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One warning that counts, at the `tier` with which it does, with its numbers."""

    alert_id: str
    rule: str
    signal: str
    family: str
    tier: int
    hard: bool
    measures: tuple[MeasureValue, ...] = ()


class FloorFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ledger's facts below which the tier cannot be, and when the next instalment is due."""

    tier: str
    dpd: int
    unverified: bool = False
    forborne: bool = False
    next_due: str | None = None


class Admitted(StrEnum):
    """Who is to look at the borrower; not the same as the tier."""

    NOBODY = "nobody"
    MACHINE = "machine"
    PERSON = "person"


class AdmissionReason(StrEnum):
    """Why."""

    NO_TIER = "no_tier"
    MILD = "mild"
    SINGLE_SOFT_FAMILY = "single_soft_family"
    LASTS = "lasts"
    TOP_EXPOSURE = "top_exposure"
    SECOND_FAMILY = "second_family"
    HARD_FACT = "hard_fact"
    SEVERE = "severe"
    SNOOZED = "snoozed"


class Admission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is to look, why, and until when that holds (a snooze's end)."""

    to: Admitted
    reason: AdmissionReason
    until: str | None = None


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which tier policy decided."""

    name: str
    version: int
    fingerprint: str


class TierChange(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="tier_change.v1",
):
    """One change of a borrower's tier towards one legal entity.

    `sequence_no` counts the changes of the borrower without a gap, over all its legal entities.
    `from` and `to` are words; at go-live they are equal. `measures` are the machine's own numbers
    (score, days past due, clear days, instalments), each with its threshold; those behind a
    warning stand in `warnings`. `contributing_alert_ids` and `evidence_event_ids` are of what
    counts now, or of a fall of what had held the tier; `damped_alert_ids` of what is open and does
    not count, since the whole segment fell.
    """

    change_id: str
    borrower_id: str
    legal_entity: str
    sequence_no: int
    from_: str = msgspec.field(name="from")
    to: str
    cause: Cause
    phase: Phase
    at: str
    hard: bool
    score: TierScore
    floor: FloorFacts
    admission: Admission
    reason: Text
    clears_when: Text
    policy: PolicyVersion
    ruleset: str
    ruleset_version: int
    keys: tuple[Key, ...] = ()
    measures: tuple[MeasureValue, ...] = ()
    warnings: tuple[CountedWarning, ...] = ()
    contributing_alert_ids: tuple[str, ...] = ()
    damped_alert_ids: tuple[str, ...] = ()
    evidence_event_ids: tuple[str, ...] = ()
    locked_until: str | None = None
    data_freshness: dict[str, str] = {}
    simulated: bool = False


class BorrowerTier(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="tier.v1",
):
    """The present tier of a borrower towards one legal entity, `since` when, and who looks.

    `sequence_no` is that of the last change; `at` is when this was found. What is damped is open
    and does not count, since the whole segment fell.
    """

    borrower_id: str
    legal_entity: str
    sequence_no: int
    tier: str
    since: str
    at: str
    hard: bool
    score: TierScore
    floor: FloorFacts
    admission: Admission
    clears_when: Text
    policy: PolicyVersion
    contributing_alert_ids: tuple[str, ...] = ()
    damped_alert_ids: tuple[str, ...] = ()
    locked_until: str | None = None
    simulated: bool = False


def change_id(borrower_id: str, legal_entity: str, sequence_no: int) -> str:
    """Return the id of a change.

    Examples:
        >>> change_id("brw_31c", "default", 4)
        'brw_31c/default/4'
    """
    return f"{borrower_id}/{legal_entity}/{sequence_no}"
