"""The keeper: looks after what is assigned, as long as the app runs.

* What is assigned but not read is taken over again: a takeover may fail, and a partition may be
  lost to a late commit of a former owner, without any rebalance to set it right. (Faust's own
  wait for `perform_seek` gives up in silence, too.)
* What is read but stands still ends the process (`watchdog.py`).
* The lag is told: the broker's end less what is done.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog

from stream import metrics
from stream.journal.watchdog import Ends, Watchdog, bite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faust.types import TP

    from stream.journal.app import App

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.5
MEASURE_EVERY_S: Final = 5.0


async def retake(app: App) -> None:
    """Seek again when something has been lacking for two heartbeats."""
    patience = round(2 * app.conf.broker_heartbeat_interval / LOOK_EVERY_S)
    lacking = 0
    while not app.should_stop:
        await asyncio.sleep(LOOK_EVERY_S)
        lacking = lacking + 1 if app.reader.lacks() and not app.rebalancing else 0
        if lacking >= patience:
            log.warning("takes over again")
            await app.reader.perform_seek()
            lacking = 0


async def watch(app: App) -> None:
    """Measure the lag, and end the process if a partition stands still."""
    ends, watchdog = Ends(app.settings), Watchdog()
    reported: set[TP] = set()
    loop = asyncio.get_running_loop()
    while not app.should_stop:
        await asyncio.sleep(MEASURE_EVERY_S)
        tps = app.reader.assignment()
        at = await loop.run_in_executor(None, ends.of, tps)
        done = {tp: app.custody.committable(tp) for tp in tps}
        _report(done, at, reported)
        metrics.STOPPED.set(sum(map(app.custody.stopped, tps)))
        expected = {tp: app.custody.reached(tp) for tp in tps if not app.custody.stopped(tp)}
        if stuck := watchdog.stuck(time.monotonic(), expected, at):
            bite(stuck)


def _report(done: Mapping[TP, int | None], ends: Mapping[TP, int], reported: set[TP]) -> None:
    """Set the lag of what is assigned; forget that of what went elsewhere."""
    for tp in reported - done.keys():
        metrics.LAG.remove(tp.topic, str(tp.partition))
    for tp, end in ends.items():
        metrics.LAG.labels(tp.topic, str(tp.partition)).set(end - (done.get(tp) or 0))
    reported.intersection_update(done)
    reported.update(ends)
