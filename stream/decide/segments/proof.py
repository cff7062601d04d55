"""A segment's incident as an alert: a function of the answer and the incident alone.

So it is the same whichever partition tells it, and whenever the answer comes: it is stamped with
the time at which the partitions told of the round.
"""

from typing import NamedTuple

from schemas.alert import (
    Alert,
    Cause,
    MeasureValue,
    Phase,
    RuleVersion,
    Text,
    Tier,
    Transition,
    alert_id,
)
from schemas.instants import wire
from schemas.journal import CollectionSnapshot, SegmentSnapshot, SegmentTiers
from stream.decide.segments import words
from stream.decide.segments.known import Incident, subject_of
from stream.decide.segments.policy import Policy

SEGMENT = "SEGMENT"
FAMILY = "portfolio"
RULES = {
    "G01": "g01_failure_spike",
    "G05": "g05_segment_sales",
    "G06": "g06_batch_collapse",
}
LANES = {"G01": "ops", "G05": "credit", "G06": "credit"}

DAMPING = "G05"
"""The signal that explains its members' soft warnings (domain.md 4.2.4)."""

OUTAGE = "G01"
"""The signal that explains failed debits."""

Judged = SegmentSnapshot | SegmentTiers | CollectionSnapshot
"""The answers that a signal is judged by."""


class Change(NamedTuple):
    """What happened to a signal of a segment.

    Attributes:
        signal: `G01`, `G05` or `G06`.
        told: The answer that decided.
        before: The tier before.
        transition: What happened.
        cause: Why.
    """

    signal: str
    told: Judged
    before: int
    transition: Transition
    cause: Cause


def alert_of(change: Change, incident: Incident, *, phase: Phase, policy: Policy) -> Alert:
    """Build the alert of an incident after a change."""
    signal, told = change.signal, change.told
    subject, rule = subject_of(told), RULES[signal]
    reason, clears = _sentences(told, policy)
    return Alert(
        alert_id=alert_id(subject, rule, incident.number, incident.ordinal),
        subject_kind=SEGMENT,
        subject_id=subject,
        signal=signal,
        family=FAMILY,
        lane=LANES[signal],
        tier=Tier(incident.tier).word,
        previous_tier=Tier(change.before).word,
        hard=False,
        transition=change.transition,
        cause=change.cause,
        phase=phase,
        episode=incident.number,
        ordinal=incident.ordinal,
        effective_from=wire(told.at_ms),
        detected_at=wire(told.at_ms),
        title=words.TITLES[signal],
        reason=reason,
        clears_when=clears,
        rule=RuleVersion(
            name=rule,
            fingerprint=policy.fingerprint,
            ruleset=policy.name,
            ruleset_version=policy.version,
        ),
        measures=_measures(told, policy),
    )


def _sentences(told: Judged, policy: Policy) -> tuple[Text, Text]:
    match told:
        case SegmentSnapshot():
            return words.sales_reason(told, policy), words.sales_clears(policy)
        case SegmentTiers():
            return words.collapse_reason(told, policy), words.collapse_clears(told, policy)
        case CollectionSnapshot():
            return words.failures_reason(told), words.failures_clears(policy)


def _measures(told: Judged, policy: Policy) -> tuple[MeasureValue, ...]:
    match told:
        case SegmentSnapshot():
            return words.sales_measures(told, policy)
        case SegmentTiers():
            return words.collapse_measures(told, policy)
        case CollectionSnapshot():
            return words.failures_measures(told, policy)
