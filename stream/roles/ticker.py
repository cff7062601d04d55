"""ticker: tells every partition of the journal what time it is, and how far the feeds have come.

Reads `source-progress` from its first record on at each take-over, so it needs no memory of its
own. Each `LOANWATCH_TICK_MS`, a second if nothing is set, it ticks if a clock or a feed has moved,
else each tenth time. Two of them are harmless: a tick that is not newer than the last changes
nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from faust.types import TP

from schemas import journal
from stream import clock
from stream.intake import progress
from stream.intake.reached import Pace, Reached
from stream.journal.app import build_app as build
from stream.journal.append import Appender
from stream.journal.clients import named
from stream.journal.delivered import DeliveredCustody
from stream.journal.watchdog import Ends
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.intake.reached import Now
    from stream.journal.app import App
    from stream.journal.chunk import Chunk

log = structlog.get_logger()

SOURCE_PROGRESS: Final = "source-progress"


class Ticker:
    """The state of one ticker process; all of it on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place = TP(named(settings, SOURCE_PROGRESS), 0)
        self._appender = Appender(settings, "ticker")
        self._ends = Ends(settings)
        self._reached = Reached(settings.partitions)
        self._pace = Pace()
        self._end: int | None = None
        self.custody = DeliveredCustody(settle=_nothing, from_start=[self._place.topic])

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Learn how far the sources have come."""
        with self.custody.receive(tp, chunk):
            for record in chunk:
                try:
                    self._reached.learn(progress.decode(record.value or b""))
                except msgspec.DecodeError as error:
                    log.warning("no progress record", offset=record.offset, error=str(error))

    async def tick(self) -> None:
        """Tick as long as the process runs and the partition is ours."""
        while True:
            await asyncio.sleep(self._settings.tick_ms / 1_000)
            if not self.custody.holds(self._place):
                self._end = None
            elif await self._knows_all() and self._pace.due(now := self._reached.now):
                self._send(now)

    async def hear(self) -> None:
        """Hear of acknowledgements, as long as the process runs."""
        await self._appender.serve()

    async def _knows_all(self) -> bool:
        """Whether all has been read that was there when we took over.

        Before that a source that lags may be missing, and the clock would run ahead of it.
        """
        if self._end is None:
            ends = await asyncio.to_thread(self._ends.of, [self._place])
            self._end = ends.get(self._place)
        received = self.custody.reached(self._place)
        return self._end is not None and (-1 if received is None else received) + 1 >= self._end

    def _send(self, now: Now) -> None:
        tick = journal.encode(
            journal.Tick(
                wall_at_ms=clock.now_ms(),
                input_at_ms=now.clock_at_ms,
                watermarks=now.watermarks,
                held=now.held,
                closed=now.closed,
            )
        )
        batch = self._appender.batch()
        for partition in range(self._settings.partitions):
            batch.send("journal", journal.TICK_KEY, tick, partition=partition)


def build_app(settings: Settings) -> App:
    """Return the role's app."""
    ticker = Ticker(settings)
    app = build(
        "ticker", settings, custody=ticker.custody, topics=[SOURCE_PROGRESS], handle=ticker.handle
    )
    app.task(ticker.hear)
    app.task(ticker.tick)
    return app


async def _nothing() -> None:
    """Settle nothing: a tick that is lost is followed by another."""


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.ticker` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
