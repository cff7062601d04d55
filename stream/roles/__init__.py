"""One Faust app a module, each with a factory `build_app(settings)`; no decisions here.

A role's worker is `loanwatch worker ROLE`, or Faust's own `faust -A stream.roles.ROLE worker`.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role: the name of its service in docker-compose.yml, in logs, and of its module here."""

    INGEST = "ingest"
    TICKER = "ticker"
    MONITOR = "monitor"
    CROSSING = "crossing"
    COMPLIANCE = "compliance"
    DISPATCH = "dispatch"
    PAGER = "pager"
    DESK_FEED = "desk-feed"

    @property
    def module(self) -> str:
        """Where its app is built."""
        return f"stream.roles.{self.value.replace('-', '_')}"
