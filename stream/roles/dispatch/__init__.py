"""dispatch: the last gate between a trigger and a borrower.

    __init__.py    the app: what is read, and what runs beside it
    control.py     the live kill switch, by a reader of its own
    custody.py     which partitions of the triggers are held here
    held.py        one of them: its triggers, its permits, writing further ones
    positions.py   where it is read from
    visible.py     whether what was committed can be read
    desk.py        a request for a permit, from the gate to the log and back
    api.py         the same over HTTP; openapi.py, server.py
    pusher.py      proposals and retractions to executors' webhooks
    outcomes.py    what executors report of their contacts

It may refuse what `step` proposed, and never proposes (architecture.md 2). What it cannot know it
refuses. docs/dispatch.md is for executors and operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import structlog

from stream.dispatch.executors import Executors, ExecutorsError, read_executors
from stream.journal.app import build_app as build
from stream.journal.append import Appender
from stream.roles.dispatch.api import Api
from stream.roles.dispatch.control import ControlReader
from stream.roles.dispatch.custody import GateCustody
from stream.roles.dispatch.desk import Desk
from stream.roles.dispatch.outcomes import Outcomes
from stream.roles.dispatch.positions import TRIGGERS
from stream.roles.dispatch.pusher import Pusher
from stream.roles.dispatch.server import ApiServer
from stream.settings import Settings

if TYPE_CHECKING:
    from faust.types import TP

    from stream.journal.app import App
    from stream.journal.chunk import Chunk

log = structlog.get_logger()


class Dispatch:
    """The parts of one dispatch process."""

    def __init__(self, settings: Settings) -> None:
        executors = _executors(settings)
        self.appender = Appender(settings, "dispatch")
        self.pusher = Pusher(executors.executors, self.appender, httpx.AsyncClient())
        self.custody = GateCustody(settings, self.pusher)
        self.control = ControlReader(settings)
        self.outcomes = Outcomes(settings, self.custody)
        desk = Desk(settings, self.control.switch, self.custody)
        api = Api(desk, executors, settings.requests_per_s)
        self.server = ApiServer(api.app, settings.dispatch_host, settings.dispatch_port)

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Take triggers."""
        self.custody.receive(tp, chunk)

    async def hear(self) -> None:
        """Hear of acknowledged dead letters, as long as the process runs."""
        await self.appender.serve()

    async def stop(self, *_args: object, **_kwargs: object) -> None:
        """Answer what was asked, and stop."""
        await self.server.stop()
        await self.pusher.close()
        self.control.stop()
        self.outcomes.stop()


def build_app(settings: Settings) -> App:
    """Return the role's app.

    Raises:
        ExecutorsError: If the file of executors cannot be taken.
        ListenError: If the API's address cannot be listened on.
        OSError: If the trust file cannot be read: without it no switch would ever count.
    """
    dispatch = Dispatch(settings)
    app = build(
        "dispatch",
        settings,
        custody=dispatch.custody,
        topics=[TRIGGERS],
        handle=dispatch.handle,
        before=dispatch.control.start,
    )
    app.on_before_shutdown.connect(dispatch.stop)
    for task in (
        dispatch.control.follow,
        dispatch.control.confirm,
        dispatch.outcomes.follow,
        dispatch.custody.watch,
        dispatch.pusher.watch,
        dispatch.hear,
        dispatch.server.serve,
    ):
        app.task(task)
    return app


def _executors(settings: Settings) -> Executors:
    path = settings.executors
    if path is None:
        log.warning("nobody may ask for a permit: LOANWATCH_EXECUTORS is not set")
        return Executors()
    try:
        return read_executors(path.read_bytes())
    except OSError as error:
        raise ExecutorsError(f"expected executors in {path}: {error.strerror}") from error


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.dispatch` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
