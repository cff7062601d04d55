"""What operators sign about a borrower's tier: the bodies of signed actions (domain.md 4.3)."""

from typing import Annotated, Literal

import msgspec

from schemas.instants import Instant
from schemas.tokens import Code

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ReleaseTier(msgspec.Struct, frozen=True, kw_only=True):
    """End the wait of a tier whose causes have ended; it comes down by one step.

    Attributes:
        legal_entity: Towards whom.
        tier: Which tier the people who sign saw; of another one it is not.
    """

    legal_entity: Code
    tier: Literal["mild", "moderate", "severe"]
    kind: Literal["release_tier"] = "release_tier"


class SnoozeTier(msgspec.Struct, frozen=True, kw_only=True):
    """Put the borrower off until an instant; a new hard fact ends that.

    Attributes:
        legal_entity: Towards whom.
        until: When it ends.
        reason: Why.
    """

    legal_entity: Code
    until: Instant
    reason: Reason
    kind: Literal["snooze_tier"] = "snooze_tier"
