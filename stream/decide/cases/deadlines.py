"""By when somebody has to have seen a case, and to have said what it was (domain.md 6.2).

            seen          said
    T3      15 minutes    24 hours
    T2       4 hours       5 business days of the borrower's region

Counted from the opening, and from each escalation. What is below moderate and still a case (in the
restricted lane) has the time of a moderate one.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.alert import Tier
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, from_ms, to_ms
from stream.decide.borrower import Borrower
from stream.decide.turn import Turn

ACK_MS: Final = {Tier.SEVERE: 15 * MINUTE_MS}
ACK_ELSE_MS: Final = 4 * HOUR_MS
SEVERE_OUTCOME_MS: Final = 24 * HOUR_MS
OUTCOME_BUSINESS_DAYS: Final = 5
LONGEST_DAYS: Final = 30
"""Whatever a calendar calls holidays."""
LAST_MS: Final = to_ms(datetime.max.replace(tzinfo=UTC))
"""No deadline is later, whatever a clock says."""

ONE_DAY: Final = timedelta(days=1)


def ack_due_ms(tier: Tier, now_ms: int) -> int:
    """Return by when somebody has to have seen it."""
    return min(now_ms + ACK_MS.get(tier, ACK_ELSE_MS), LAST_MS)


def outcome_due_ms(borrower: Borrower, tier: Tier, turn: Turn) -> int:
    """Return by when somebody has to have said what it was.

    Business days are those of the calendar in force for the borrower's region, without one the
    weekdays; the hour of the day stays, to the clock's change.
    """
    if turn.now_ms > LAST_MS - LONGEST_DAYS * DAY_MS:
        return LAST_MS
    if tier is Tier.SEVERE:
        return turn.now_ms + SEVERE_OUTCOME_MS
    profile = borrower.references.profile
    region = turn.broadcast.calendar.of(profile.region if profile else None)
    day = from_ms(turn.now_ms).astimezone(turn.broadcast.zone).date()
    missing, days = OUTCOME_BUSINESS_DAYS, 0
    while missing and days < LONGEST_DAYS:
        day, days = day + ONE_DAY, days + 1
        missing -= region.is_business_day(day)
    return turn.now_ms + days * DAY_MS
