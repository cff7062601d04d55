"""The keeper: looks after what is assigned but not read.

A takeover may fail, and a partition may be lost to a late commit of a former owner, without any
rebalance to set it right. Faust's own wait for `perform_seek` gives up in silence, too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from stream.journal.app import App

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.5


async def keep(app: App) -> None:
    """Seek again when something has been lacking for two heartbeats; runs as long as the app."""
    patience = round(2 * app.conf.broker_heartbeat_interval / LOOK_EVERY_S)
    lacking = 0
    while not app.should_stop:
        await asyncio.sleep(LOOK_EVERY_S)
        lacking = lacking + 1 if app.reader.lacks() and not app.rebalancing else 0
        if lacking >= patience:
            log.warning("take over again")
            await app.reader.perform_seek()
            lacking = 0
