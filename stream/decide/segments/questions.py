"""What later stages ask about a borrower's segment: its peers, damping, channel outage.

What is too old says nothing: `None` and `False`.
"""

from typing import Final

from rules.measures.sales import LEAST_PEERS
from rules.scene import Segment
from schemas.journal import Event, RepaymentEvent, SegmentSnapshot
from stream.crossing.attempts import TECHNICAL
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.segments.known import BOOK
from stream.decide.segments.policy import SHIPPED
from stream.decide.segments.proof import DAMPING
from stream.decide.segments.telling import local_date

EXCUSED: Final = frozenset({"RP02"})
"""Signals that an outage of the channel explains (domain.md 3.6, G01)."""


def peers_of(borrower: Borrower, at: Broadcast) -> Segment | None:
    """Return the figures of the borrower's segment, `None` while nothing is known of today.

    Figures of fewer than 30 members are left out: after a festival few ratios are known.
    """
    told = _fresh(borrower, at)
    if told is None:
        return None
    return Segment(
        members=max(told.members, told.asked),
        ratios=told.ratios if told.members >= LEAST_PEERS else {},
        reopened=told.reopened if told.asked >= LEAST_PEERS else None,
    )


def is_damped(borrower: Borrower, at: Broadcast) -> bool:
    """Whether the fall of the whole segment explains soft warnings about this member's sales.

    G05 is open, and the member is not below what nine of ten members are not below. Of which
    families and tiers that holds, the tier's policy says (domain.md 4.2.4).
    """
    told = _fresh(borrower, at) if _has_fallen(borrower.member.segment, at) else None
    if told is None:
        return False
    window = SHIPPED.sales.window_days
    ratio, tenth = borrower.member.ratios.get(window), told.tenths.get(window)
    return ratio is None or tenth is None or ratio * 1_000 >= tenth


def is_channel_outage(event: RepaymentEvent, at: Broadcast) -> bool:
    """Whether a collection attempt failed on a day and in a place where G01 found an outage."""
    data = event.data
    day = local_date(event.event_at_ms, at.zone).toordinal()
    places = at.segments.knowledge.get(BOOK).outages.get(day, ())
    reason = "" if data.reason_class is None else f"#{data.reason_class.value}"
    return event.source in places or (reason == TECHNICAL and TECHNICAL in places)


def is_excused(event: Event, signal: str, at: Broadcast) -> bool:
    """Whether a warning about this event says something of a channel, not of the borrower."""
    return signal in EXCUSED and isinstance(event, RepaymentEvent) and is_channel_outage(event, at)


def _has_fallen(segment: str, at: Broadcast) -> bool:
    incident = at.segments.knowledge.get(segment).incidents.get(DAMPING)
    return incident is not None and incident.tier > 0


def _fresh(borrower: Borrower, at: Broadcast) -> SegmentSnapshot | None:
    told = at.segments.knowledge.get(borrower.member.segment).sales
    today = local_date(at.position.now_ms, at.zone)
    is_old = told is not None and (today - told.day).days > SHIPPED.fresh_days
    return None if is_old else told
