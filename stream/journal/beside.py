"""A topic that a role reads beside its chunks, whatever the group assigns to it.

How it is used:

    cases = Beside(settings, "cases", "pager", take)
    await cases.follow()      # as long as the process runs
    cases.stop()
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from confluent_kafka import OFFSET_BEGINNING

from stream.journal.follow import Follower, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from confluent_kafka import Message

    from stream.settings import Settings


class Beside:
    """Reads one topic, all partitions of it.

    Args:
        settings: Of the process.
        topic: Without the prefix.
        group: The group that the cluster's rights are given to; it is not joined.
        take: Called on the loop with each batch, in the order of offsets within a partition.
        begin: Where each partition is read from: its first record, or its present end.

    Attributes:
        has_begun: Whether everything has been taken that was there when reading began.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        group: str,
        take: Callable[[list[Message]], None],
        *,
        begin: int = OFFSET_BEGINNING,
    ) -> None:
        self.has_begun = False
        self._settings, self._topic, self._group = settings, topic, group
        self._take, self._begin = take, begin
        self._follower: Follower | None = None

    async def follow(self) -> None:
        """Read all that is there, and go on as long as the process runs.

        Raises:
            Exception: Whatever ended it.
        """
        reader = await asyncio.to_thread(
            Reader, self._settings, self._topic, self._group, begin=self._begin
        )
        self._follower = Follower(reader, self._take)
        await self._follower.start()
        self.has_begun = True
        await self._follower.serve()

    def stop(self) -> None:
        """Stop reading."""
        if self._follower is not None:
            self._follower.stop()
