"""What one borrower brings into the counts of its segment, stage by stage of the step.

Nothing here decides about a borrower.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from schemas.header import RecordKind
from schemas.journal import Event, RepaymentEvent
from schemas.repayment import RepaymentStatus, RepaymentType
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.known import short_key
from stream.decide.segments.member import Attempt
from stream.decide.segments.questions import is_damped
from stream.decide.segments.tally import WEEK
from stream.decide.segments.telling import local_date

PART: Final = "member"
MODERATE: Final = 2
MOST_RATIO: Final = 10_000
"""In thousandths; more is told as so much: the middle of many does not change by it."""
ATTEMPT_DAYS: Final = 3
"""So long a collection attempt can be corrected in the counts [D]."""
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
    key = short_key(event)
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
