"""The dead man's signal: told while ticks come through the monitor and the desk answers.

A watchdog outside hears it and rings when it stays away, whatever has died here: this process,
the machine, Kafka. What is silent is told to our own outputs too, as far as they can be reached.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import httpx
import msgspec
import structlog
from confluent_kafka import OFFSET_END

from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream import clock, metrics
from stream.journal.beside import Beside
from stream.pager.messages import of_silence
from stream.pager.silence import Silence
from stream.roles.pager.outlets import WITHIN_S, read_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import Message

    from stream.pager.config import Pager
    from stream.roles.pager.outlets import Outlets
    from stream.settings import Settings

log = structlog.get_logger()

TRIGGERS: Final = "collection-triggers"


class DeadMansSignal:
    """Tells a watchdog that all is well, if the pager's file names one.

    Raises:
        PagerError: If the watchdog's address cannot be read.
    """

    def __init__(
        self, settings: Settings, config: Pager, client: httpx.AsyncClient, outlets: Outlets
    ) -> None:
        self._dead_man = config.dead_man
        self._client, self._outlets = client, outlets
        self._ticks = Beside(settings, TRIGGERS, "pager", self._take, begin=OFFSET_END)
        dead_man = config.dead_man
        self._url = read_line(dead_man.url_file) if dead_man else ""
        stale_ms = dead_man.stale_s * 1_000 if dead_man else 0
        self._silence = Silence(clock.now_ms(), stale_ms)

    async def follow(self) -> None:
        """Hear of the monitor's ticks from now on, as long as the process runs.

        Raises:
            Exception: Whatever ended it.
        """
        if self._dead_man is not None:
            await self._ticks.follow()

    def stop(self) -> None:
        """Stop reading."""
        self._ticks.stop()

    async def serve(self, is_ours: Callable[[], bool]) -> None:
        """Tell it every so often, as long as the process runs and it is ours to tell."""
        dead_man = self._dead_man
        while dead_man is not None:
            await asyncio.sleep(dead_man.every_s)
            if not is_ours():
                continue
            now_ms, answers = clock.now_ms(), await self._desk_answers(dead_man.desk)
            trouble = self._silence.trouble(now_ms, desk_answers=answers)
            metrics.WATCH_SILENT.set(bool(trouble))
            if not trouble:
                await self._ask(self._url)
            elif self._silence.is_to_be_said(now_ms):
                await self._say(trouble, dead_man.to, now_ms)

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            if message.key() == PROGRESS_KEY:
                tick = msgspec.json.decode(message.value() or b"", type=TriggerProgress)
                self._silence.hear(tick.tick_at_ms)

    async def _desk_answers(self, url: str | None) -> bool:
        return url is None or await self._ask(url)

    async def _ask(self, url: str) -> bool:
        try:
            return (await self._client.get(url, timeout=WITHIN_S)).is_success
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("no answer", error=type(error).__name__)
            return False

    async def _say(self, trouble: str, to: tuple[str, ...], now_ms: int) -> None:
        log.error("the watch is silent", trouble=trouble)
        said = of_silence(trouble, self._silence.since_ms)
        results = [await self._outlets.send(name, said) for name in to]
        if not any(results):
            self._silence.was_said(now_ms)
