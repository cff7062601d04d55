"""Where the partitions of `unresolved` end: what a feed's progress must not overtake.

Asked after everything before the progress has been acknowledged, whoever sent it: so an event
that was sent there before stands before the end that is named.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from stream.journal.clients import kafka_config, named

if TYPE_CHECKING:
    from stream.settings import Settings

log = structlog.get_logger()

UNRESOLVED: Final = "unresolved"
ANSWER_WITHIN_S: Final = 5.0
ASK_AGAIN_S: Final = 0.25
_LATEST: Final = OffsetSpec.latest()  # type: ignore[no-untyped-call]


class UnresolvedEnds:
    """Asks the broker, one question for all partitions.

    One client for as long as this lives: the end of a client would leave its answers open.
    """

    def __init__(self, settings: Settings) -> None:
        topic = named(settings, UNRESOLVED)
        self._places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        self._admin = AdminClient(kafka_config(settings, "ingest-ends"))

    async def ask(self) -> tuple[int, ...]:
        """Return the next offset of each partition; asks again until the broker says."""
        while True:
            try:
                return await asyncio.to_thread(self._ask)
            except KafkaException as error:
                log.warning("nobody says where unresolved ends", error=str(error))
                await asyncio.sleep(ASK_AGAIN_S)

    def _ask(self) -> tuple[int, ...]:
        answers = self._admin.list_offsets(
            dict.fromkeys(self._places, _LATEST),
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=ANSWER_WITHIN_S,
        )
        ends = {place.partition: answer.result().offset for place, answer in answers.items()}
        return tuple(ends[place.partition] for place in self._places)
