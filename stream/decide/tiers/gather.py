"""What the tier is told by the episodes: open warnings as signals, alerts as an occasion."""

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.alert import Alert, Cause, MeasureValue, Text, Tier, Transition
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.tiers.facts import Occasion, Signal, episode_key, rule_and_subject
from stream.decide.tiers.owed import DEFAULT_ENTITY
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


DISPROVING: Final = frozenset({Cause.CORRECTION, Cause.LATE_DATA})
"""Of a warning that is lowered for one of these, the higher tier never was."""


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


def signals_of(borrower: Borrower, *, damped: bool) -> list[Signal]:
    """Return the open warnings as signals, by episode; those of rules on trial are none.

    Args:
        borrower: Whose.
        damped: Whether its segment fell as a whole, and it no worse than most.
    """
    return [
        Signal(
            rule=(parts := rule_and_subject(key))[0],
            subject=parts[1],
            legal_entity=entity_of(borrower, parts[1]),
            signal=(told := _told.decode(episode.alert)).signal,
            family=told.family,
            lane=told.lane,
            tier=episode.tier,
            hard=told.hard,
            alert_id=told.alert_id,
            title=told.title,
            clears_when=told.clears_when,
            measures=told.measures,
            damped=damped,
            simulated=told.simulated,
        )
        for key, episode in sorted(borrower.episodes.items())
        if episode.tier and not episode.shadow
    ]


def counts(alert: Alert, policy: Policy) -> bool:
    """Whether an alert concerns the tier; one that does not leaves no sign that it was told."""
    return is_visible(alert.lane, alert.signal, policy)


def entity_of(borrower: Borrower, loan_id: str) -> str | None:
    """Return towards whom a warning about a loan counts, `None` if it is about no loan."""
    if not loan_id:
        return None
    return borrower.ledger.legal_entity(loan_id) or DEFAULT_ENTITY


def loan_of(alert: Alert) -> str:
    """Return the loan that an alert is about, empty if it is about the borrower."""
    return "" if alert.subject_kind == alerts.BORROWER else alert.subject_id


def occasion_of(told: Sequence[Alert]) -> Occasion:
    """Return what the alerts told just now mean to the tier."""
    causes = {alert.cause for alert in told}
    cause = causes.pop() if len(causes) == 1 else None
    return Occasion(
        cause=cause if cause in REPAIRS else None,
        taken_back={
            episode_key(alert.rule.name, loan_of(alert)): remains
            for alert in told
            if (remains := _remains(alert)) is not None
        },
    )


def _remains(alert: Alert) -> int | None:
    """Return the tier that remains of a warning that never was as high, `None` if it was."""
    if alert.transition is Transition.WITHDRAWN or alert.cause is Cause.LOAN_CLOSED:
        return 0
    is_disproved = alert.transition is Transition.LOWERED and alert.cause in DISPROVING
    return Tier[alert.tier.upper()] if is_disproved else None
