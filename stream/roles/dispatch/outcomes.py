"""What executors report: frees borrowers for another contact, and counts contacts without leave.

Health record H14 is written by the fold, which has permits and outcomes in its journal; here a
breach is counted and logged, minutes earlier if the monitor is behind (docs/decisions/0045).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from confluent_kafka import OFFSET_END

from schemas.permit import CollectionOutcome
from stream import metrics
from stream.journal.beside import Beside

if TYPE_CHECKING:
    from confluent_kafka import Message

    from stream.roles.dispatch.custody import GateCustody
    from stream.settings import Settings

log = structlog.get_logger()

OUTCOMES: Final = "collection-outcomes"


class Outcomes:
    """Follows the topic from now on; earlier outcomes free nobody who is not free already."""

    def __init__(self, settings: Settings, custody: GateCustody) -> None:
        self._custody = custody
        outcomes = Beside(settings, OUTCOMES, "dispatch", self._take, begin=OFFSET_END)
        self.follow, self.stop = outcomes.follow, outcomes.stop

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            held = self._custody.numbered(message.partition() or 0)
            if held is None:
                continue  # its owner's affair
            try:
                outcome = msgspec.json.decode(message.value() or b"", type=CollectionOutcome)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("no outcome", offset=message.offset(), error=str(error))
                continue
            if not held.grants.settle(outcome):
                metrics.CONDUCT_BREACHES.labels(outcome.channel).inc()
                log.error("contact without a permit", outcome_id=outcome.outcome_id)
