"""`health.v1`: what is wrong with the watch itself rather than with a borrower (lane OPS)."""

from enum import StrEnum

import msgspec

from schemas.alert import Phase


class HealthKind(StrEnum):
    """What kind of trouble."""

    CONTROL_REFUSED = "control_refused"
    CONTROL_VOID = "control_void"
    ACTION_REFUSED = "action_refused"
    RULE_FAILED = "rule_failed"
    STATE_REBUILT = "state_rebuilt"
    CLOCK_REFUSED = "clock_refused"


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
