"""Whether what was committed to `permits` can be read: the transaction's marker is in the log.

A commit is confirmed when Kafka's coordinator has noted it; the marker that makes records readable
follows, within milliseconds. A broker that is the only one and is killed in between may come back
without writing it (seen with Kafka 4.3.1): the transaction hangs, and its permit is hidden from
whoever takes over. So a permit is answered only when it can be read, and a partition in which
a transaction hangs is not taken over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer

from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import READ_UNCOMMITTED, watermarks

if TYPE_CHECKING:
    from stream.settings import Settings

PERMITS: Final = "permits"
ASK_EVERY_S: Final = 0.002


class HiddenError(RuntimeError):
    """Records of a partition of `permits` cannot be read by who reads committed ones."""


class Visible:
    """Asks the broker; blocking, and from any thread."""

    def __init__(self, settings: Settings) -> None:
        own = consumer_config(settings, "dispatch", "dispatch-visible")
        self._topic = named(settings, PERMITS)
        self._committed = Consumer(own)
        self._all = Consumer(own | {"isolation.level": READ_UNCOMMITTED})

    def wait(self, number: int, within_s: float) -> None:
        """Return when all of a partition can be read.

        Raises:
            HiddenError: If some of it still cannot.
            KafkaException: If the broker does not say.
        """
        until_s = time.monotonic() + within_s
        _, end = watermarks(self._all, self._topic, number, within_s)
        while (readable := watermarks(self._committed, self._topic, number, within_s)[1]) < end:
            if time.monotonic() > until_s:
                raise HiddenError(
                    f"partition {number} of `{self._topic}` ends at {end} and can be read to"
                    f" {readable}: a transaction hangs there"
                )
            time.sleep(ASK_EVERY_S)
