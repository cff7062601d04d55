"""Segments as a stage: what the step puts in, and what broadcast records bring about.

    step    on_profile, on_event, on_day_closed, on_tier    one borrower of this partition
    book    on_tick, on_morning, on_answer, carry           all of them

Nothing here decides about a borrower; what later stages ask is in `questions.py`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Final, NamedTuple

from schemas.alert import Cause, Transition
from schemas.crossing import TiesTold
from schemas.decision import DecisionKind, TieOut
from schemas.header import RecordKind
from schemas.instants import HOUR_MS
from schemas.journal import (
    Answered,
    CollectionSnapshot,
    Event,
    MorningRecord,
    RepaymentEvent,
    SegmentSnapshot,
    SegmentTiers,
)
from schemas.repayment import RepaymentStatus, RepaymentType
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.segments.judging import collapse_tier, failures_tier, sales_tier
from stream.decide.segments.known import BOOK, Incident, Known, subject_of
from stream.decide.segments.member import Attempt
from stream.decide.segments.policy import SHIPPED
from stream.decide.segments.proof import DAMPING, OUTAGE, SEGMENT, Change, Judged, alert_of
from stream.decide.segments.questions import is_damped
from stream.decide.segments.tally import WEEK
from stream.decide.segments.telling import local_date, round_of
from stream.ledger.morning import Morning

PART: Final = "member"
MODERATE: Final = 2
MOST_RATIO: Final = 10_000
"""In thousandths; more is told as so much: the middle of many does not change by it."""
ATTEMPT_DAYS: Final = 3
"""So long a collection attempt can be corrected in the counts [D]."""
DIGEST_BYTES: Final = 8
SUCCEEDED: Final = frozenset({RepaymentStatus.SUCCEEDED, RepaymentStatus.PARTIAL})
OTHER_REASON: Final = "OTHER"


def on_profile(borrower: Borrower, at: Broadcast) -> None:
    """Let the borrower be a member of the segment that its profile names first."""
    member, tallies = borrower.member, at.segments.tallies
    profile = borrower.references.profile
    segment = profile.segment_ids[0] if profile and profile.segment_ids else ""
    if segment == member.segment:
        return
    if member.segment:
        tallies.member(member.segment, -1)
        _count_sales(borrower, at, -1)
    member.segment = segment
    if segment:
        tallies.member(segment, 1)
        _count_sales(borrower, at, 1)
    borrower.changed.add(PART)


def on_day_closed(
    borrower: Borrower,
    day: date,
    ratios: Mapping[int, int],
    at: Broadcast,
    *,
    reopened: bool | None = None,
) -> None:
    """Take the borrower's sales of a day that all of its acquirers have closed.

    Args:
        borrower: Whose.
        day: The last day of the windows; an earlier one than before changes nothing.
        ratios: Sales over expected sales in millionths, by window in days; without those that
            are unknown. Said again for the same day, the latest counts.
        at: This partition.
        reopened: Whether it has sold since the festival; `None` where nobody asks.
    """
    member = borrower.member
    if day.toordinal() < member.day:
        return
    if day.toordinal() == member.day:
        _count_sales(borrower, at, -1)
    member.day, member.reopened = day.toordinal(), reopened
    member.ratios = {
        window: min(max(ratio, 0) // 1_000, MOST_RATIO) for window, ratio in sorted(ratios.items())
    }
    _count_sales(borrower, at, 1)
    borrower.changed.add(PART)


def _count_sales(borrower: Borrower, at: Broadcast, by: int) -> None:
    member = borrower.member
    if member.segment and (member.ratios or member.reopened is not None):
        at.segments.tallies.sales(
            member.segment, member.day, member.ratios, reopened=member.reopened, by=by
        )


def on_event(borrower: Borrower, event: Event, at: Broadcast, *, is_new: bool) -> None:
    """Count a collection attempt that has come to an end; a later version instead of it.

    Args:
        borrower: Whose.
        event: Applied, new or as a later version.
        at: This partition.
        is_new: Whether its business key was not seen before.
    """
    if not isinstance(event, RepaymentEvent) or not _may_count(event):
        return
    today = local_date(at.position.now_ms, at.zone).toordinal()
    attempts = _recent(borrower, today)
    key = blake2b(event.business_key.encode(), digest_size=DIGEST_BYTES).digest()
    before, after = attempts.pop(key, None), _attempt(event, at)
    is_recent = after is not None and after.day > today - ATTEMPT_DAYS
    if before is not None:
        at.segments.tallies.attempt(before, -1)
    elif not is_new and not is_recent:
        return  # a correction of what is settled
    if after is not None:
        at.segments.tallies.attempt(after, 1)
    if after is not None and is_recent:
        attempts[key] = after
    borrower.changed.add(PART)


def _may_count(event: RepaymentEvent) -> bool:
    return event.data.event_type is RepaymentType.COLLECTION_ATTEMPT


def _recent(borrower: Borrower, today: int) -> dict[bytes, Attempt]:
    """Return the attempts that may still be taken back; the rest is forgotten."""
    attempts = borrower.member.attempts
    for key in [key for key, of in attempts.items() if of.day <= today - ATTEMPT_DAYS]:
        del attempts[key]
    return attempts


def _attempt(event: RepaymentEvent, at: Broadcast) -> Attempt | None:
    data = event.data
    if data.record_kind is RecordKind.CANCEL:
        return None
    day = local_date(event.event_at_ms, at.zone).toordinal()
    if data.status in SUCCEEDED:
        return Attempt(day, event.source, "")
    if data.status is RepaymentStatus.FAILED:
        reason = OTHER_REASON if data.reason_class is None else data.reason_class.value
        return Attempt(day, event.source, reason)
    return None


def dampen(borrower: Borrower, at: Broadcast) -> bool:
    """Return whether the fall of its segment explains its soft warnings now, and remember it."""
    damped = is_damped(borrower, at)
    if damped is not borrower.member.damped:
        borrower.member.damped = damped
        borrower.changed.add(PART)
    return damped


def on_tier(
    borrower: Borrower, before: int, now_ms: int, at: Broadcast, *, taken_back: bool
) -> None:
    """Count a member that came to moderate or more; take it back if that was a mistake.

    Args:
        borrower: After the look; its highest tier counts.
        before: Its highest tier before.
        now_ms: The time of the look.
        at: This partition.
        taken_back: Whether the record in hand disproved a warning.
    """
    member, after = borrower.member, borrower.header.tier
    if before < MODERATE <= after and member.segment:
        _raise(borrower, local_date(now_ms, at.zone).toordinal(), at)
    elif after < MODERATE <= before and taken_back and member.raised is not None:
        at.segments.tallies.raised(*member.raised, -1)
        member.raised = None
        borrower.changed.add(PART)


def _raise(borrower: Borrower, day: int, at: Broadcast) -> None:
    """Count that a member came to moderate or more, unless it has done so within a week."""
    member = borrower.member
    if member.raised is None or day - member.raised[1] >= WEEK:
        member.raised = (member.segment, day)
        at.segments.tallies.raised(*member.raised, 1)
        borrower.changed.add(PART)


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
