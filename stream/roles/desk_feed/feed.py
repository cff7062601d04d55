"""Keeps the read model up to date, and builds a new one where there is none.

A generation is built from the first record of every topic to where they end, and only then read
by anybody. Where the present one disappears (Redis was flushed), a new one is built; where
somebody else has switched to another (`loanwatch desk rebuild`), that one is gone on with.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import redis
import structlog

from schemas.signing import load_trust
from stream import clock
from stream.desk_feed.links import of_reference
from stream.desk_feed.project import project
from stream.roles.desk_feed.control import Governing
from stream.roles.desk_feed.source import CONTROL, REFERENCES, Source
from stream.roles.desk_feed.store import Store, new_generation

if TYPE_CHECKING:
    from confluent_kafka import Message

    from stream.desk_feed.writes import Write
    from stream.settings import Settings

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.5
"""How often it is asked where the topics end, and which generation counts."""
AGAIN_S: Final = 1.0
LONGEST_AGAIN_S: Final = 15.0
"""Redis that is away is asked for less and less often, so that a log says it and not much else."""


class Feed:
    """One feed; runs in a thread, since both clients block.

    Args:
        settings: Of the process.
        store: The read model.

    Raises:
        OSError: If the trust file cannot be read.
        msgspec.DecodeError: If it is none.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._trust = load_trust(settings.trust_file.read_bytes())
        self._stop = threading.Event()

    def stop(self) -> None:
        """Stop soon."""
        self._stop.set()

    def run(self) -> None:
        """Feed until told to stop; a Redis that is away is waited for.

        Raises:
            KafkaException: If a topic cannot be read.
        """
        again_s = AGAIN_S
        while not self._stop.is_set():
            try:
                generation = self._store.generation()
                again_s = AGAIN_S
                if generation is None or not self._store.is_of_this_edition():
                    self.build()
                else:
                    self._follow(generation)
            except redis.RedisError as error:
                log.warning("no read model for now", error=type(error).__name__, again_s=again_s)
                self._stop.wait(again_s)
                again_s = min(LONGEST_AGAIN_S, 2 * again_s)

    def build(self) -> str | None:
        """Build a new generation from the topics and switch to it.

        Returns:
            Its name; `None` if it was told to stop, or a later one was switched to first.
        """
        generation, since_ms = new_generation(), clock.now_ms()
        log.info("builds the read model", generation=generation)
        source, governing = Source(self._settings, {}), Governing(self._trust)
        records = 0
        try:
            ends = source.ends()
            looked_s = 0.0
            while not source.has_read(ends):
                if self._stop.is_set():
                    return None
                records += self._step(source, governing, generation, tell=False)
                if time.monotonic() - looked_s > LOOK_EVERY_S:
                    self._store.note_building(generation, records, since_ms)
                    looked_s = time.monotonic()
        finally:
            source.close()
        if not self._store.switch(generation):
            log.info("another generation counts", generation=generation)
            return None
        self._store.note_read(self._settings.partitions)
        dropped = self._store.drop_older(generation)
        log.info("read model built", generation=generation, records=records, keys_dropped=dropped)
        return generation

    def _follow(self, generation: str) -> None:
        """Read on as long as this generation counts."""
        source = Source(self._settings, self._store.offsets(generation))
        governing = Governing(self._trust)
        looked_s, ends = time.monotonic(), source.ends()
        try:
            while not self._stop.is_set():
                self._step(source, governing, generation, tell=True)
                if source.has_read(ends) and time.monotonic() - looked_s > LOOK_EVERY_S:
                    if self._store.generation() != generation:
                        return
                    self._store.note_read(self._settings.partitions)
                    looked_s, ends = time.monotonic(), source.ends()
        finally:
            source.close()

    def _step(self, source: Source, governing: Governing, generation: str, *, tell: bool) -> int:
        """Do the next batch; return how many records it had."""
        records = source.next_records()
        if not records:
            return 0
        writes = [each for one in records for each in _writes(*one, governing)]
        self._store.do(generation, writes, source.read, tell=tell)
        return len(records)


def _writes(topic: str, message: Message, governing: Governing) -> list[Write]:
    if topic == CONTROL:
        written_ms = message.timestamp()[1]
        return governing.take(message.value(), message.offset() or 0, written_ms)
    try:
        if topic == REFERENCES:
            return list(of_reference(message.key(), message.value(), message.offset() or 0))
        return project(topic, message.key(), message.value())
    except (ValueError, KeyError, RecursionError) as error:
        log.warning(
            "record not shown",
            topic=topic,
            partition=message.partition(),
            offset=message.offset(),
            error=str(error),
        )
        return []
