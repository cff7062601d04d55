"""The plainest episode of an event rule: walked through event by event, and told of as it changes.

A rule that is met opens or rises, stays open for `keep` after the last event that met it, then is
quiet for `cooldown` but for a higher tier. When an event comes late, the events after it are
judged again and the episode is walked through from its beginning; what is told is the difference.
The monitor's own is `stream.decide.course`, which says the same with less memory.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rules.testing import Transition
from schemas.alert import Cause, Text

_SILENT = Text(en="", zh="")


class Met(NamedTuple):
    """The rule is met at an event."""

    at_ms: int
    tier: int
    reason: Text


class Episode:
    """The life of one rule's warnings: what it is, and what was told of it (`tier`)."""

    def __init__(self, keep_ms: int, cooldown_ms: int) -> None:
        self._keep_ms = keep_ms
        self._cooldown_ms = cooldown_ms
        self.tier = 0
        self.log: list[Transition] = []
        self._begin()

    def meet(self, met: Met, now_ms: int) -> None:
        """Walk on by an event that is not earlier than those before."""
        self._step(met)
        self._tell(now_ms, Cause.SIGNAL, met.reason)

    def walk(self, all_met: Iterable[Met], now_ms: int) -> None:
        """Walk through all events again, because one came late."""
        self._begin()
        reason = _SILENT
        for met in all_met:
            self._step(met)
            reason = met.reason
        self._tell(now_ms, Cause.LATE_DATA, reason)

    def advance(self, now_ms: int) -> None:
        """Close at the deadline."""
        at_ms = self._closes_at_ms
        if self._open and at_ms <= now_ms:
            self._tell(at_ms, Cause.DECAY, _SILENT)

    def _begin(self) -> None:
        self._open = self._closes_at_ms = self._quiet_until_ms = self._quiet_tier = 0

    def _step(self, met: Met) -> None:
        self._pass(met.at_ms)
        is_quiet = met.at_ms < self._quiet_until_ms and met.tier <= self._quiet_tier
        if is_quiet and not self._open:
            return
        self._open = max(self._open, met.tier)
        self._closes_at_ms = max(self._closes_at_ms, met.at_ms + self._keep_ms)

    def _pass(self, at_ms: int) -> None:
        if self._open and self._closes_at_ms <= at_ms:
            self._quiet_tier, self._open = self._open, 0
            self._quiet_until_ms = self._closes_at_ms + self._cooldown_ms

    def _tell(self, now_ms: int, cause: Cause, reason: Text) -> None:
        self._pass(now_ms)
        if self._open != self.tier:
            self.log.append(Transition(now_ms, self.tier, self._open, cause, reason))
            self.tier = self._open
