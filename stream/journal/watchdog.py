"""The watchdog: a partition that grows and does not move means a process that should end.

Faust's own detectors of livelock only log. Here the broker is asked how far each partition
reaches, by a client of its own: the stuck one would be wrong about that. While the broker does
not answer nobody is to blame, and nothing is concluded.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaException

from stream.journal.clients import consumer_config
from stream.journal.log_reading import watermarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from faust.types import TP

    from stream.settings import Settings

log = structlog.get_logger()

STUCK_AFTER_S: Final = 120.0
"""Twice as long as a checkpoint may wait for a broker that is away."""
EX_SOFTWARE: Final = 70


class _Seen(NamedTuple):
    done: int | None
    end: int
    since_s: float


class Watchdog:
    """Remembers since when each partition has stood still."""

    def __init__(self) -> None:
        self._seen: dict[TP, _Seen] = {}

    def stuck(
        self, now_s: float, done: Mapping[TP, int | None], ends: Mapping[TP, int]
    ) -> list[TP]:
        """Return the partitions that have grown, yet stood still for `STUCK_AFTER_S`.

        Args:
            now_s: On any clock that never goes back.
            done: How far each partition has come; those left out are forgotten.
            ends: Where each ends. Empty if the broker does not say: then all begin anew.
        """
        before, self._seen = self._seen, {}
        for tp in done.keys() & ends.keys():
            seen = before.get(tp)
            if seen is None or seen.done != done[tp]:
                seen = _Seen(done[tp], ends[tp], now_s)
            self._seen[tp] = seen
        return [
            tp
            for tp, seen in self._seen.items()
            if ends[tp] > seen.end and now_s - seen.since_s >= STUCK_AFTER_S
        ]


class Ends:
    """Asks the broker where partitions end. Blocking: call it in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = Consumer(consumer_config(settings, "no-group"))

    def of(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Return the next offset of each partition, nothing if the broker does not say."""
        try:
            return {tp: watermarks(self._consumer, tp.topic, tp.partition)[1] for tp in tps}
        except KafkaException:
            return {}

    def close(self) -> None:
        """Let go of the client."""
        self._consumer.close()


def bite(stuck: list[TP]) -> None:
    """End the process, with the stacks of all its threads in the log."""
    log.error("stands still: ends", partitions=sorted(f"{t.topic}-{t.partition}" for t in stuck))
    faulthandler.dump_traceback(sys.__stderr__ or 2)
    os._exit(EX_SOFTWARE)
