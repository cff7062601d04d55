"""What one look goes by, besides the warnings."""

from typing import NamedTuple

from stream.decide.tiers.blindness import Spans
from stream.decide.tiers.facts import Facts, Occasion
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.state import TierState


class Scene(NamedTuple):
    """What the stages of one look share.

    Attributes:
        before: The state that the last look left.
        facts: Of the ledger, and what people signed.
        occasion: What the record in hand did.
        covered: Whether the coverage measure is in order.
        blinds: When nobody looked.
        now_ms: The time of the look.
        policy: The numbers.
    """

    before: TierState
    facts: Facts
    occasion: Occasion
    covered: bool
    blinds: Spans
    now_ms: int
    policy: Policy
