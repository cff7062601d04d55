"""`alert.v1`: one transition of one warning, with its proof (domain.md 2.8).

A reader of the `alerts` topic sees each `alert_id` once; the id is made of subject, rule and
two ordinals, so a replay makes the same one. Every number that led to the alert stands in it:
what was measured, against what, over which window, from how many events, by which version of
which rule or model, and how fresh the data was.
"""

from enum import IntEnum, StrEnum

import msgspec


class Tier(IntEnum):
    """How worried to be; 0 is not at all."""

    NONE = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3

    @property
    def word(self) -> str:
        """The tier as it is written."""
        return self.name.lower()


class Transition(StrEnum):
    """What happened to the episode."""

    OPENED = "opened"
    ESCALATED = "escalated"
    LOWERED = "lowered"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"
    CARRIED = "carried"


class Cause(StrEnum):
    """Why it happened: one list for alerts, tiers and triggers (architecture.md 5)."""

    SIGNAL = "signal"
    COMPOUND = "compound"
    DECAY = "decay"
    OPERATOR = "operator"
    CORRECTION = "correction"
    LATE_DATA = "late_data"
    RULE_CHANGED = "rule_changed"
    POLICY_CHANGED = "policy_changed"
    LOAN_CLOSED = "loan_closed"
    GO_LIVE = "go_live"


class Phase(StrEnum):
    """Before and after go-live; in bootstrap nothing is handed to anybody."""

    BOOTSTRAP = "bootstrap"
    LIVE = "live"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence in the two languages of the desk."""

    en: str
    zh: str


class MeasureValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number behind the alert, with its unit, window, sample size and threshold."""

    name: str
    value: int | float | str | None
    unit: str
    window: str | None = None
    n: int | None = None
    threshold: str | None = None
    baseline: float | None = None


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule of which rule set decided."""

    name: str
    fingerprint: str
    ruleset: str
    ruleset_version: int


class DetectorScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector said, and from what."""

    detector: str
    version: int
    p_value: float
    observed: float
    expected: float
    scale: float
    n: int


class Alert(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="alert.v1",
):
    """One transition of one episode.

    The subject is a borrower, or a segment: then there is no `borrower_id`. `effective_from` is
    when the last event behind it happened, `detected_at` when the monitor's time was as it
    decided; both RFC 3339. `tier` and `previous_tier` are words.
    """

    alert_id: str
    subject_kind: str
    subject_id: str
    borrower_id: str = ""
    signal: str
    family: str
    lane: str
    tier: str
    previous_tier: str
    hard: bool
    transition: Transition
    cause: Cause
    phase: Phase
    episode: int
    ordinal: int
    effective_from: str
    detected_at: str
    title: Text
    reason: Text
    clears_when: Text
    rule: RuleVersion
    measures: tuple[MeasureValue, ...] = ()
    detector_scores: tuple[DetectorScore, ...] = ()
    evidence_event_ids: tuple[str, ...] = ()
    data_freshness: dict[str, str] = {}
    simulated: bool = False


def alert_id(subject_id: str, rule: str, episode: int, ordinal: int) -> str:
    """Return the id of an episode's transition.

    Examples:
        >>> alert_id("brw_31c", "rp02_failed_debit", 1, 2)
        'brw_31c/rp02_failed_debit/1/2'
    """
    return f"{subject_id}/{rule}/{episode}/{ordinal}"
