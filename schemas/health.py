"""`health.v1`: what is wrong with the watch itself rather than with a borrower (lane OPS)."""

from enum import StrEnum

import msgspec

from schemas.alert import Phase


class HealthKind(StrEnum):
    """What kind of trouble."""

    CONTROL_REFUSED = "control_refused"
    ACTION_REFUSED = "action_refused"
    RULE_FAILED = "rule_failed"
    STATE_REBUILT = "state_rebuilt"
    UNREAD_RECORD = "unread_record"
    TIER_FLAPS = "tier_flaps"
    SOURCE_SILENT = "source_silent"
    """H01: a feed stands still although time goes on."""
    LATENESS = "lateness"
    """H02: events of a feed come far later than they use to."""
    BROKEN_TOTALS = "broken_totals"
    """H05: a source has sent something else than it says, or nothing although it lives."""
    CLOCK_SKEW = "clock_skew"
    """H10: a source is ahead of the time."""
    FEED_GAP = "feed_gap"
    """A reader of the compliance feed has not all that it should have by now."""
    COMPLIANCE_REFUSED = "compliance_refused"
    """Somebody signed a compliance action that does not count."""
    CALENDAR_UNKNOWN = "calendar_unknown"
    """H11: nobody has said which days of this year are special."""
    SEGMENT_STRESS = "segment_stress"
    """M has to call far more unusual in a segment than its p-values say, or far less."""
    CONDUCT_BREACH = "conduct_breach"
    """H14: a contact without leave, or leave for what was not proposed."""
    MODEL_DRIFT = "model_drift"
    """H06: a detector's p-values lie otherwise than they did."""
    MODEL_MISSING = "model_missing"
    """H07: a detector has nothing to say more often than it had."""
    MODEL_PRECISION = "model_precision"
    """H08: closed cases that rested on a detector were seldom right."""
    MODEL_CALIBRATION = "model_calibration"
    """H09: of those that a model gave a chance, more or fewer turned out bad."""
    MODEL_DEMOTED = "model_demoted"
    """A detector is no longer heard, until people promote it again."""


class Health(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="health.v1",
):
    """One finding; `health_id` is the same when the same record is folded again.

    What lasts has a second record when it has `ended`, under the same subject.
    """

    health_id: str
    kind: HealthKind
    subject: str
    message: str
    at: str
    phase: Phase
    ended: bool = False
