"""Where the partitions of `unresolved` end: what a feed's progress must not overtake.

Asked after everything before the progress has been acknowledged, whoever sent it: so an event
that was sent there before stands before the end that is named.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import Consumer, KafkaException

from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import watermarks

if TYPE_CHECKING:
    from stream.settings import Settings

log = structlog.get_logger()

UNRESOLVED: Final = "unresolved"
ANSWER_WITHIN_S: Final = 5.0
ASK_AGAIN_S: Final = 0.25


class UnresolvedEnds:
    """Asks the broker, by one client for as long as this lives.

    A consumer's client asks: an AdminClient goes on asking with the leader's old epoch after a
    restart of the broker. While it asks for some, others may come: they share the next question,
    which is asked after they came. Every partition of every topic tells progress, so that one
    question each would keep the broker busy with nothing else.
    """

    def __init__(self, settings: Settings) -> None:
        self._topic = named(settings, UNRESOLVED)
        self._partitions = settings.partitions
        self._asker = Consumer(consumer_config(settings, "ingest", "ingest-ends"))
        self._asking: asyncio.Task[tuple[int, ...]] | None = None
        self._next: asyncio.Task[tuple[int, ...]] | None = None

    async def ask(self) -> tuple[int, ...]:
        """Return the next offset of each partition; asks again until the broker says."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask_after(self._asking))
        return await asyncio.shield(self._next)

    async def _ask_after(self, before: asyncio.Task[tuple[int, ...]] | None) -> tuple[int, ...]:
        if before is not None:
            await asyncio.wait([before])
        self._asking, self._next = self._next, None
        while True:
            try:
                return await asyncio.to_thread(self._ask)
            except KafkaException as error:
                log.warning("nobody says where unresolved ends", error=str(error))
                await asyncio.sleep(ASK_AGAIN_S)

    def _ask(self) -> tuple[int, ...]:
        return tuple(
            watermarks(self._asker, self._topic, number, ANSWER_WITHIN_S)[1]
            for number in range(self._partitions)
        )
