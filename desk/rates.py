"""How often somebody may ask: a bucket each, that fills again steadily."""

from __future__ import annotations

from typing import Final

from desk import clock

KEPT: Final = 10_000
"""So many askers are remembered; then those whose bucket is full are forgotten."""


class Rates:
    """Buckets by asker.

    Args:
        most: What a full bucket holds.
        per_s: How fast it fills.
    """

    def __init__(self, most: float, per_s: float) -> None:
        self._most, self._per_s = most, per_s
        self._left: dict[str, tuple[float, int]] = {}

    def take(self, asker: str) -> bool:
        """Return whether the asker may ask now; that counts."""
        now_ms = clock.now_ms()
        left = self._now(asker, now_ms)
        if len(self._left) >= KEPT:
            self._forget(now_ms)
        if left < 1:
            return False
        self._left[asker] = (left - 1, now_ms)
        return True

    def _now(self, asker: str, now_ms: int) -> float:
        left, at_ms = self._left.get(asker, (self._most, now_ms))
        return min(self._most, left + max(0, now_ms - at_ms) / 1_000 * self._per_s)

    def _forget(self, now_ms: int) -> None:
        full = [each for each in self._left if self._now(each, now_ms) >= self._most]
        for each in full:
            del self._left[each]
