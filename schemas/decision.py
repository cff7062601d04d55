"""`decision.v1`: everything that `step` decided, in order, per subject.

The `decisions` topic is what compliance and audit read, and what a replay is compared with,
byte for byte. `ordinal` counts the decisions of one subject without a gap. A record names no
partition and no offset, so that a split journal gives the same ones.

What is decided in the restricted lane goes to `decisions-restricted` and is counted apart
(`brw_31c/restricted/7`): the ordinals of the others show no gap where it was.
"""

from enum import StrEnum

import msgspec

from schemas.alert import Alert, Phase
from schemas.book_day import DayClosed
from schemas.collection_trigger import CollectionTrigger
from schemas.model import Demotion
from schemas.tier import TierChange


class DecisionKind(StrEnum):
    """What was decided."""

    EPISODE = "episode"
    TIER = "tier"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    VERSION_CONFLICT = "version_conflict"
    STALE_VERSION = "stale_version"
    TOO_LATE = "too_late"
    TEST_RECORD = "test_record"
    IN_DOUBT = "in_doubt"
    QUIET = "quiet"
    OVER = "over"
    MORNING = "morning"
    DAY_CLOSED = "day_closed"
    CONTROL_APPLIED = "control_applied"
    CONTROL_REFUSED = "control_refused"
    ACTION_NOTED = "action_noted"
    ACTION_REFUSED = "action_refused"
    TRIGGER = "trigger"
    PERMIT_NOTED = "permit_noted"
    OUTCOME_NOTED = "outcome_noted"
    CONDUCT_BREACH = "conduct_breach"
    RULE_FAILED = "rule_failed"
    MODELS_RESTORED = "models_restored"
    """Found to be fraud: the detectors' rows are those from before the warnings again."""
    MODEL_DEMOTED = "model_demoted"
    """A detector has drifted, or was seldom right: it is no longer heard."""


class ControlNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who changed what, when a control record was applied; `digest` is of the text signed."""

    record_id: str
    subject: str
    author: str
    approver: str
    issued_at: str
    digest: str
    supersedes: str | None = None


class TieOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many loans tie out with the core, by verdict, and why those differ that do."""

    ties: dict[str, int]
    causes: dict[str, int]


class Decision(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="decision.v1",
):
    """One decision; `about` is the id of the event or signed record that it is about.

    Only `day_closed` is of a partition and not of a subject: see `schemas.book_day`.
    """

    decision_id: str
    subject_kind: str
    subject_id: str
    ordinal: int
    kind: DecisionKind
    at: str
    phase: Phase
    about: str | None = None
    detail: str | None = None
    alert: Alert | None = None
    tier_change: TierChange | None = None
    trigger: CollectionTrigger | None = None
    control: ControlNote | None = None
    tie_out: TieOut | None = None
    day: DayClosed | None = None
    demotion: Demotion | None = None
