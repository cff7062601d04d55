"""Whether the watch may be said to be alive: ticks come through the monitor, the desk answers."""

from typing import Final

from schemas.instants import MINUTE_MS

SAY_AGAIN_MS: Final = 15 * MINUTE_MS


class Silence:
    """Since when something is silent, and whether people are to be told.

    Args:
        started_ms: When the pager began: until then nobody can have heard a tick.
        stale_ms: How old the last tick may be.
    """

    def __init__(self, started_ms: int, stale_ms: int) -> None:
        self._stale_ms = stale_ms
        self._heard_ms = started_ms
        self._since_ms: int | None = None
        self._said_ms: int | None = None

    @property
    def since_ms(self) -> int:
        """Since when something is silent; of use while `trouble` says what."""
        return self._since_ms or 0

    def hear(self, tick_at_ms: int) -> None:
        """Note that the monitor has told of a tick."""
        self._heard_ms = max(self._heard_ms, tick_at_ms)

    def trouble(self, now_ms: int, *, desk_answers: bool) -> str:
        """Return what is silent in words, nothing if all is well."""
        stale_s = (now_ms - self._heard_ms) // 1_000
        silent = []
        if now_ms - self._heard_ms > self._stale_ms:
            silent.append(f"no tick of the monitor for {stale_s} s")
        if not desk_answers:
            silent.append("the desk does not answer")
        if not silent:
            self._since_ms = self._said_ms = None
        elif self._since_ms is None:
            self._since_ms = now_ms
        return " and ".join(silent)

    def is_to_be_said(self, now_ms: int) -> bool:
        """Whether people are to be told now: at once, and again while it lasts."""
        return self._said_ms is None or now_ms - self._said_ms >= SAY_AGAIN_MS

    def was_said(self, now_ms: int) -> None:
        """Note that they were."""
        self._said_ms = now_ms
