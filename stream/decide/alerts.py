"""An episode's transition as a message that can be proved.

The first alert of a transition is built from the rule's verdict and the event in hand; later
ones of the same episode (cleared, carried over go-live) repeat its proof with a new end.
"""

from collections.abc import Mapping

import msgspec

from detectors import Score
from rules import Measure, Verdict
from schemas.alert import (
    Alert,
    Cause,
    DetectorScore,
    MeasureValue,
    Phase,
    RuleVersion,
    Text,
    Tier,
    Transition,
    alert_id,
)
from schemas.instants import wire
from stream.decide.borrower import Borrower
from stream.decide.parts import Episode

SIMULATED = "simulator"
"""A source whose name begins so is simulated, and its alerts say so."""

BORROWER = "BORROWER"
LOAN = "LOAN"
"""Kinds of subjects."""

NO_SCORES: Mapping[str, tuple[int, Score]] = {}

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Alert).decode


def raised(
    borrower: Borrower,
    episode: Episode,
    *,
    verdict: Verdict,
    ruleset: tuple[str, int],
    transition: Transition,
    cause: Cause,
    previous_tier: int,
    effective_ms: int,
    now_ms: int,
    phase: Phase,
    scores: Mapping[str, tuple[int, Score]] = NO_SCORES,
) -> Alert:
    """Build the alert of an episode that opened, rose or fell, and keep it in the episode.

    Args:
        borrower: Whose episode it is.
        episode: After the transition.
        verdict: What the rule said.
        ruleset: Name and version of the rule set in force.
        transition: What happened.
        cause: Why.
        previous_tier: The episode's tier before.
        effective_ms: Since when it is so.
        now_ms: The time of the step.
        phase: Bootstrap or live.
        scores: By detector its version and what it said of the event in hand.
    """
    rule = verdict.rule
    subject = episode.loan_id or borrower.borrower_id
    alert = Alert(
        alert_id=alert_id(subject, rule.name, episode.number, episode.ordinal),
        subject_kind=LOAN if episode.loan_id else BORROWER,
        subject_id=subject,
        borrower_id=borrower.borrower_id,
        signal=rule.signal,
        family=rule.family,
        lane=rule.lane,
        tier=Tier(episode.tier).word,
        previous_tier=Tier(previous_tier).word,
        hard=verdict.hard,
        transition=transition,
        cause=cause,
        phase=phase,
        episode=episode.number,
        ordinal=episode.ordinal,
        effective_from=wire(effective_ms),
        detected_at=wire(now_ms),
        title=rule.title,
        reason=verdict.reason,
        clears_when=verdict.clears,
        rule=RuleVersion(
            name=rule.name,
            fingerprint=rule.fingerprint,
            ruleset=ruleset[0],
            ruleset_version=ruleset[1],
        ),
        measures=tuple(_measure(each) for each in verdict.measures),
        detector_scores=tuple(_score(*each) for each in scores.items()),
        evidence_event_ids=tuple(episode.evidence),
        data_freshness=freshness(borrower),
        simulated=is_simulated(borrower),
    )
    episode.alert = _encode(alert)
    return alert


def repeated(
    borrower: Borrower,
    episode: Episode,
    *,
    transition: Transition,
    cause: Cause,
    at_ms: int,
    phase: Phase,
    reason: Text | None = None,
) -> Alert:
    """Build a later alert of the same episode from the one that it keeps.

    Args:
        borrower: Whose episode it is.
        episode: After the transition.
        transition: What happened.
        cause: Why.
        at_ms: When; for a timer its deadline.
        phase: Bootstrap or live.
        reason: A new reason; the old one where there is none.
    """
    before = _decode(episode.alert)
    alert = msgspec.structs.replace(
        before,
        alert_id=alert_id(before.subject_id, before.rule.name, episode.number, episode.ordinal),
        tier=Tier(episode.tier).word,
        previous_tier=before.tier,
        transition=transition,
        cause=cause,
        phase=phase,
        ordinal=episode.ordinal,
        detected_at=wire(at_ms),
        reason=reason or before.reason,
        evidence_event_ids=tuple(episode.evidence),
        data_freshness=freshness(borrower),
    )
    episode.alert = _encode(alert) if episode.tier else b""
    return alert


def ended(cause: Cause, at_ms: int) -> Text:
    """Say why an episode has ended, or has fallen."""
    at = wire(at_ms)
    if cause is Cause.LOAN_CLOSED:
        return Text(en=f"the last loan ended by {at}", zh=f"最后一笔贷款于{at}前结束")
    if cause is Cause.CORRECTION:
        return Text(en=f"corrected at {at}", zh=f"{at}已更正")
    if cause is Cause.LATE_DATA:
        return Text(en=f"disproved by what came late, at {at}", zh=f"{at}收到的迟到数据表明不成立")
    return Text(en=f"not seen again until {at}", zh=f"截至{at}未再出现")


def is_simulated(borrower: Borrower) -> bool:
    """Whether some source of the borrower's events is the simulator."""
    return any(each.startswith(SIMULATED) for of in borrower.feeds.values() for each in of)


def freshness(borrower: Borrower) -> dict[str, str]:
    """Return the latest event time seen, by stream."""
    return {stream: wire(at) for stream, at in sorted(borrower.header.last_event_ms.items())}


def _measure(measure: Measure) -> MeasureValue:
    return MeasureValue(**measure._asdict())


def _score(name: str, versioned: tuple[int, Score]) -> DetectorScore:
    version, score = versioned
    return DetectorScore(
        detector=name,
        version=version,
        p_value=score.p_value,
        observed=score.observed,
        expected=score.expected,
        scale=score.scale,
        n=score.n,
    )
