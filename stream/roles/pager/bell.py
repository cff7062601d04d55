"""Rings what is due, once: `pages` is the memory, read from its first record at each take-over.

An output that took a ring is not rung for it again, unless the process died before that stood in
`pages`: twice is better than never. One that did not take it is tried again after a while.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from faust.types import TP

from schemas.case import Case
from schemas.instants import wire
from schemas.page import Page
from stream import clock, metrics
from stream.journal.beside import Beside
from stream.journal.clients import named
from stream.journal.delivered import DeliveredCustody
from stream.journal.watchdog import Ends
from stream.pager.messages import of_ring
from stream.pager.rings import Rings

if TYPE_CHECKING:
    from confluent_kafka import Message

    from stream.journal.append import Appender
    from stream.journal.chunk import Chunk
    from stream.pager.config import Pager
    from stream.pager.rings import Ring
    from stream.roles.pager.outlets import Outlets
    from stream.settings import Settings

log = structlog.get_logger()

PAGES: Final = "pages"
CASES: Final = "cases"
EVERY_S: Final = 1.0
TRY_AGAIN_S: Final = 10.0


class Bell:
    """The cases that may ring; all of it on the event loop."""

    def __init__(
        self, settings: Settings, config: Pager, outlets: Outlets, appender: Appender
    ) -> None:
        self._config = config
        self._outlets, self._appender = outlets, appender
        self._place = TP(named(settings, PAGES), 0)
        self._rings = Rings(config)
        self._ends = Ends(settings)
        self._end: int | None = None
        self._failed_s: dict[str, float] = {}
        self._cases = Beside(settings, CASES, "pager", self._take)
        self.follow, self.stop = self._cases.follow, self._cases.stop
        self.custody = DeliveredCustody(settle=_nothing, from_start=[self._place.topic])

    def is_ours(self) -> bool:
        """Whether this process is the one that rings."""
        return self.custody.holds(self._place)

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Learn what has rung."""
        with self.custody.receive(tp, chunk):
            for record in chunk:
                try:
                    page = msgspec.json.decode(record.value or b"", type=Page)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    log.warning("no page", offset=record.offset, error=str(error))
                else:
                    self._rings.took(page.page_id)

    async def ring(self) -> None:
        """Ring what is due, as long as the process runs."""
        while True:
            await asyncio.sleep(EVERY_S)
            metrics.UNACKNOWLEDGED.set(self._rings.open)
            if not self.is_ours():
                self._end = None
            elif self._cases.has_begun and await self._knows_pages():
                due = [each for each in self._rings.due(clock.now_ms()) if self._may_try(each)]
                await asyncio.gather(*map(self._ring, due))

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            value = message.value()
            try:
                if value is None:
                    self._rings.forget((message.key() or b"").decode())
                else:
                    self._rings.follow(msgspec.json.decode(value, type=Case))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("no case", offset=message.offset(), error=str(error))

    async def _knows_pages(self) -> bool:
        """Whether all has been read that was in `pages` when we took over."""
        if self._end is None:
            ends = await asyncio.to_thread(self._ends.of, [self._place])
            self._end = ends.get(self._place)
        received = self.custody.reached(self._place)
        return self._end is not None and (-1 if received is None else received) + 1 >= self._end

    def _may_try(self, ring: Ring) -> bool:
        return time.monotonic() - self._failed_s.get(ring.page_id, -TRY_AGAIN_S) >= TRY_AGAIN_S

    async def _ring(self, ring: Ring) -> None:
        wrong = await self._outlets.send(ring.output, of_ring(ring, self._config.desk_url))
        metrics.PAGES.labels(ring.output, "failed" if wrong else "taken").inc()
        if wrong:
            log.warning("not rung", output=ring.output, case=ring.case.case_id, reason=wrong)
            self._failed_s[ring.page_id] = time.monotonic()
            return
        self._failed_s.pop(ring.page_id, None)
        self._rings.took(ring.page_id)
        page = Page(
            page_id=ring.page_id,
            case_id=ring.case.case_id,
            output=ring.output,
            at=wire(clock.now_ms()),
        )
        batch = self._appender.batch()
        batch.send(PAGES, ring.page_id.encode(), msgspec.json.encode(page))
        await batch.acknowledged()
        log.info("rung", output=ring.output, case=ring.case.case_id, left=ring.minutes_left)


async def _nothing() -> None:
    """Settle nothing: what has rung stands in `pages` already."""
