"""Segments as a stage: what this partition tells crossing, and what its answers bring about.

What the step puts in of one borrower is in `members.py`, what later stages ask in `questions.py`.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from schemas.alert import Cause, Transition
from schemas.crossing import TiesTold
from schemas.decision import DecisionKind, TieOut
from schemas.instants import HOUR_MS
from schemas.journal import (
    Answered,
    CollectionSnapshot,
    MorningRecord,
    SegmentSnapshot,
    SegmentTiers,
)
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.segments.judging import collapse_tier, failures_tier, sales_tier
from stream.decide.segments.known import BOOK, Incident, Known, subject_of
from stream.decide.segments.policy import SHIPPED
from stream.decide.segments.proof import DAMPING, OUTAGE, SEGMENT, Change, Judged, alert_of
from stream.decide.segments.telling import round_of
from stream.ledger.morning import Morning


def on_tick(at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing what this partition has; after the timers that the tick has let go.

    Before the first rule set nobody knows in which zone days are counted, and nothing is told.
    """
    if at.program is None:
        return
    segments = at.segments
    for told in round_of(segments.tallies, at.watermarks, segments.partition, at.zone):
        outbox.cross(told)


def on_morning(morning: Morning, at_ms: int, at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing this partition's part of the morning's record.

    Args:
        morning: Counted over the loans of this partition.
        at_ms: When; its hour is the round, so that a partition which saw another tick first
            tells of the same one.
        at: This partition.
        outbox: Takes it.
    """
    told = TiesTold(
        partition=at.segments.partition,
        day=date.fromisoformat(morning.as_of),
        at_ms=at_ms // HOUR_MS * HOUR_MS,
        ties=morning.ties,
        causes=morning.causes,
        differing=tuple(morning.differing),
    )
    outbox.cross(told)


class Affected(NamedTuple):
    """Which borrowers have to be looked at again.

    Attributes:
        segment: The members of this one, since damping may have changed; empty for none.
        by_outage: Those with warnings about debits, since an outage was found.
    """

    segment: str = ""
    by_outage: bool = False


NOBODY: Final = Affected()


def on_answer(answer: Answered, at: Broadcast, outbox: Outbox) -> Affected:
    """Take what crossing has answered; tell what follows, if this partition is to."""
    knowledge = at.segments.knowledge
    outages = dict(knowledge.get(BOOK).outages)
    known = knowledge.learn(answer)
    if known is None:
        return NOBODY
    if isinstance(answer, MorningRecord):
        _tell_morning(answer, known, outbox, tells=knowledge.tells(BOOK))
        return NOBODY
    signal, tier = judged(answer, known)
    incident = known.incidents.setdefault(signal, Incident())
    before = incident.tier
    transition = incident.move(tier)
    if transition is not None:
        cause = Cause.DECAY if tier < before else Cause.SIGNAL
        _tell(Change(signal, answer, before, transition, cause), known, at, outbox)
    return Affected(
        segment=subject_of(answer) if signal == DAMPING and (before or tier) else "",
        by_outage=signal == OUTAGE and known.outages != outages,
    )


def judged(answer: Judged, known: Known) -> tuple[str, int]:
    """Return which signal an answer is about, and its tier now."""
    match answer:
        case SegmentSnapshot():
            return "G05", sales_tier(answer, _tier(known, "G05"), SHIPPED)
        case SegmentTiers():
            return "G06", collapse_tier(answer, _tier(known, "G06"), SHIPPED)
        case CollectionSnapshot():
            return "G01", failures_tier(answer, _tier(known, "G01"), SHIPPED)


def _tier(known: Known, signal: str) -> int:
    return known.incidents.get(signal, Incident()).tier


def carry(at: Broadcast, outbox: Outbox) -> None:
    """Tell the incidents that bootstrap left, as they stand at go-live."""
    knowledge = at.segments.knowledge
    for subject in knowledge.subjects():
        known = knowledge.change(subject)
        for signal, answer in _open(known):
            incident = known.incidents[signal]
            incident.ordinal += 1
            change = Change(signal, answer, incident.tier, Transition.CARRIED, Cause.GO_LIVE)
            _tell(change, known, at, outbox)


def _open(known: Known) -> Iterator[tuple[str, Judged]]:
    for signal, answer in (("G01", known.collection), ("G05", known.sales), ("G06", known.tiers)):
        if answer is not None and _tier(known, signal):
            yield signal, answer


def _tell(change: Change, known: Known, at: Broadcast, outbox: Outbox) -> None:
    known.decisions += 1
    incident = known.incidents[change.signal]
    alert = alert_of(change, incident, phase=outbox.phase, policy=SHIPPED)
    if not at.segments.knowledge.tells(alert.subject_id):
        return
    outbox.decide(
        subject_kind=SEGMENT,
        subject_id=alert.subject_id,
        ordinal=known.decisions,
        kind=DecisionKind.EPISODE,
        at_ms=change.told.at_ms,
        about=alert.alert_id,
        alert=alert,
    )
    outbox.alert(alert)


def _tell_morning(record: MorningRecord, known: Known, outbox: Outbox, *, tells: bool) -> None:
    if not record.ties:
        return  # nobody owes anything
    known.decisions += 1
    if not tells:
        return
    morning = Morning(
        as_of=record.day.isoformat(),
        ties=record.ties,
        causes=record.causes,
        differing=list(record.differing),
    )
    outbox.decide(
        subject_kind=SEGMENT,
        subject_id=BOOK,
        ordinal=known.decisions,
        kind=DecisionKind.MORNING,
        at_ms=record.at_ms,
        about=morning.as_of,
        detail=morning.sentence,
        tie_out=TieOut(ties=record.ties, causes=record.causes),
    )
