"""What the desk writes to Kafka: operators' orders, and who looked at what.

Everything written is acknowledged by the cluster, or known not to be. While the oldest record has
waited too long the outlet is broken, and nothing is shown that would have to be recorded.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confluent_kafka import Message

log = structlog.get_logger()

BROKEN_AFTER_S: Final = 30.0
POLL_S: Final = 0.05
SENT_WITHIN_S: Final = 10.0


class NotSentError(RuntimeError):
    """The cluster has not taken a record."""


class Outlet(Protocol):
    """Where records go."""

    def put(self, topic: str, key: str, value: bytes) -> asyncio.Future[None]:
        """Hand a record over; the future is done when the cluster has it.

        Raises:
            NotSentError: If there is no room for it.
        """

    @property
    def is_broken(self) -> bool:
        """Whether a record has waited for too long."""

    def close(self) -> None:
        """Wait for what is on its way, and stop."""


class KafkaOutlet:
    """An outlet to a cluster.

    Args:
        options: Of the producer; with acknowledgements of all.
        prefix: Put before every topic.
    """

    def __init__(self, options: Mapping[str, Any], prefix: str) -> None:
        self._producer = Producer(dict(options))
        self._prefix = prefix
        self._waiting: dict[int, float] = {}
        self._count = 0
        self._failed_s: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="outlet", daemon=True)
        self._thread.start()

    def put(self, topic: str, key: str, value: bytes) -> asyncio.Future[None]:
        """Hand a record over; the future is done when the cluster has it.

        Raises:
            NotSentError: If there is no room for it.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._count += 1
        number = self._count
        self._waiting[number] = time.monotonic()

        def told(error: KafkaError | None, _message: Message) -> None:
            since_s = self._waiting.pop(number, None)
            self._failed_s = None if error is None else (self._failed_s or since_s)
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, done, error)

        try:
            self._producer.produce(f"{self._prefix}{topic}", key=key, value=value, on_delivery=told)
        except (BufferError, KafkaException) as error:
            self._failed_s = self._failed_s or self._waiting.pop(number)
            raise NotSentError(f"no room for another record: {error}") from error
        return done

    @property
    def is_broken(self) -> bool:
        """Whether a record has waited for too long, or could not be sent for so long."""
        oldest = min(self._waiting.values(), default=None)
        since = [each for each in (oldest, self._failed_s) if each is not None]
        return bool(since) and time.monotonic() - min(since) > BROKEN_AFTER_S

    def close(self) -> None:
        """Wait for what is on its way, and stop."""
        left = self._producer.flush(SENT_WITHIN_S)
        if left:
            log.error("records not sent at the end", count=left)
        self._stop.set()
        self._thread.join(timeout=1.0)

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._producer.poll(POLL_S)


def _settle(done: asyncio.Future[None], error: KafkaError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(NotSentError(error.str()))
        done.exception()  # it has been told to the log; whoever does not wait need not


async def sent(done: asyncio.Future[None]) -> None:
    """Wait until the cluster has a record.

    Raises:
        NotSentError: If it does not take it in time.
    """
    try:
        await asyncio.wait_for(asyncio.shield(done), SENT_WITHIN_S)
    except TimeoutError as error:
        raise NotSentError(f"no acknowledgement within {SENT_WITHIN_S:g} s") from error
