"""A look as messages: the change, and the tier as it now is."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from schemas.alert import Cause, MeasureValue, Phase, Text, Tier
from schemas.instants import DAY_MS, wire
from schemas.tier import (
    Admission,
    BorrowerTier,
    CountedWarning,
    FloorFacts,
    PolicyVersion,
    TierChange,
    TierScore,
    change_id,
)
from stream.decide.tiers import words
from stream.decide.tiers.admission import Answer
from stream.decide.tiers.facts import Facts, Signal
from stream.decide.tiers.machine import Change, Look
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import Tally

SCORE_DIGITS: Final = 4


class Whose(NamedTuple):
    """Whose tier it is, and what stood around the look.

    Attributes:
        borrower_id: The borrower.
        legal_entity: Towards whom.
        sequence_no: Of the last change, this one included.
        ruleset: Name and version of the rule set in force.
        freshness: The latest event time seen, by stream.
        phase: Bootstrap or live.
    """

    borrower_id: str
    legal_entity: str
    sequence_no: int
    ruleset: tuple[str, int]
    freshness: dict[str, str]
    phase: Phase


class Ranked(NamedTuple):
    """What a look says to the cases.

    Attributes:
        present: The tier as it now is.
        reason: Why it is.
        signals: Of the catalogue, of the warnings that count.
    """

    present: BorrowerTier
    reason: Text
    signals: tuple[str, ...]


class Proof(NamedTuple):
    """What a change rests on.

    Attributes:
        signals: The open warnings.
        alert_ids: Of the warnings that count, or had held the tier.
        event_ids: Of the events behind those.
        simulated: Whether one of them is simulated.
    """

    signals: Sequence[Signal]
    alert_ids: tuple[str, ...]
    event_ids: tuple[str, ...]
    simulated: bool


def change_of(
    whose: Whose, found: Look, change: Change, proof: Proof, policy: Policy
) -> TierChange:
    """Make the record of a change."""
    signals = proof.signals
    return TierChange(
        change_id=change_id(whose.borrower_id, whose.legal_entity, whose.sequence_no),
        borrower_id=whose.borrower_id,
        legal_entity=whose.legal_entity,
        sequence_no=whose.sequence_no,
        from_=Tier(change.before).word,
        to=Tier(change.after).word,
        cause=change.cause,
        phase=whose.phase,
        at=wire(found.state.at_ms),
        hard=_is_hard(found),
        score=_score(found.found.earned),
        floor=_floor(found.state.facts),
        admission=_admission(found.answer),
        reason=words.reason(found, change, signals, policy),
        clears_when=words.clears(found, signals, policy),
        policy=_version(policy),
        ruleset=whose.ruleset[0],
        ruleset_version=whose.ruleset[1],
        keys=found.found.earned.keys,
        measures=tuple(_measures(found, change, policy)),
        warnings=_warnings(found, signals),
        contributing_alert_ids=proof.alert_ids,
        damped_alert_ids=_damped(found, signals),
        evidence_event_ids=proof.event_ids,
        locked_until=_locked_until(found),
        data_freshness=whose.freshness,
        simulated=proof.simulated,
    )


def tier_of(whose: Whose, found: Look, signals: Sequence[Signal], policy: Policy) -> BorrowerTier:
    """Make the record of the present tier."""
    state = found.state
    return BorrowerTier(
        borrower_id=whose.borrower_id,
        legal_entity=whose.legal_entity,
        sequence_no=whose.sequence_no,
        tier=Tier(state.tier).word,
        since=wire(state.rungs[-1].since_ms if state.rungs else state.at_ms),
        at=wire(state.at_ms),
        hard=_is_hard(found),
        score=_score(found.found.earned),
        floor=_floor(state.facts),
        admission=_admission(found.answer),
        clears_when=words.clears(found, signals, policy),
        policy=_version(policy),
        contributing_alert_ids=tuple(each.alert_id for each in _warnings(found, signals)),
        damped_alert_ids=_damped(found, signals),
        locked_until=_locked_until(found),
        simulated=any(trace.simulated for trace in state.traces.values()),
    )


def ranked_of(
    present: BorrowerTier, found: Look, signals: Sequence[Signal], policy: Policy
) -> Ranked:
    """Say what a look found as the cases need it; why, also where nothing has changed."""
    tier = found.state.tier
    change = found.change or Change(tier, tier, Cause.SIGNAL, ())
    codes = dict.fromkeys(each.signal for each in _warnings(found, signals))
    return Ranked(present, words.reason(found, change, signals, policy), tuple(codes))


def _warnings(found: Look, signals: Sequence[Signal]) -> tuple[CountedWarning, ...]:
    by_episode = {signal.episode: signal for signal in signals}
    return tuple(
        CountedWarning(
            alert_id=by_episode[vote.episode].alert_id,
            rule=by_episode[vote.episode].rule,
            signal=by_episode[vote.episode].signal,
            family=vote.family,
            tier=vote.tier,
            hard=vote.hard,
            measures=by_episode[vote.episode].measures,
        )
        for vote in found.found.votes
    )


def _damped(found: Look, signals: Sequence[Signal]) -> tuple[str, ...]:
    return tuple(each.alert_id for each in signals if each.episode in found.found.damped)


def _measures(found: Look, change: Change, policy: Policy) -> Iterable[MeasureValue]:
    """Yield the machine's own numbers that led to the change, each with its threshold."""
    wait = change.wait
    if wait is not None:
        enough = wait.paid >= wait.needed
        clear_days = policy.fall.clear_days[change.before - 1]
        days = clear_days if enough else policy.fall.quiet_days
        yield _measure("clear_days", (found.state.at_ms - wait.start_ms) // DAY_MS, "days", days)
        yield _measure("instalments_on_time", wait.paid, "count", wait.needed)
        return
    tier, earned, facts = max(change.after, change.before), found.found.earned, found.state.facts
    worst = max((vote.tier for vote in found.found.votes), default=0)
    least = policy.score.thresholds_percent[tier - 1] / 100
    yield _measure("worst_warning", worst, "tier", tier)
    yield _measure("score", _rounded(earned), "score", least)
    yield _measure("floor", facts.floor, "tier", tier)
    if facts.dpd:
        yield MeasureValue(name="dpd", value=facts.dpd, unit="days")


def _measure(name: str, value: float, unit: str, least: float) -> MeasureValue:
    return MeasureValue(name=name, value=value, unit=unit, threshold=f">= {least}")


def _is_hard(found: Look) -> bool:
    return bool(found.state.rungs) and found.state.rungs[-1].hard


def _score(earned: Tally) -> TierScore:
    return TierScore(total=_rounded(earned), families=earned.families)


def _rounded(earned: Tally) -> float:
    return round(float(earned.score), SCORE_DIGITS)


def _floor(facts: Facts) -> FloorFacts:
    return FloorFacts(
        tier=Tier(facts.floor).word,
        dpd=facts.dpd,
        unverified=facts.unverified,
        forborne=facts.forborne,
        next_due=None if facts.next_due_ms is None else wire(facts.next_due_ms),
    )


def _admission(answer: Answer) -> Admission:
    until = None if answer.until_ms is None else wire(answer.until_ms)
    return Admission(to=answer.to, reason=answer.reason, until=until)


def _version(policy: Policy) -> PolicyVersion:
    return PolicyVersion(name=policy.name, version=policy.version, fingerprint=policy.fingerprint)


def _locked_until(found: Look) -> str | None:
    locked_ms = found.state.locked_until_ms
    return wire(locked_ms) if locked_ms > found.state.at_ms else None
