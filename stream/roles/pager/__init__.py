"""pager: rings people about severe cases that nobody has acknowledged, and tells that all is well.

    bell.py        what is due, from the topic of cases, and what has rung, in `pages`
    outlets.py     the outputs: HTTP and SMTP
    dead_man.py    the signal to a watchdog outside, which rings when it hears nothing

Whoever holds `pages`, which has one partition, rings; another process stands by. docs/pager.md is
for operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import structlog

from stream.journal.app import build_app as build
from stream.journal.append import Appender
from stream.pager.config import Pager, PagerError, read_pager
from stream.roles.pager.bell import PAGES, Bell
from stream.roles.pager.dead_man import DeadMansSignal
from stream.roles.pager.outlets import Outlets
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.journal.app import App

log = structlog.get_logger()


def build_app(settings: Settings) -> App:
    """Return the role's app.

    Raises:
        PagerError: If its file, or one of the secrets that it names, cannot be taken.
    """
    config, client = _config(settings), httpx.AsyncClient()
    appender, outlets = Appender(settings, "pager"), Outlets(config.outputs, client)
    bell = Bell(settings, config, outlets, appender)
    signal = DeadMansSignal(settings, config, client, outlets)

    async def stop(*_args: object, **_kwargs: object) -> None:
        bell.stop()
        signal.stop()

    async def hear() -> None:
        await appender.serve()

    async def tell() -> None:
        await signal.serve(bell.is_ours)

    app = build("pager", settings, custody=bell.custody, topics=[PAGES], handle=bell.handle)
    app.on_before_shutdown.connect(stop)
    for task in (hear, bell.follow, bell.ring, signal.follow, tell):
        app.task(task)
    return app


def _config(settings: Settings) -> Pager:
    path = settings.pager
    if path is None:
        log.warning("nobody is rung: LOANWATCH_PAGER is not set")
        return Pager()
    try:
        return read_pager(path.read_bytes())
    except OSError as error:
        raise PagerError(f"expected the file of the pager in {path}: {error.strerror}") from error


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.pager` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
