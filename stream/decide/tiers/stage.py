"""The tier as a stage of the step: after the episodes, before actions.

The borrower is looked at when a warning was told, when the facts of the ledger differ from
those of the last look, and when the time of the last look's deadline has come; not otherwise.
A tier is per legal entity: a warning about a loan counts towards the loan's, one about the
borrower itself towards each of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.alert import Alert, Cause, Phase, Tier
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.tier import TierChange
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.episodes import EVIDENCE_MOST
from stream.decide.outbox import Outbox
from stream.decide.tiers import words
from stream.decide.tiers.facts import FLOOR, Facts, Occasion, Signal, rule_and_subject
from stream.decide.tiers.gather import counts, entity_of, loan_of, occasion_of, signals_of
from stream.decide.tiers.machine import Change, Look, look
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.tiers.policy import DEFAULT, Policy
from stream.decide.tiers.records import Proof, Whose, change_of, ranked_of, tier_of
from stream.decide.tiers.state import TierState

NOTHING_OWED: Final[Mapping[str, Facts]] = {DEFAULT_ENTITY: Facts()}
"""The facts of a borrower of whom the ledger says nothing."""


class Setting(NamedTuple):
    """Where the stage stands: the time, the rule set in force, and where its results go.

    `damped`: whether the fall of its segment explains soft warnings about the borrower.
    """

    now_ms: int
    ruleset: tuple[str, int]
    outbox: Outbox
    policy: Policy = DEFAULT
    damped: bool = False


def assess(
    borrower: Borrower, facts: Mapping[str, Facts], setting: Setting, *, anew: bool = False
) -> bool:
    """Look at the borrower towards each legal entity, if there is a reason to; say if there was.

    Args:
        borrower: Whose tiers, and what was told of it.
        facts: By legal entity, of its open loans.
        setting: Where the stage stands.
        anew: Whether to look in any case: what is damped has changed.
    """
    told = [alert for alert in borrower.told if counts(alert, setting.policy)]
    borrower.told.clear()
    signals: list[Signal] | None = None
    has_looked = False
    for entity in sorted({*facts, *borrower.tier.entities}):
        state = borrower.tier.entities.get(entity, TierState())
        known = facts.get(entity, Facts())
        heard = [each for each in told if _is_towards(entity_of(borrower, loan_of(each)), entity)]
        if not (anew or heard or known != state.facts or _is_due(state, setting.now_ms)):
            continue
        has_looked = True
        signals = signals_of(borrower, damped=setting.damped) if signals is None else signals
        towards = _towards(signals, entity)
        found = look(
            state,
            signals=towards,
            facts=known,
            now_ms=setting.now_ms,
            policy=setting.policy,
            occasion=_occasion(heard, state.facts, known),
        )
        _keep(borrower, entity, found.state)
        _tell(borrower, entity, found, towards, setting)
    return has_looked


def carry(borrower: Borrower, setting: Setting) -> None:
    """Tell the tiers that bootstrap left, as they stand at go-live."""
    signals = signals_of(borrower, damped=setting.damped)
    for entity, state in sorted(borrower.tier.entities.items()):
        towards = _towards(signals, entity)
        found = look(
            state,
            signals=towards,
            facts=state.facts,
            now_ms=setting.now_ms,
            policy=setting.policy,
        )
        tier = found.state.tier
        if tier and found.change is None:
            by = tuple(each for each in found.state.rungs[-1].by if each != FLOOR)
            found = found._replace(change=Change(tier, tier, Cause.GO_LIVE, by))
        _keep(borrower, entity, found.state)
        _tell(borrower, entity, found, towards, setting)


def _towards(signals: Iterable[Signal], entity: str) -> list[Signal]:
    return [each for each in signals if _is_towards(each.legal_entity, entity)]


def _is_towards(named: str | None, entity: str) -> bool:
    return named is None or named == entity


def _occasion(told: Sequence[Alert], before: Facts, known: Facts) -> Occasion:
    """Return what has happened; a floor that is gone with its loan says so."""
    occasion = occasion_of(told)
    if occasion.cause is None and len(known.loans) < len(before.loans):
        return replace(occasion, cause=Cause.LOAN_CLOSED)
    return occasion


def _is_due(state: TierState, now_ms: int) -> bool:
    return state.deadline_ms is not None and state.deadline_ms <= now_ms


def _keep(borrower: Borrower, entity: str, state: TierState) -> None:
    borrower.tier.entities[entity] = state
    borrower.changed.add("tier")
    if borrower.header.tier != borrower.tier.highest:
        borrower.header.tier = borrower.tier.highest
        borrower.changed.add("header")


def _tell(
    borrower: Borrower,
    entity: str,
    found: Look,
    signals: Sequence[Signal],
    setting: Setting,
) -> None:
    record: TierChange | None = None
    borrower.tier.changes += found.change is not None
    whose = _whose(borrower, entity, setting)
    if found.change is not None:
        proof = _proof(borrower, found, found.change, signals)
        record = change_of(whose, found, found.change, proof, setting.policy)
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
        present = tier_of(whose, found, signals, setting.policy)
        setting.outbox.tier(present, record)
        if setting.outbox.phase is Phase.LIVE:
            borrower.ranked[entity] = ranked_of(present, found, signals, setting.policy)


def _proof(borrower: Borrower, found: Look, change: Change, signals: Sequence[Signal]) -> Proof:
    """Gather what a change rests on; an ended warning is known from the last look's traces."""
    traces = {**found.before.traces, **found.found.traces}
    episodes = [borrower.episodes[key] for key in change.episodes if key in borrower.episodes]
    event_ids = dict.fromkeys(each for episode in episodes for each in episode.evidence)
    return Proof(
        signals=signals,
        alert_ids=tuple(traces[key].alert_id for key in change.episodes),
        event_ids=tuple(event_ids)[-EVIDENCE_MOST:],
        simulated=any(traces[key].simulated for key in change.episodes),
    )


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
    by = {episode for rung in found.state.rungs for episode in rung.by}
    rules = sorted({rule_and_subject(episode)[0] for episode in by})
    tier = Tier(found.state.tier).word
    setting.outbox.health(
        HealthKind.TIER_FLAPS,
        subject=borrower.borrower_id,
        about=f"{entity}/{found.state.at_ms}",
        message=f"the tier towards {entity} is locked at {tier}: {', '.join(rules)}",
        at_ms=setting.now_ms,
    )
