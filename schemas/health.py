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


class Health(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="health.v1",
):
    """One finding; `health_id` is the same when the same record is folded again."""

    health_id: str
    kind: HealthKind
    subject: str
    message: str
    at: str
    phase: Phase
