"""The Faust app that every role is: the production profile, one agent, one custody.

    app = build_app("ingest", settings, custody=custody, topics=["repayments"], handle=handle)

`handle` gets one chunk after the other, each once per seek, in order within a partition. It must
not raise for a record's sake: an exception ends the process (`CrashingSupervisor`), and the next
one reads the chunk again. Positions, commits and shutdown are the custody's and the transport's.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final, cast

import faust
import structlog
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager

from stream.journal.chunk import Raw
from stream.journal.clients import faust_broker, faust_credentials, named
from stream.journal.keeper import retake, watch
from stream.journal.transport import Transport
from stream.metrics import CHUNK_RECORDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from faust.types import TP

    from stream.journal.chunk import Chunk
    from stream.journal.custody import Custody
    from stream.journal.transport import Consumer
    from stream.settings import Settings

    Handle = Callable[[TP, Chunk], Awaitable[None]]

log = structlog.get_logger()

STOP_WITHIN_S: Final = 15.0
"""With the broker hanging neither the last commit nor Faust's own stop ever ends."""
EX_TEMPFAIL: Final = 75
"""Exit code of a stop that took too long: start me again."""


class _ConsumerAlone(BootStrategy):
    """Starts neither Faust's web server, which has no login, nor its producer: we use our own.

    (`faust worker` turns the web server on, whatever the settings say.)
    """

    enable_web = False
    enable_kafka_producer = False


class _NoTables(TableManager):
    """Faust's table manager without the second it sleeps first: there is no table to wait for."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class App(faust.App):
    """A role.

    Args:
        id: The consumer group.
        settings: Of the process.
        custody: Says where to read and how far it has come.
        before: Awaited before the group is joined.
        **options: Faust's own.
    """

    BootStrategy = _ConsumerAlone

    def __init__(
        self,
        id: str,  # noqa: A002 - so named by Faust
        *,
        settings: Settings,
        custody: Custody,
        before: Callable[[], Awaitable[None]] | None = None,
        **options: Any,
    ) -> None:
        self.settings = settings
        self.custody = custody
        self._before = before
        super().__init__(id, **options)

    @property
    def reader(self) -> Consumer:
        """The consumer, as what it is."""
        return cast("Consumer", self.consumer)

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: a role keeps nothing on disk."""

    async def on_first_start(self) -> None:
        """Do what the role needs before it reads anything."""
        await super().on_first_start()
        if self._before is not None:
            await self._before()

    async def on_stop(self) -> None:
        """Stop, with a last checkpoint, or end hard after a while."""
        deadline = threading.Timer(STOP_WITHIN_S, _end_hard)
        deadline.daemon = True
        deadline.start()
        await super().on_stop()


def _end_hard() -> None:
    log.error("stop took too long", limit_s=STOP_WITHIN_S)
    os._exit(EX_TEMPFAIL)


def build_app(
    role: str,
    settings: Settings,
    *,
    custody: Custody,
    topics: Sequence[str],
    handle: Handle,
    before: Callable[[], Awaitable[None]] | None = None,
) -> App:
    """Return the app of a role.

    Args:
        role: Its name; with the prefix it is the consumer group.
        settings: Of the process.
        custody: See `stream.journal.custody`.
        topics: What it reads, without the prefix.
        handle: Called with each chunk.
        before: Awaited before the group is joined: the place for what takes long.
    """
    app = App(
        named(settings, role),
        settings=settings,
        custody=custody,
        before=before,
        **profile(settings),
    )
    read(app, role, topics, handle)

    @app.on_before_shutdown.connect
    async def last_checkpoint(*_args: Any, **_kwargs: Any) -> None:
        await app.reader.save()  # the flow has stopped, running chunks are done

    app.task(retake)
    app.task(watch)

    return app


def read(app: App, name: str, topics: Sequence[str], handle: Handle) -> None:
    """Add an agent: a reader of some topics that waits for no other.

    Args:
        app: Whose.
        name: Of the agent.
        topics: What it reads, without the prefix.
        handle: Called with each chunk.
    """
    source = app.topic(*(named(app.settings, topic) for topic in topics), schema=Raw())

    @app.agent(source, name=name)
    async def chunks(stream: Any) -> None:
        async for event in stream.events():
            chunk: Chunk = event.value
            if app.reader.current(chunk):  # else it will come again, or is not ours any more
                CHUNK_RECORDS.observe(len(chunk))
                await handle(event.message.tp, chunk)


def profile(settings: Settings) -> dict[str, Any]:
    """Return Faust's options in production; each that is not plain has its reason.

    With a stable instance name the member is static: it may be away for a session without any
    rebalance. Without one a dead worker holds up the whole group for its session, so that the
    session is short.
    """
    static = bool(settings.instance)
    return {
        "broker": faust_broker(settings),
        "broker_credentials": faust_credentials(settings),
        "consumer_group_instance_id": settings.instance or None,
        "broker_session_timeout": 20.0 if static else 6.0,
        "broker_heartbeat_interval": 2.0 if static else 1.0,
        "broker_rebalance_timeout": 20.0,
        "broker_request_timeout": 30.0,  # bounds a seek as well: longer than any takeover
        "broker_max_poll_interval": 600.0,
        "broker_commit_interval": 1.0,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 1 << 20,
        "consumer_metadata_max_age_ms": 5_000,  # a leader without metadata assigns nothing
        "processing_guarantee": "at_least_once",
        "agent_supervisor": "mode.CrashingSupervisor",
        "stream_buffer_maxsize": 16,  # chunks
        "stream_wait_empty": True,
        "stream_recovery_delay": 0.0,
        "stream_processing_timeout": 60.0,
        "TableManager": _NoTables,
        "table_standby_replicas": 0,  # else Faust's own assignor comes back
        "store": "memory://",
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "autodiscover": False,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }
