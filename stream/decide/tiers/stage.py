"""The tier as a stage of the step: after the episodes, before actions.

The borrower is looked at when a warning was told, when the facts of the ledger differ from
those of the last look, and when the time of the last look's deadline has come; not otherwise.
A tier is per legal entity; a warning about the borrower itself counts towards each of them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from schemas.alert import Alert, Cause, Text, Tier, Transition
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.tier import TierChange
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.outbox import Outbox
from stream.decide.tiers import words
from stream.decide.tiers.facts import Facts, Occasion, Signal
from stream.decide.tiers.machine import Change, Look, look
from stream.decide.tiers.policy import DEFAULT, Policy
from stream.decide.tiers.records import Whose, change_of, tier_of
from stream.decide.tiers.state import TierState

DEFAULT_ENTITY: Final = "default"
"""The legal entity of those who name none."""

NOTHING_OWED: Final[Mapping[str, Facts]] = {DEFAULT_ENTITY: Facts()}
"""The facts of a borrower of whom the ledger says nothing."""

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
    simulated: bool = False


_told = msgspec.json.Decoder(_Told)


class Setting(msgspec.Struct, frozen=True):
    """Where the stage stands: the time, the rule set in force, and where its results go."""

    now_ms: int
    ruleset: tuple[str, int]
    outbox: Outbox
    policy: Policy = DEFAULT


def assess(borrower: Borrower, facts: Mapping[str, Facts], setting: Setting) -> None:
    """Look at the borrower towards each legal entity, if there is a reason to."""
    told, borrower.told = borrower.told, []
    signals: list[Signal] | None = None
    for entity in sorted({*facts, *borrower.tier.entities}):
        state = borrower.tier.entities.get(entity, TierState())
        known = facts.get(entity, Facts())
        if not (told or known != state.facts or _is_due(state, setting.now_ms)):
            continue
        signals = signals_of(borrower) if signals is None else signals
        found = look(
            state,
            signals=signals,
            facts=known,
            now_ms=setting.now_ms,
            policy=setting.policy,
            occasion=occasion_of(told),
        )
        _keep(borrower, entity, found.state)
        _tell(borrower, entity, found, signals, setting)


def carry(borrower: Borrower, setting: Setting) -> None:
    """Tell the tiers that bootstrap left, as they stand at go-live."""
    signals = signals_of(borrower)
    for entity, state in sorted(borrower.tier.entities.items()):
        found = look(
            state,
            signals=signals,
            facts=state.facts,
            now_ms=setting.now_ms,
            policy=setting.policy,
        )
        tier = found.state.tier
        if tier and found.change is None:
            ids = tuple(signal.alert_id for signal in signals)
            found = found._replace(change=Change(tier, tier, Cause.GO_LIVE, ids))
        _keep(borrower, entity, found.state)
        _tell(borrower, entity, found, signals, setting)


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
            evidence=tuple(episode.evidence),
            simulated=told.simulated,
        )
        for rule, episode in sorted(borrower.episodes.items())
        if episode.tier and not episode.shadow
    ]


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


def _is_due(state: TierState, now_ms: int) -> bool:
    return state.deadline_ms is not None and state.deadline_ms <= now_ms


def _keep(borrower: Borrower, entity: str, state: TierState) -> None:
    borrower.tier.entities[entity] = state
    borrower.changed.add("tier")
    if borrower.header.tier != borrower.tier.highest:
        borrower.header.tier = borrower.tier.highest
        borrower.changed.add("header")


def _tell(
    borrower: Borrower, entity: str, found: Look, signals: Sequence[Signal], setting: Setting
) -> None:
    record: TierChange | None = None
    if found.change is not None:
        borrower.tier.changes += 1
        whose = _whose(borrower, entity, setting)
        record = change_of(whose, found, found.change, signals, setting.policy)
        _decide(borrower, record.change_id, record.reason.en, setting, record)
    elif found.readmitted:
        answer = found.answer
        about = f"{entity}/{answer.to.value}"
        _decide(borrower, about, f"{answer.to.value}: {answer.reason.value}", setting)
    for refused in found.refused:
        about = f"{entity}/{refused.code.value}"
        _decide(borrower, about, words.refusal(refused).en, setting)
    if found.locks:
        _report_flapping(borrower, entity, found, setting)
    if record is not None or found.state.tier:
        whose = _whose(borrower, entity, setting)
        setting.outbox.tier(tier_of(whose, found, signals, setting.policy), record)


def _whose(borrower: Borrower, entity: str, setting: Setting) -> Whose:
    return Whose(
        borrower_id=borrower.borrower_id,
        legal_entity=entity,
        sequence_no=borrower.tier.changes,
        ruleset=setting.ruleset,
        freshness=alerts.freshness(borrower),
        phase=setting.outbox.phase,
    )


def _decide(
    borrower: Borrower, about: str, detail: str, setting: Setting, change: TierChange | None = None
) -> None:
    setting.outbox.decide(
        subject_kind=alerts.BORROWER,
        subject_id=borrower.borrower_id,
        ordinal=borrower.next_ordinal(),
        kind=DecisionKind.TIER,
        at_ms=setting.now_ms,
        about=about,
        detail=detail,
        tier_change=change,
    )


def _report_flapping(borrower: Borrower, entity: str, found: Look, setting: Setting) -> None:
    """Let the owners of the rules behind it know that the tier goes up and down."""
    rules = sorted({rule for rung in found.state.rungs for rule in rung.by})
    tier = Tier(found.state.tier).word
    setting.outbox.health(
        HealthKind.TIER_FLAPS,
        subject=borrower.borrower_id,
        about=f"{entity}/{found.state.at_ms}",
        message=f"the tier towards {entity} is locked at {tier}: {', '.join(rules)}",
        at_ms=setting.now_ms,
    )
