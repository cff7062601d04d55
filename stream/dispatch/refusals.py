"""Every reason for which a permit is refused. `docs/dispatch.md` says what to do about each.

There are three sorts. `cannot know`: ask again in a moment, nothing is wrong with the trigger.
`later`: ask again when the refusal says. `no`: this trigger is not to be sent as it was asked for.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.permit import Permit


class Reason(StrEnum):
    """Why; part of the API, so a name is never given another meaning."""

    KILL_SWITCH_UNKNOWN = "KILL_SWITCH_UNKNOWN"
    KILL_SWITCH = "KILL_SWITCH"
    NOT_OWNER = "NOT_OWNER"
    BEHIND = "BEHIND"
    UNKNOWN_TRIGGER = "UNKNOWN_TRIGGER"
    STALE = "STALE"
    CLOCK_SKEW = "CLOCK_SKEW"
    UNREADABLE = "UNREADABLE"
    GRANTED_TO_ANOTHER = "GRANTED_TO_ANOTHER"
    NOT_LIVE = "NOT_LIVE"
    SIMULATED = "SIMULATED"
    RETRACTED = "RETRACTED"
    DEFERRED = "DEFERRED"
    SUPPRESSED = "SUPPRESSED"
    NEEDS_APPROVAL = "NEEDS_APPROVAL"
    SUPERSEDED = "SUPERSEDED"
    CHANNEL = "CHANNEL"
    NO_WINDOW = "NO_WINDOW"
    EXPIRED = "EXPIRED"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    PERMIT_ENDED = "PERMIT_ENDED"
    BORROWER_BUSY = "BORROWER_BUSY"
    LIMIT_MINUTE = "LIMIT_MINUTE"
    LIMIT_HOUR = "LIMIT_HOUR"
    NOT_WRITTEN = "NOT_WRITTEN"


CANNOT_KNOW: Final = frozenset(
    {
        Reason.KILL_SWITCH_UNKNOWN,
        Reason.NOT_OWNER,
        Reason.BEHIND,
        Reason.STALE,
        Reason.CLOCK_SKEW,
        Reason.NOT_WRITTEN,
    }
)
"""The gate may know more in a moment, or another dispatch knows it now."""


class Refusal(NamedTuple):
    """No permit.

    Attributes:
        reason: For the executor's program.
        detail: For a person: one sentence, without a full stop.
        again_ms: From when on another answer is to be expected, where that is known.
        permit: The permit that was granted to this request earlier, if that is what ended.
    """

    reason: Reason
    detail: str
    again_ms: int | None = None
    permit: Permit | None = None
