"""Who was warned of, by what, how high and when first.

A *voice* is what can be right or wrong: a tier, a rule, a detector. Of each voice and borrower
are kept the highest score, the instant of the first alarm and the number of alarms. A tier's
voice is heard whenever the borrower rises to that tier or a higher one, a rule's whenever its
warning opens or rises. What counts is when it was said, not the instant it is stamped with.
Whatever lies outside the borrower's window is not kept.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from schemas.alert import Alert, Tier, Transition
from schemas.tier import TierChange
from stream.decide import Output
from stream.evaluate.window import Window

RISING: Final = frozenset({Transition.OPENED, Transition.ESCALATED})
"""The transitions that tell somebody something new and worse."""

_alert = msgspec.json.Decoder(Alert).decode
_tier_change = msgspec.json.Decoder(TierChange).decode


class Kind(StrEnum):
    """What kind of voice."""

    TIER = "tier"
    RULE = "rule"
    DETECTOR = "detector"
    EVIDENCE = "evidence"


class Voice(NamedTuple):
    """Something that can be right or wrong about a borrower."""

    kind: Kind
    name: str


TIERS: Final = tuple(
    Voice(Kind.TIER, tier.word) for tier in (Tier.MILD, Tier.MODERATE, Tier.SEVERE)
)


@dataclass(slots=True)
class Heard:
    """What one voice said of one borrower.

    `score` orders borrowers, high is bad; 0 is nothing. `first_ms` is that of the first alarm.
    """

    score: float = 0.0
    alarms: int = 0
    first_ms: int | None = None

    def alarm(self, at_ms: int) -> None:
        """Count an alarm."""
        self.alarms += 1
        if self.first_ms is None:
            self.first_ms = at_ms


class Watch:
    """Listens to a fold.

    Args:
        windows: The window of each borrower that is scored; others are not heard of.
    """

    def __init__(self, windows: dict[str, Window]) -> None:
        self._windows = windows
        self.heard: dict[Voice, dict[str, Heard]] = {voice: {} for voice in TIERS}

    def outputs(self, outputs: list[Output], now_ms: int) -> None:
        """Take what the fold of one record said, at the time of that record."""
        for output in outputs:
            if output.topic == "alerts":
                self._alert(_alert(output.value), now_ms)
            elif output.topic == "tier-changes":
                self._tier(_tier_change(output.value), now_ms)

    def say(self, voice: Voice, borrower_id: str, at_ms: int, score: float, *, alarm: bool) -> None:
        """Keep what a voice says of a borrower, if it counts."""
        window = self._windows.get(borrower_id)
        if window is None or not window.counts(at_ms):
            return
        heard = self.heard.setdefault(voice, {}).setdefault(borrower_id, Heard())
        heard.score = max(heard.score, score)
        if alarm:
            heard.alarm(at_ms)

    def _alert(self, alert: Alert, now_ms: int) -> None:
        if alert.transition in RISING:
            voice, tier = Voice(Kind.RULE, alert.rule.name), Tier[alert.tier.upper()]
            self.say(voice, alert.borrower_id, now_ms, tier, alarm=True)

    def _tier(self, change: TierChange, now_ms: int) -> None:
        """Take a change: a rise is an alarm of the tier reached and of each below it."""
        before, after = Tier[change.from_.upper()], Tier[change.to.upper()]
        for reached in TIERS[:after]:
            self.say(reached, change.borrower_id, now_ms, after, alarm=after > before)
