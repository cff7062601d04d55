"""A look as messages: the change, and the tier as it now is."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from schemas.alert import Phase, Tier
from schemas.instants import wire
from schemas.tier import (
    Admission,
    BorrowerTier,
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
from stream.decide.tiers.score import Tally, floor_of

EVIDENCE_MOST: Final = 50
"""As many event ids as an alert carries (domain.md 2.8)."""

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


def change_of(
    whose: Whose, found: Look, change: Change, signals: Sequence[Signal], policy: Policy
) -> TierChange:
    """Make the record of a change."""
    counted = _counted(found, signals)
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
        floor=_floor(found.state.facts, policy),
        admission=_admission(found.answer),
        reason=words.reason(found, change, signals, found.state.facts),
        clears_when=words.clears(found, signals, found.state.facts, policy),
        policy=_version(policy),
        ruleset=whose.ruleset[0],
        ruleset_version=whose.ruleset[1],
        keys=found.found.earned.keys,
        contributing_alert_ids=change.alert_ids,
        evidence_event_ids=_evidence(counted),
        locked_until=_locked_until(found),
        data_freshness=whose.freshness,
        simulated=any(signal.simulated for signal in signals),
    )


def tier_of(whose: Whose, found: Look, signals: Sequence[Signal], policy: Policy) -> BorrowerTier:
    """Make the record of the present tier."""
    state = found.state
    counted = _counted(found, signals)
    return BorrowerTier(
        borrower_id=whose.borrower_id,
        legal_entity=whose.legal_entity,
        sequence_no=whose.sequence_no,
        tier=Tier(state.tier).word,
        since=wire(state.rungs[-1].since_ms if state.rungs else state.at_ms),
        at=wire(state.at_ms),
        hard=_is_hard(found),
        score=_score(found.found.earned),
        floor=_floor(state.facts, policy),
        admission=_admission(found.answer),
        clears_when=words.clears(found, signals, state.facts, policy),
        policy=_version(policy),
        contributing_alert_ids=tuple(signal.alert_id for signal in counted),
        locked_until=_locked_until(found),
        simulated=any(signal.simulated for signal in signals),
    )


def _counted(found: Look, signals: Sequence[Signal]) -> list[Signal]:
    votes = {vote.rule for vote in found.found.votes}
    return [signal for signal in signals if signal.rule in votes]


def _evidence(signals: Iterable[Signal]) -> tuple[str, ...]:
    ids = dict.fromkeys(each for signal in signals for each in signal.evidence)
    return tuple(ids)[-EVIDENCE_MOST:]


def _is_hard(found: Look) -> bool:
    return bool(found.state.rungs) and found.state.rungs[-1].hard


def _score(earned: Tally) -> TierScore:
    return TierScore(total=round(float(earned.score), SCORE_DIGITS), families=earned.families)


def _floor(facts: Facts, policy: Policy) -> FloorFacts:
    return FloorFacts(
        tier=Tier(floor_of(facts, policy)).word,
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
