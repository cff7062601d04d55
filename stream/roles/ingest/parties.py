"""Who is who, live: links made of all of `references`, whatever part of it the group gives us.

Two promises, both about references that their source had sent before the event:

* an event is called unknown only after the references were read to where they ended then;
* in the journal it comes after its borrower's references. The other copy of them, appended by
  whoever has that partition, is waited for; not for ever, since its owner may be away.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import KafkaException
from faust.types import TP

from stream.intake.links import Links
from stream.intake.pending import Pending
from stream.intake.references import owner, read_reference
from stream.journal.clients import named
from stream.journal.follow import Follower, Reader
from stream.journal.log_reading import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from confluent_kafka import Message

    from stream.settings import Settings

log = structlog.get_logger()

REFERENCES: Final = "references"
PATIENCE_S: Final = 5.0
"""How long an event waits for its references, and for an answer of the broker; under the
group's rebalance timeout of 20 s."""
LOOK_EVERY_S: Final = 0.01
ASK_EVERY_S: Final = 0.25


class Parties:
    """Links that follow the topic, and what the journal has of it.

    Args:
        settings: Of the process.
        done_here: How far a partition that is ours has been appended, `None` if unknown.
        hear: Told the tokens of which more is known than before.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        done_here: Callable[[TP], int | None],
        hear: Callable[[tuple[str, ...]], None],
    ) -> None:
        self.links = Links()
        self._settings = settings
        self._done_here = done_here
        self._hear = hear
        self._pending = Pending()
        self._done: dict[int, int] = {}
        self._asked_s = 0.0
        self._reader: Reader | None = None
        self._follower: Follower | None = None

    async def start(self) -> None:
        """Read all references there are; go on in the background."""
        self._reader = await asyncio.to_thread(Reader, self._settings, REFERENCES, "ingest")
        self._done = await asyncio.to_thread(patiently, self._reader.committed)
        self._follower = Follower(self._reader, self._take)
        await self._follower.start()
        log.info("knows who is who", tokens=len(self.links), not_in_journal=len(self._pending))

    async def serve(self) -> None:
        """Return when reading has stopped.

        Raises:
            Exception: Whatever ended it: links that stand still would call everybody unknown.
        """
        if self._follower is not None:
            await self._follower.serve()

    def stop(self) -> None:
        """Stop reading."""
        if self._follower is not None:
            self._follower.stop()

    async def catch_up(self) -> None:
        """Return when all references that are on the topic now are known, or after a while."""
        if self._follower is not None and not await self._follower.catch_up(PATIENCE_S):
            log.warning("references cannot be read to their end", within_s=PATIENCE_S)

    @property
    def behind(self) -> bool:
        """Whether references were read that the journal may not have yet."""
        return len(self._pending) > 0

    async def await_journal(
        self, borrower_ids: Collection[str], give_up: Callable[[], bool]
    ) -> None:
        """Return when the journal has every reference of these borrowers that was read.

        Or after a while, or when `give_up` says so.
        """
        until_s = time.monotonic() + PATIENCE_S
        while self._pending.has_any(borrower_ids):
            await self.look()
            if time.monotonic() > until_s or give_up():
                log.warning("events go before references", borrowers=len(self._pending))
                self._pending.clear()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Learn how far the references have been appended: here, and now and then by others."""
        if self._reader is None:
            return
        if time.monotonic() - self._asked_s > ASK_EVERY_S:
            self._asked_s = time.monotonic()
            with contextlib.suppress(KafkaException):  # it may say the next time
                self._done |= await asyncio.to_thread(self._reader.committed)
        for partition in self._reader.partitions:
            here = self._done_here(TP(named(self._settings, REFERENCES), partition)) or 0
            self._done[partition] = max(here, self._done.get(partition, 0))
            self._pending.done(partition=partition, before=self._done[partition])

    def _take(self, records: list[Message]) -> None:
        for record in records:
            value, key = record.value(), record.key()
            if value is None:
                self.links.forget((key or b"").decode(errors="replace"))
            elif (data := read_reference(value)) is not None:
                self._hear(self.links.apply(data))
                self._note(record, owner(data, self.links))

    def _note(self, record: Message, borrower_id: str | None) -> None:
        partition, offset = record.partition() or 0, record.offset() or 0
        if borrower_id is not None and offset >= self._done.get(partition, 0):
            self._pending.note(partition=partition, offset=offset, borrower_id=borrower_id)
