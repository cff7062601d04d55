"""What the tier is told by the episodes: open warnings as signals, alerts as an occasion."""

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.alert import Alert, Cause, MeasureValue, Text, Transition
from stream.decide.borrower import Borrower
from stream.decide.tiers.facts import Occasion, Signal
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import is_visible

REPAIRS: Final = frozenset(
    {
        Cause.CORRECTION,
        Cause.LATE_DATA,
        Cause.LOAN_CLOSED,
        Cause.RULE_CHANGED,
        Cause.POLICY_CHANGED,
    }
)
"""Causes that a change of the tier takes over from what brought it about."""


class _Told(msgspec.Struct):
    """What the tier needs of the alert that an episode keeps."""

    alert_id: str
    signal: str
    family: str
    lane: str
    hard: bool
    title: Text
    clears_when: Text
    measures: tuple[MeasureValue, ...] = ()
    simulated: bool = False


_told = msgspec.json.Decoder(_Told)


def signals_of(borrower: Borrower) -> list[Signal]:
    """Return the open warnings as signals, by rule; those of rules on trial are none."""
    return [
        Signal(
            rule=rule,
            signal=(told := _told.decode(episode.alert)).signal,
            family=told.family,
            lane=told.lane,
            tier=episode.tier,
            hard=told.hard,
            alert_id=told.alert_id,
            title=told.title,
            clears_when=told.clears_when,
            measures=told.measures,
            simulated=told.simulated,
        )
        for rule, episode in sorted(borrower.episodes.items())
        if episode.tier and not episode.shadow
    ]


def counts(alert: Alert, policy: Policy) -> bool:
    """Whether an alert concerns the tier; one that does not leaves no sign that it was told."""
    return is_visible(alert.lane, alert.signal, policy)


def occasion_of(told: Sequence[Alert]) -> Occasion:
    """Return what the alerts told just now mean to the tier."""
    causes = {alert.cause for alert in told}
    cause = causes.pop() if len(causes) == 1 else None
    return Occasion(
        cause=cause if cause in REPAIRS else None,
        taken_back=frozenset(alert.rule.name for alert in told if _takes_back(alert)),
    )


def _takes_back(alert: Alert) -> bool:
    return alert.transition is Transition.WITHDRAWN or alert.cause is Cause.LOAN_CLOSED
